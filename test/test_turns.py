"""Whose turn it is to speak, what hearing makes of sound meanwhile, and what gives way."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemma_events.events import SECOND, ActionEvent, ActionStatus, SpeechEvent
from gemma_events.turns import (
    LONGEST_SPEECH,
    LONGEST_UTTERANCE,
    MILLISECOND,
    TEXTS,
    Attention,
    Floor,
    Turn,
    Verdict,
    gives_way,
    takes_the_floor,
)


@dataclass(frozen=True)
class Owner:
    """What the robot's owner decides."""

    while_speaking: str = 'gate'
    barge_in_ms: int = 600
    own_tail_ms: int = 300


def status(kind, action='speak', number='1', done=''):
    return ActionStatus(kind, id=number, action=action, content_done=done)


STARTED, FINISHED = status('action_started'), status('action_finished')
PERSON, SILENCE = SpeechEvent('speech_started'), SpeechEvent('speech_stopped')


def after(*events, now=0):
    floor = Floor()
    for event in events:
        floor = floor.after(event, now)
    return floor


@pytest.mark.parametrize(
    ('events', 'turn'),
    [
        ([], Turn.NOBODY),
        ([PERSON], Turn.PERSON),
        ([PERSON, SILENCE], Turn.NOBODY),
        ([PERSON, SpeechEvent('transcript')], Turn.NOBODY),
        ([PERSON, SpeechEvent('transcript_partial')], Turn.PERSON),
        ([STARTED], Turn.ROBOT),
        ([STARTED, PERSON], Turn.BOTH),
        ([STARTED, PERSON, FINISHED], Turn.PERSON),
        ([STARTED, PERSON, SILENCE], Turn.ROBOT),
        ([STARTED, FINISHED], Turn.NOBODY),
        ([STARTED, status('action_cancelled')], Turn.NOBODY),
        ([STARTED, status('action_failed')], Turn.NOBODY),
        ([STARTED, status('action_queued', number='2')], Turn.ROBOT),
        ([STARTED, status('action_finished', number='2')], Turn.ROBOT),
        ([STARTED, status('action_started', number='2'), FINISHED], Turn.ROBOT),
        ([STARTED, STARTED, FINISHED], Turn.NOBODY),
        ([status('action_started', action='wave')], Turn.NOBODY),
        ([FINISHED], Turn.NOBODY),
    ],
)
def test_whose_turn_it_is(events, turn):
    assert after(*events).turn(0) is turn


@given(
    st.lists(st.sampled_from([PERSON, SILENCE, STARTED, FINISHED, status('action_started', number='2')]), max_size=9)
)
def test_nobody_holds_the_floor_for_ever(events):
    assert after(*events).turn(max(LONGEST_SPEECH, LONGEST_UTTERANCE)) is Turn.NOBODY
    assert len(after(*(50 * events)).robot) <= 2


@pytest.mark.parametrize(
    ('events', 'now', 'attention'),
    [
        ([], 0, Attention.LISTEN),
        ([STARTED], 0, Attention.GATE),
        ([STARTED], LONGEST_SPEECH, Attention.LISTEN),
        ([STARTED, FINISHED], 299 * MILLISECOND, Attention.GATE),  # the tail
        ([STARTED, FINISHED], 300 * MILLISECOND, Attention.LISTEN),
        ([STARTED, FINISHED, status('action_finished')], 300 * MILLISECOND, Attention.LISTEN),
    ],
)
def test_the_policy_holds_while_the_robot_is_heard(events, now, attention):
    assert after(*events).attention(now, Owner()) is attention


@pytest.mark.parametrize('attention', Attention)
def test_each_policy(attention):
    assert after(STARTED).attention(0, Owner(attention.value)) is attention


@pytest.mark.parametrize(
    ('length', 'text', 'over', 'can_tell', 'verdict'),
    [
        (599, None, False, False, Verdict.OPEN),  # a cough
        (599, 'stop', True, True, Verdict.ROBOT),
        (600, None, False, True, Verdict.OPEN),  # the text will tell
        (600, None, True, True, Verdict.OPEN),
        (600, None, False, False, Verdict.PERSON),
        (600, None, True, False, Verdict.PERSON),
        (600, 'please stop', False, True, Verdict.PERSON),
        (600, 'please stop', True, True, Verdict.PERSON),
        (600, 'whether will be fine', False, True, Verdict.OPEN),
        (600, 'whether will be fine', True, True, Verdict.ROBOT),
        (600, '', False, True, Verdict.OPEN),
        (600, '', True, True, Verdict.ROBOT),
    ],
)
def test_who_spoke(length, text, over, can_tell, verdict):
    floor = after(ActionEvent(action='speak', content='the weather will be fine today'))
    assert floor.verdict(length * MILLISECOND, text, Owner(), over=over, can_tell=can_tell) is verdict


def test_what_the_robot_says_is_known_from_the_request_and_from_the_end():
    floor = after(
        ActionEvent(action='speak', content='the weather will be fine today'),  # ids are given later
        ActionEvent(action='dance', content='lunch'),
        STARTED,
    )
    assert not floor.said('lunch')
    assert floor.said('whether will be fine')
    floor = floor.after(status('action_finished', done='lunch is ready'), 2 * SECOND)
    assert floor.said('Lunch is ready!')


def test_requests_of_long_ago_are_forgotten():
    requests = [
        ActionEvent(id=str(number), action='speak', content='forty two' if number else 'zero')
        for number in range(TEXTS + 1)
    ]
    assert not after(*requests).said('zero')
    assert after(*requests).said('forty two')


@pytest.mark.parametrize(
    ('action', 'expected'),
    [
        (ActionEvent(action='speak'), True),
        (ActionEvent(action='speak', priority=ActionEvent.HIGH), True),
        (ActionEvent(action='speak', priority=ActionEvent.URGENT), False),
        (ActionEvent(action='wave'), False),
    ],
)
def test_what_gives_way(action, expected):
    assert gives_way(action) is expected


def test_a_person_who_starts_takes_the_floor():
    assert takes_the_floor(PERSON)
    assert not takes_the_floor(SILENCE)
