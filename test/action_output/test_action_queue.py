"""Which action comes next, and which has no room."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemma_events.action_output.queue import ActionQueue
from gemma_events.action_output.run import Run
from gemma_events.events import ActionEvent


def action(identity, priority=128):
    return Run(ActionEvent(id=identity, priority=priority))


def drain(queue):
    return [run.action.id for run in queue.remove(lambda run: True)]


def test_the_more_urgent_first_and_of_equals_the_older():
    queue = ActionQueue(10)
    for identity, priority in (('a', 128), ('b', 64), ('c', 255), ('d', 128), ('e', 255), ('f', 129)):
        assert queue.push(action(identity, priority)) is None
    assert drain(queue) == ['c', 'e', 'f', 'a', 'd', 'b']


@pytest.mark.parametrize(
    'priority, goes, left',
    [
        (64, 'new', ['a', 'b', 'c']),  # less urgent than all that wait
        (128, 'new', ['a', 'b', 'c']),  # as urgent as the last, and newer
        (192, 'c', ['a', 'new', 'b']),
        (255, 'c', ['new', 'a', 'b']),
    ],
)
def test_without_room_the_newest_of_the_least_urgent_goes(priority, goes, left):
    queue = ActionQueue(3)
    for identity, its in (('b', 128), ('a', 192), ('c', 128)):
        queue.push(action(identity, its))
    assert queue.push(action('new', priority)).action.id == goes
    assert drain(queue) == left
    assert queue.dropped == 1


def test_some_can_be_taken_out():
    queue = ActionQueue(10)
    for identity, priority in (('a', 64), ('b', 255), ('c', 128), ('d', 255)):
        queue.push(action(identity, priority))
    assert [run.action.id for run in queue.remove(lambda run: run.action.priority < 255)] == ['c', 'a']
    assert drain(queue) == ['b', 'd']


def test_what_was_interrupted_waits_at_its_old_place():
    queue = ActionQueue(3)
    for identity in 'abc':
        queue.push(action(identity))
    interrupted = next(iter(queue))
    queue.take(interrupted)
    queue.push(action('d'))
    queue.push_back(interrupted)
    assert drain(queue) == ['a', 'b', 'c', 'd'], 'there is room for it'


@given(st.integers(1, 5), st.lists(st.integers(0, 255), max_size=30))
def test_what_is_left_is_the_best_of_all_and_nothing_is_lost(limit, priorities):
    queue, gone = ActionQueue(limit), []
    for number, priority in enumerate(priorities):
        if without_room := queue.push(action(number, priority)):
            gone.append(without_room.action.id)
    left = drain(queue)
    assert left == sorted(range(len(priorities)), key=lambda number: (-priorities[number], number))[:limit]
    assert sorted(left + gone) == list(range(len(priorities)))
