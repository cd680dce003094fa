"""Sound from a topic: for a robot whose driver owns the microphone, and for recorded bags."""

from __future__ import annotations

import contextlib
import functools
import queue
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from rclpy.exceptions import InvalidTopicNameException
from rclpy.qos import QoSProfile, ReliabilityPolicy

from gemma_events.errors import ConfigurationError, DeviceError
from gemma_events.events import SECOND, Nanoseconds
from gemma_events.hearing.frames import Chunk, mono
from gemma_events.hearing.resampling import Resampler
from gemma_events.hearing.sources import AUDIO_DATA, PLAIN, TOPIC_PREFIX, Context
from gemma_events.messages import from_time

TOPIC_DEPTH = 100  # messages that DDS keeps for us
QUEUE_LIMIT = 200  # messages between the subscription and the listener
STALLED = 1.0  # seconds without a message after which an utterance that was going on has ended

Sound = tuple[bytes, Nanoseconds, str]  # samples; when the first was captured, 0: unknown; frame_id, empty: unknown
Reader = Callable[[Any], Sound]


def prepare(context: Context) -> Callable[[], AudioTopic]:
    """What opens the topic. It is subscribed to from now on, until the node's clean-up.

    Raises ConfigurationError for a name that no topic can have, and where the message's package is missing.
    """
    settings = context.settings
    name = settings.audio_source.removeprefix(TOPIC_PREFIX)
    message_type, read = reader(settings.topic_type)
    create = functools.partial(
        AudioTopic, name, settings.topic_rate, settings.topic_channels, settings.audio_channel, context.now
    )
    topic = create()

    def open_topic() -> AudioTopic:
        nonlocal topic
        topic = create()
        return topic

    try:
        subscription = context.node.create_subscription(
            message_type,
            name,
            lambda message: topic.hear(*read(message)),
            QoSProfile(depth=TOPIC_DEPTH, reliability=ReliabilityPolicy.BEST_EFFORT),
        )
    except (InvalidTopicNameException, ValueError) as error:
        raise ConfigurationError(
            f'audio_source {settings.audio_source!r} does not name a topic: it looks like topic:microphone or '
            f'topic:/robot/microphone'
        ) from error
    context.cleanup.callback(context.node.destroy_subscription, subscription)
    return open_topic


def reader(type_name: str) -> tuple[type, Reader]:
    """The message class of this name, and what takes the sound out of such a message.

    Raises ConfigurationError where the package of the message is not installed.
    """
    if type_name == PLAIN:
        from std_msgs.msg import UInt8MultiArray

        return UInt8MultiArray, lambda message: (bytes(message.data), 0, '')
    try:
        from audio_common_msgs.msg import AudioData, AudioDataStamped
    except ImportError as error:
        raise ConfigurationError(
            f'topic_type {type_name} needs the package audio_common_msgs: install '
            'ros-$ROS_DISTRO-audio-common-msgs and source the workspace it is in'
        ) from error
    if type_name == AUDIO_DATA:
        return AudioData, lambda message: (bytes(message.data), 0, '')
    return AudioDataStamped, lambda message: (
        bytes(message.audio.data),
        from_time(message.header.stamp),
        message.header.frame_id,
    )


class AudioTopic:
    """Messages of interleaved samples, 16 bits, little-endian, which are put in with `hear`."""

    live = True

    def __init__(self, topic: str, rate: int, channels: int, channel: int, now: Callable[[], Nanoseconds]) -> None:
        """`rate` in Hz; `channel` as in `audio_channel`; `now` since the epoch."""
        self.dropped = 0  # messages
        self.name, self._rate, self._channels, self._channel, self._now = topic, rate, channels, channel, now
        self._queue: queue.Queue[Sound | None] = queue.Queue(QUEUE_LIMIT)
        self._closed = False

    def hear(self, data: bytes, stamp: Nanoseconds, frame_id: str = '') -> None:
        """A message came. Its first sample was captured at `stamp`; 0: its last one just now. Never blocks."""
        samples = len(data) // (2 * self._channels)
        try:
            self._queue.put_nowait((data, stamp or self._now() - samples * SECOND // self._rate, frame_id))
        except queue.Full:
            self.dropped += 1

    def chunks(self) -> Iterator[Chunk]:
        """The sound. Waits for the first message for as long as it takes; raises DeviceError when no more comes."""
        resampler = Resampler(0)
        patience = None
        while True:
            try:
                item = self._queue.get(timeout=patience)
            except queue.Empty:
                raise DeviceError(f'no more sound comes on {self.name}') from None
            if item is None or self._closed:
                return
            patience = STALLED
            data, stamp, frame_id = item
            frame_size = 2 * self._channels
            samples = np.frombuffer(data[: len(data) - len(data) % frame_size], '<i2').reshape(-1, self._channels)
            if len(samples):
                single = mono(samples.T.astype(np.float32) / 32768.0, self._channel)
                yield Chunk(resampler.feed_samples(single, self._rate), stamp, frame_id)

    def close(self) -> None:
        """End `chunks`."""
        self._closed = True
        with contextlib.suppress(queue.Full):  # then there is already something to wake up for
            self._queue.put_nowait(None)
