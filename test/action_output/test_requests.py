"""Which requests are new, and which are parts or repetitions of others."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemma_events.action_output.requests import LONGEST_ID, MEMORY, REMEMBERED, Kind, Requests
from gemma_events.action_output.run import MAX_PARTS, MAX_STREAMED, Run
from gemma_events.events import ActionEvent
from harness import wait_for


def part(content='', more=True, **fields):
    return ActionEvent(**{'id': 'a', 'action': 'speak', 'content': content, 'more': more, **fields})


class Desk:
    def __init__(self):
        self.requests, self.runs = Requests(), {}

    def take(self, action, now=0.0):
        kind = self.requests.kind(action, now)
        if kind is Kind.NEW:
            self.runs[action.id] = Run(action)
            self.requests.begin(self.runs[action.id])
        return kind.name

    def end(self, name, now=0.0):
        self.requests.end(self.runs[name], now)


def test_parts_belong_to_one_action():
    desk = Desk()
    kinds = [desk.take(part('one ')), desk.take(part('two ')), desk.take(part('three', more=False))]
    assert kinds == ['NEW', 'PART', 'PART']
    assert list(desk.runs['a'].parts()) == ['one ', 'two ', 'three']
    assert desk.runs['a'].text == 'one two three'


@pytest.mark.parametrize(
    ('first', 'ended', 'second', 'expected'),
    [
        (part(more=False), False, part(more=False), 'DOUBLED'),
        (part(more=False), True, part(more=False), 'DOUBLED'),
        (part(more=True), True, part(more=True), 'LATE'),
        (part(more=True), True, part(more=False), 'LATE'),
        (part(more=True), False, part(action='wave'), 'STRANGE'),
        (part(more=True), False, part(action=''), 'PART'),
        (part(more=False), True, part(id='b'), 'NEW'),
    ],
)
def test_the_second_of_two(first, ended, second, expected):
    desk = Desk()
    desk.take(first)
    if ended:
        desk.end('a')
    assert desk.take(second) == expected


def test_an_id_may_be_used_again_after_a_time():
    desk = Desk()
    desk.take(part(more=False))
    desk.end('a', 10.0)
    assert desk.take(part(more=False), 10.0 + MEMORY - 1) == 'DOUBLED'
    assert desk.take(part(more=False), 10.0 + MEMORY) == 'NEW'


@pytest.mark.parametrize(('more', 'expected'), [(False, 'NEW'), (True, 'LATE')])
def test_what_was_rejected_may_be_asked_for_again(more, expected):
    desk = Desk()
    desk.take(part(more=more))
    desk.requests.reject(desk.runs['a'], 0.0)
    assert desk.take(part(more=False)) == expected


def test_so_many_ids_are_remembered():
    desk = Desk()
    for number in range(REMEMBERED + 10):
        desk.take(part(id=str(number), more=False))
        desk.end(str(number))
    assert desk.take(part(id='9', more=False)) == 'NEW'
    assert desk.take(part(id=str(REMEMBERED), more=False)) == 'DOUBLED'
    assert desk.requests.counts[Kind.DOUBLED] == 1


@pytest.mark.parametrize('parts', [['x' * (MAX_STREAMED - 1)] + ['yz'] * 5, ['x'] * (MAX_PARTS + 3)])
def test_a_text_without_end_has_one(parts):
    run = Run(part('x' if len(parts) > 10 else ''))
    for text in parts:
        run.add(part(text))
    assert len(run.text) <= MAX_STREAMED
    assert len(list(run.parts())) <= MAX_PARTS
    assert 'the text ends here' in run.detail


@pytest.mark.parametrize('ended', [False, True])
def test_parts_behind_a_text_that_was_cut_are_late_and_not_asked_for_twice(ended):
    desk = Desk()
    desk.take(part('x' * MAX_STREAMED))
    assert desk.take(part('y')) == 'PART'
    if ended:
        desk.end('a')
    assert [desk.take(part('z')), desk.take(part('z', more=False))] == ['LATE', 'LATE']
    assert desk.requests.counts[Kind.LATE] == 2


def test_what_may_not_join_an_action_is_no_part_of_it():
    desk = Desk()
    desk.take(part('one'))
    assert desk.requests.kind(part('two', more=False), 0.0, joins=False) is Kind.DOUBLED
    assert (desk.runs['a'].text, desk.runs['a'].complete) == ('one', False)


def test_one_without_an_id_gets_one_that_nobody_has_used():
    desk = Desk()
    desk.take(part(id='robot-1'))
    desk.take(part(id='robot-3'))
    desk.end('robot-3')
    named = [desk.requests.named(part(id=''), 'robot') for _ in range(2)]
    assert [(action.id, action.more) for action in named] == [('robot-2', False), ('robot-4', False)]
    assert desk.requests.named(part(id='x'), 'robot') == part(id='x')


@pytest.mark.parametrize('identity', ['x' * 1_000_000, '\ud800' * 200, '鳥' * 200])
def test_long_ids_are_remembered_as_any_other_but_take_no_room(identity):
    desk = Desk()
    desk.take(part(id=identity, more=False))
    assert identity in desk.requests
    desk.end(identity)
    assert desk.take(part(id=identity, more=False)) == 'DOUBLED'
    assert desk.take(part(id=f'{identity}y', more=False)) == 'NEW'
    assert all(len(each) <= LONGEST_ID for each in desk.requests._ended)


def test_a_single_text_is_taken_whole():
    assert Run(part('x' * 1_000_000, more=False)).text == 'x' * 1_000_000


def test_a_last_part_that_never_comes_ends_the_text():
    run = Run(part('Hello'), more_timeout=0.01)
    assert list(run.parts()) == ['Hello']
    assert run.complete
    assert run.detail == 'the last part never came: none for 0.01 s'


def test_a_part_in_time_sets_the_time_back():
    now = 0.0
    run = Run(part('a'), more_timeout=10.0, clock=lambda: now)
    now = 9.0
    run.add(part('b'))
    now = 18.0
    assert not run.expire()
    now = 19.0
    assert run.expire()
    assert run.cut


def test_parts_end_when_the_action_is_cancelled():
    run, given_ = Run(part('Hello'), more_timeout=60), []
    reader = threading.Thread(target=lambda: given_.extend(run.parts()), daemon=True)
    reader.start()
    run.add(part('you'))
    run.cancelled.set()
    reader.join(10)
    assert not reader.is_alive()


def test_parts_come_as_they_arrive_and_from_the_first_again():
    run, given_ = Run(part('a'), more_timeout=60), []
    reader = threading.Thread(target=lambda: [given_.append(each) for each in run.parts()], daemon=True)
    reader.start()
    wait_for(lambda: given_ == ['a'], 'the first part')
    run.add(part('b', more=False))
    reader.join(10)
    assert given_ == ['a', 'b'] == list(run.parts())


@given(st.lists(st.tuples(st.sampled_from('abc'), st.booleans(), st.booleans()), max_size=60))
def test_each_id_has_one_action_at_a_time(requests):
    desk, open_ = Desk(), set()
    for name, more, ends in requests:
        kind = desk.take(part(name, more, id=name))
        assert (kind == 'NEW') <= (name not in open_)
        open_.add(name)
        if ends:
            desk.end(name)
    assert sum(desk.requests.counts.values()) <= len(requests)
