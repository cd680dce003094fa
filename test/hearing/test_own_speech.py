"""The robot's own voice: when it is heard, and whether it is what was heard."""

from __future__ import annotations

import pytest

from gemma_events.events import ActionEvent, ActionStatus
from gemma_events.hearing.own_speech import LONGEST, TEXTS, OwnSpeech, OwnSpeechSettings, likeness

SETTINGS = OwnSpeechSettings(own_tail_ms=300)


def status(kind, action='speak', number='1', done=''):
    return ActionStatus(kind, id=number, action=action, content_done=done)


@pytest.mark.parametrize(
    ('ends', 'now', 'heard'),
    [
        ((), 5.0, True),
        ((), LONGEST + 1, False),  # whoever speaks was killed
        ((ActionStatus.ACTION_FINISHED,), 3.2, True),  # ended at 3: the tail
        ((ActionStatus.ACTION_FINISHED,), 3.4, False),
        ((ActionStatus.ACTION_CANCELLED,), 3.4, False),
        ((ActionStatus.ACTION_FAILED, ActionStatus.ACTION_FINISHED), 3.4, False),
    ],
)
def test_when_the_robot_is_heard(ends, now, heard):
    own = OwnSpeech()
    assert not own.is_heard(0.0, SETTINGS)
    own.fared(status(ActionStatus.ACTION_STARTED), 0.0)
    for end in ends:
        own.fared(status(end), 3.0)
    assert own.is_heard(now, SETTINGS) is heard


def test_other_actions_make_no_sound():
    own = OwnSpeech()
    own.fared(status(ActionStatus.ACTION_STARTED, action='wave'), 0.0)
    assert not own.is_heard(0.0, SETTINGS)


def test_two_at_once_are_heard_until_the_last_has_ended():
    own = OwnSpeech()
    own.fared(status(ActionStatus.ACTION_STARTED, number='1'), 0.0)
    own.fared(status(ActionStatus.ACTION_STARTED, number='2'), 1.0)
    own.fared(status(ActionStatus.ACTION_FINISHED, number='1'), 2.0)
    assert own.is_heard(60.0, SETTINGS)


def test_what_it_says_is_known_from_the_request_and_from_the_end():
    own = OwnSpeech()
    own.requested(ActionEvent(action='speak', content='the weather will be fine today'))  # ids are given later
    own.requested(ActionEvent(action='dance', content='lunch'))
    own.fared(status(ActionStatus.ACTION_STARTED), 0.0)
    assert not own.said('lunch')
    assert own.said('whether will be fine')
    assert not own.said('stop that please')
    own.fared(status(ActionStatus.ACTION_STARTED, number='unknown'), 0.0)
    own.fared(status(ActionStatus.ACTION_FINISHED, number='unknown', done='lunch is ready'), 2.0)
    assert own.said('Lunch is ready!')


def test_requests_of_long_ago_are_forgotten():
    own = OwnSpeech()
    for number in range(TEXTS + 1):
        own.requested(ActionEvent(id=str(number), action='speak', content='forty two' if number else 'zero'))
    assert not own.said('zero')
    assert own.said('forty two')


@pytest.mark.parametrize(
    ('heard', 'spoken', 'share'),
    [
        ('b c', 'a b c d', 1.0),
        ('a x c y', 'a b c d', 0.5),
        ('d c b a', 'a b c d', 0.25),
        ('x', '', 0.0),
        ('', 'a', 1.0),
    ],
)
def test_likeness(heard, spoken, share):
    assert likeness(heard, spoken) == share
