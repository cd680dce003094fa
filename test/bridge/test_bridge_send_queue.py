from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemma_events.bridge.send_queue import Item, SendQueue
from gemma_events.bridge.wire import FORMATS
from gemma_events.bridge.wire.codec import Importance
from gemma_events.events import ActionEvent, FaceExpression, SpeechEvent, TextInput, VisionEvent

PASSING, ORDINARY, IMPORTANT = Importance


def item(name, rank=ORDINARY, time=0.0):
    return Item(name.encode(), rank, time)


def names(queue):
    return ''.join(entry.data.decode() for entry in queue)


@pytest.mark.parametrize(
    ('event', 'expected'),
    [
        (SpeechEvent('transcript_partial'), PASSING),
        (SpeechEvent('speech_started'), ORDINARY),
        (SpeechEvent('speech_stopped'), IMPORTANT),
        (SpeechEvent('transcript'), IMPORTANT),
        (ActionEvent(priority=128), ORDINARY),
        (ActionEvent(priority=192), IMPORTANT),
        (ActionEvent(priority=255), IMPORTANT),
        (VisionEvent('object_detected'), PASSING),
        (VisionEvent('object_appeared'), ORDINARY),
        (FaceExpression(), ORDINARY),
        (TextInput(), ORDINARY),
        (SpeechEvent('something else'), ORDINARY),
    ],
)
def test_importance(event, expected):
    [*formats] = [form for form in FORMATS.values() if form.event_type is type(event)]
    assert formats
    assert all(form.importance(event) == expected for form in formats)


def test_first_in_first_out_whatever_the_importance():
    queue = SendQueue(5)
    for name, rank in zip('abcde', (ORDINARY, IMPORTANT, PASSING, IMPORTANT, ORDINARY), strict=True):
        assert queue.add(item(name, rank))
    assert ''.join(queue.take().data.decode() for _ in range(5)) == 'abcde'
    assert len(queue) == 0


@pytest.mark.parametrize(
    ('ranks', 'left'),
    [
        ((0, 1, 2, 1), 'bcd'),  # the one that passes goes first
        ((1, 0, 0, 1), 'acd'),  # of those the oldest
        ((1, 2, 1, 1), 'bcd'),  # an important one is kept over an older ordinary one
        ((2, 2, 2, 2), 'bcd'),
        ((2, 2, 2, 1), 'abc'),  # nothing important goes for the new one
    ],
)
def test_a_full_queue_drops_the_oldest_of_the_least_important(ranks, left):
    queue = SendQueue(3)
    whole = [queue.add(item(name, rank)) for name, rank in zip('abcd', ranks, strict=True)]
    assert whole == [True, True, True, False]
    assert names(queue) == left
    assert (len(queue), queue.full) == (3, True)


def test_a_smaller_limit_costs_the_least_important():
    queue = SendQueue(4)
    for name, rank in zip('abcd', (IMPORTANT, ORDINARY, PASSING, ORDINARY), strict=True):
        queue.add(item(name, rank))
    assert (queue.resize(2), names(queue), queue.full) == (2, 'ad', True)
    assert (queue.resize(3), queue.full) == (0, False)


def test_what_is_too_old_goes():
    queue = SendQueue(9)
    for name, rank, time in (('a', IMPORTANT, 1.0), ('b', ORDINARY, 2.0), ('c', PASSING, 3.0)):
        queue.add(item(name, rank, time))
    assert queue.expire(before=2.0) == 1
    assert queue.expire(before=2.0) == 0
    assert names(queue) == 'bc'


def test_nothing_to_take():
    with pytest.raises(ValueError):
        SendQueue(1).take()


@given(st.lists(st.one_of(st.integers(0, 2), st.none())), st.integers(1, 5))
def test_never_over_its_limit_and_always_in_order(steps, limit):
    queue, lost, taken = SendQueue(limit), 0, []
    for number, rank in enumerate(steps):
        if rank is not None:
            lost += not queue.add(item(chr(65 + number), rank, number))
        elif len(queue):
            taken.append(queue.take().time)
        assert len(queue) <= limit
        assert len(list(queue)) == len(queue)
    assert taken == sorted(taken)
    assert sum(rank is not None for rank in steps) == lost + len(taken) + len(queue)
