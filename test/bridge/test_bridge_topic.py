"""Events to serialised messages and back, and the recognition of own ones."""

from __future__ import annotations

import pytest

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from gemma_events.bridge import cdr, topic
from gemma_events.bridge.topic import SerialisedTopic
from gemma_events.events import TextInput

EVENT, OTHER = (TextInput(text='hello', stamp=stamp) for stamp in (77, 88))


@pytest.fixture
def messages():
    return []


@pytest.fixture
def text_input(messages):
    return SerialisedTopic(TextInput, messages.append, lambda: 9)


def test_an_own_message_is_recognised_once_for_each_time_it_was_published(text_input, messages):
    for _ in range(2):
        text_input.publish(EVENT)
    assert [text_input.own(message) for message in messages] == [True, True]
    assert not text_input.own(messages[0]), 'the same from another node'


def test_messages_of_others(text_input):
    text_input.publish(EVENT)
    assert not text_input.own(cdr.encode(OTHER))
    assert text_input.event(cdr.encode(OTHER)) == OTHER
    assert text_input.event(cdr.encode(TextInput(text='no stamp'))).stamp == 9


@pytest.mark.parametrize('often', [False, True])
def test_echoes_that_never_come_are_forgotten(messages, monkeypatch, often):
    monkeypatch.setattr(topic, 'ECHO_LIMIT', 2)
    text_input = SerialisedTopic(TextInput, messages.append, lambda: 9)
    for stamp in range(3):
        text_input.publish(TextInput(text='hello', stamp=stamp + 1))
        if often:
            assert not text_input.own(cdr.encode(OTHER))
    assert [text_input.own(message) for message in messages] == [False, True, True]
