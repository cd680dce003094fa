"""Sound from a topic: for a robot whose driver owns the microphone, and for recorded bags."""

from __future__ import annotations

import contextlib
import queue
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gemma_events.errors import ConfigurationError, DeviceError
from gemma_events.events import SECOND
from gemma_events.hearing.frames import Chunk, mono
from gemma_events.hearing.resampling import Resampler
from gemma_events.hearing.sources import AUDIO_DATA, PLAIN
from gemma_events.messages import from_time

QUEUE_LIMIT = 200  # messages between the subscription and the listener
STALLED = 1.0  # seconds without a message after which somebody who speaks has stopped


Reader = Callable[[Any], tuple[bytes, int]]


def reader(type_name: str) -> tuple[type, Reader]:
    """The message class of this name, and what takes its samples and its stamp (ns; 0: it has none) out of a message.

    Raises ConfigurationError where the package of the message is not installed.
    """
    if type_name == PLAIN:
        from std_msgs.msg import UInt8MultiArray

        return UInt8MultiArray, lambda message: (bytes(message.data), 0)
    try:
        from audio_common_msgs.msg import AudioData, AudioDataStamped
    except ImportError as error:
        raise ConfigurationError(
            f'topic_type {type_name} needs the package audio_common_msgs: install '
            'ros-$ROS_DISTRO-audio-common-msgs and source the workspace it is in'
        ) from error
    if type_name == AUDIO_DATA:
        return AudioData, lambda message: (bytes(message.data), 0)
    return AudioDataStamped, lambda message: (bytes(message.audio.data), from_time(message.header.stamp))


class AudioTopic:
    """Messages of interleaved samples, 16 bits, little-endian, which are put in with `hear`."""

    live = True

    def __init__(self, topic: str, rate: int, channels: int, channel: int, now: Callable[[], int]) -> None:
        """`rate` in Hz; `channel` as in `audio_channel`; `now` gives nanoseconds since the epoch."""
        self.dropped = 0  # messages
        self.name, self._rate, self._channels, self._channel, self._now = topic, rate, channels, channel, now
        self._queue: queue.Queue[tuple[bytes, int] | None] = queue.Queue(QUEUE_LIMIT)
        self._closed = False

    def hear(self, data: bytes, stamp: int) -> None:
        """A message came. Its first sample was captured at `stamp`; 0: its last one just now. Never blocks."""
        samples = len(data) // (2 * self._channels)
        try:
            self._queue.put_nowait((data, stamp or self._now() - samples * SECOND // self._rate))
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
            data, stamp = item
            frame_size = 2 * self._channels
            samples = np.frombuffer(data[: len(data) - len(data) % frame_size], '<i2').reshape(-1, self._channels)
            if len(samples):
                single = mono(samples.T.astype(np.float32) / 32768.0, self._channel)
                yield Chunk(resampler.feed_samples(single, self._rate), stamp)

    def close(self) -> None:
        """End `chunks`."""
        self._closed = True
        with contextlib.suppress(queue.Full):  # then there is something to wake up for already
            self._queue.put_nowait(None)
