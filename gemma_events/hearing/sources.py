"""Where sound comes from: what all sources have in common, and which one a name means."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gemma_events.hearing.frames import Chunk
from gemma_events.settings import setting

TOPIC_PREFIX = 'topic:'
PLAIN = 'std_msgs/UInt8MultiArray'
AUDIO_DATA, AUDIO_DATA_STAMPED = 'audio_common_msgs/AudioData', 'audio_common_msgs/AudioDataStamped'
FILE_SUFFIXES = (
    '.aac',
    '.aif',
    '.aiff',
    '.au',
    '.flac',
    '.g722',
    '.m4a',
    '.mka',
    '.mkv',
    '.mov',
    '.mp3',
    '.mp4',
    '.oga',
    '.ogg',
    '.opus',
    '.wav',
    '.webm',
    '.wma',
)


@dataclass(frozen=True)
class SourceSettings:
    """Where sound comes from."""

    audio_source: str = setting(
        '',
        'empty or "default": the default microphone; a microphone\'s index, name or part '
        'of its name; a file: a path, or a name that ends like that of a sound file; '
        '"topic:NAME": 16-bit samples on a topic',
    )
    audio_pace: str = setting('real_time', 'pace of a file', choices=('real_time', 'fast'))
    topic_type: str = setting(PLAIN, 'message type of a topic', choices=(PLAIN, AUDIO_DATA, AUDIO_DATA_STAMPED))
    topic_rate: int = setting(16_000, 'sampling rate of a topic', unit='Hz', low=8000, high=192_000)
    topic_channels: int = setting(1, 'channels of a topic, interleaved', low=1, high=64)
    audio_channel: int = setting(
        0,
        "which channel to listen to, counted from 1; 0: the mean of all of a file's, or of a microphone's first two",
        low=0,
        high=64,
    )


class Source(Protocol):
    """An open source of sound."""

    name: str  # of the device, file or topic
    dropped: int  # chunks that were lost because nobody took them in time
    live: bool  # it goes on whether or not anybody listens; what is not taken in time is lost

    def chunks(self) -> Iterator[Chunk]:
        """The sound, until it ends or the source is closed. Raises DeviceError when the device is lost."""

    def close(self) -> None:
        """End `chunks` soon and release the device, without waiting for either. For any thread, any number of times."""


class Kind(enum.Enum):
    """What sort of source a name means."""

    MICROPHONE = 'microphone'
    FILE = 'file'
    TOPIC = 'topic'


def kind_of(name: str) -> Kind:
    """What `audio_source` means.

    A file is what is one, and what is written like one: with a slash, or with the suffix of a sound file. So a file
    that is missing is reported as a missing file, not as a missing microphone.
    """
    if name.startswith(TOPIC_PREFIX):
        return Kind.TOPIC
    path = Path(name)
    if '/' in name or path.suffix.lower() in FILE_SUFFIXES or (name and path.is_file()):
        return Kind.FILE
    return Kind.MICROPHONE
