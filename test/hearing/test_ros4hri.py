"""What was heard as ROS4HRI has it; its message package and a node are stand-ins."""

from __future__ import annotations

import sys
import types

import pytest

from gemma_events.events import SECOND, SpeechEvent

pytest.importorskip('rclpy')
from std_msgs.msg import Header

from gemma_events.hearing.ros4hri import TRACKED, Ros4Hri


class Message:
    """With a header, and any other field."""

    def __init__(self, **fields):
        self.header = Header()
        vars(self).update(fields)


class Node:
    """Keeps what is published, by the end of the topic's name."""

    def __init__(self):
        self.published = {}

    def now(self):
        return 7 * SECOND

    def create_publisher(self, message_type, topic, qos):
        messages = self.published.setdefault(topic.rpartition('/')[2], [])
        return types.SimpleNamespace(publish=messages.append)

    def destroy_publisher(self, publisher):
        pass


def test_every_header_has_a_frame_and_a_time(monkeypatch):
    messages = types.SimpleNamespace(IdsList=Message, LiveSpeech=Message)
    monkeypatch.setitem(sys.modules, 'hri_msgs', types.SimpleNamespace(msg=messages))
    monkeypatch.setitem(sys.modules, 'hri_msgs.msg', messages)
    node = Node()
    one = Ros4Hri(node, 'microphone')
    for kind, text in (
        (SpeechEvent.SPEECH_STARTED, ''),
        (SpeechEvent.TRANSCRIPT_PARTIAL, 'come'),
        (SpeechEvent.SPEECH_STOPPED, ''),
        (SpeechEvent.TRANSCRIPT, 'come here'),
    ):
        one.follow(SpeechEvent(kind, 5 * SECOND, transcript=text, language='en', frame_id='left_ear'))
    one.close()
    tracked, speaking, speech = (node.published[name] for name in (TRACKED.rpartition('/')[2], 'is_speaking', 'speech'))
    assert [(one.header.frame_id, one.header.stamp.sec, len(one.ids)) for one in tracked] == [
        ('microphone', 7, 1),
        ('left_ear', 7, 1),
        ('left_ear', 7, 0),
    ]
    assert [one.data for one in speaking] == [True, False]
    assert [(one.header.frame_id, one.header.stamp.sec) for one in speech] == [('left_ear', 5)] * 2
    assert (speech[0].incremental, speech[1].final) == ('come', 'come here')
