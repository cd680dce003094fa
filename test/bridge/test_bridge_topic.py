"""Events to serialised messages and back, own ones known again."""

from __future__ import annotations

import pytest

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from gemma_events.bridge import cdr, topic
from gemma_events.bridge.topic import SerialisedTopic
from gemma_events.events import TextInput

EVENT, OTHER = TextInput(text='hello', stamp=7), TextInput(text='hello', stamp=8)


@pytest.fixture
def messages():
    return []


@pytest.fixture
def text_input(messages):
    return SerialisedTopic(TextInput, messages.append, lambda: 9)


def test_an_own_message_is_left_out_once_for_each_time_it_was_published(text_input, messages):
    for _ in range(2):
        text_input.publish(EVENT)
    assert [text_input.event(message) for message in messages] == [None, None]
    assert text_input.event(messages[0]) == EVENT, 'the same from another node'


def test_messages_of_others(text_input):
    text_input.publish(EVENT)
    assert text_input.event(cdr.encode(OTHER)) == OTHER
    assert text_input.event(cdr.encode(TextInput(text='no stamp'))).stamp == 9


def test_echoes_that_never_come_are_forgotten(text_input, messages, monkeypatch):
    monkeypatch.setattr(topic, 'ECHO_LIMIT', 2)
    for stamp in range(3):
        text_input.publish(TextInput(text='hello', stamp=stamp + 1))
    assert [text_input.event(message) is None for message in messages] == [False, True, True]
