"""Sound from messages: any size, rate and number of channels; none at all; too much."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemma_events.errors import DeviceError
from gemma_events.events import SECOND

pytest.importorskip('av')
from gemma_events.hearing import audio_topic
from gemma_events.hearing.audio_topic import QUEUE_LIMIT, AudioTopic
from gemma_events.hearing.sources import AUDIO_DATA, AUDIO_DATA_STAMPED, PLAIN

NOW = 10**18


@pytest.fixture(autouse=True)
def impatience(monkeypatch):
    monkeypatch.setattr(audio_topic, 'STALLED', 0.01)


def listen(*messages, rate=16_000, channels=1, channel=0):
    topic = AudioTopic('microphone', rate, channels, channel, lambda: NOW, PLAIN, set)
    for message in messages:
        topic.hear(message, 0)
    heard = []
    with pytest.raises(DeviceError, match='no more sound comes on microphone'):
        for chunk in topic.chunks():
            heard.append(chunk)
    return heard


def pcm(*values):
    return np.array(values, '<i2').tobytes()


def test_samples_and_their_time():
    (chunk,) = listen(pcm(*range(1600)))
    assert list(chunk.samples) == list(range(1600))
    assert chunk.stamp == NOW - SECOND // 10


def test_stamp_and_frame_of_a_message_are_those_of_its_first_sample():
    topic = AudioTopic('microphone', 16_000, 1, 0, lambda: NOW, PLAIN, set)
    topic.hear(pcm(*range(1600)), 7 * SECOND, 'left_ear')
    chunk = next(topic.chunks())
    assert (chunk.stamp, chunk.frame_id) == (7 * SECOND, 'left_ear')


def test_what_is_taken_out_of_messages(monkeypatch):
    from std_msgs.msg import Header, UInt8MultiArray

    audio = types.SimpleNamespace(AudioData='AudioData', AudioDataStamped='AudioDataStamped')
    monkeypatch.setitem(sys.modules, 'audio_common_msgs', types.SimpleNamespace(msg=audio))
    monkeypatch.setitem(sys.modules, 'audio_common_msgs.msg', audio)
    plain = types.SimpleNamespace(data=[1, 2])
    header = Header(frame_id='left_ear')
    header.stamp.sec = 7
    for name, message_type, message, expected in (
        (PLAIN, UInt8MultiArray, plain, (b'\1\2', 0, '')),
        (AUDIO_DATA, 'AudioData', plain, (b'\1\2', 0, '')),
        (
            AUDIO_DATA_STAMPED,
            'AudioDataStamped',
            types.SimpleNamespace(header=header, audio=plain),
            (b'\1\2', 7 * SECOND, 'left_ear'),
        ),
    ):
        found, read = audio_topic.reader(name)
        assert (found, read(message)) == (message_type, expected)


@pytest.mark.parametrize(('channel', 'expected'), [(0, 150), (1, 100), (2, 200)])
def test_interleaved_channels(channel, expected):
    (chunk,) = listen(pcm(*[100, 200] * 480), channels=2, channel=channel)
    assert set(chunk.samples) == {expected}


@settings(max_examples=30)
@given(st.lists(st.binary(max_size=50), max_size=10), st.integers(1, 8))
def test_messages_of_any_length(messages, channels):
    whole = [len(message) // (2 * channels) for message in messages]
    topic = AudioTopic('microphone', 16_000, channels, 0, lambda: NOW, PLAIN, set)
    for message in (*messages, bytes(2 * channels)):
        topic.hear(message, 0)
    chunks = []
    with pytest.raises(DeviceError):
        for chunk in topic.chunks():
            chunks.append(chunk)
    assert sum(len(chunk.samples) for chunk in chunks) == sum(whole) + 1


def test_another_rate():
    chunks = listen(*[pcm(*[1000] * 441)] * 50, rate=44_100)
    assert sum(len(chunk.samples) for chunk in chunks) == pytest.approx(8000, abs=40)


def test_more_than_is_taken_is_dropped_and_counted():
    topic = AudioTopic('microphone', 16_000, 1, 0, lambda: NOW, PLAIN, set)
    for _ in range(QUEUE_LIMIT + 3):
        topic.hear(pcm(1), 0)
    assert topic.dropped == 3
    topic.close()
    assert list(topic.chunks()) == []


@pytest.mark.parametrize(
    ('published', 'reason'),
    [
        (set(), 'nobody publishes /microphone: start what does'),
        ({'audio_common_msgs/AudioData'}, f'carries audio_common_msgs/AudioData, not {PLAIN}: set topic_type'),
        ({PLAIN, AUDIO_DATA}, 'nothing comes on /microphone, although it is published'),
    ],
)
def test_why_nothing_comes(published, reason):
    topic = AudioTopic('/microphone', 16_000, 1, 0, lambda: NOW, PLAIN, lambda: published)
    assert reason in topic.silence()
