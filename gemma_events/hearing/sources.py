"""Where sound comes from: what all sources have in common, and the table of their kinds.

A new kind of source needs its module, with a function `prepare`, and a row in `KINDS`.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from gemma_events.events import Nanoseconds
from gemma_events.hearing.frames import Chunk
from gemma_events.log import Log
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
    frame_id: str = setting(
        'microphone', "the microphone's frame, for the events' headers; AudioDataStamped messages bring their own"
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


@dataclass(frozen=True)
class Context:
    """What a source gets from its node."""

    settings: SourceSettings
    now: Callable[[], Nanoseconds]  # since the epoch, by the node's clock
    log: Log
    node: Any  # rclpy's, to subscribe with
    cleanup: ExitStack  # releases what `prepare` acquired, when the node is cleaned up


@dataclass(frozen=True)
class Kind:
    """A kind of source, and which values of `audio_source` mean it."""

    name: str
    means: Callable[[str], bool]
    module: str  # its function `prepare` does what `prepare` below does


def _is_topic(name: str) -> bool:
    return name.startswith(TOPIC_PREFIX)


def _is_file(name: str) -> bool:
    """Whether it is a file, or is written like one: with a slash, or with the suffix of a sound file.

    So a file that is missing is reported as a missing file, not as a missing microphone.
    """
    path = Path(name)
    if '/' in name or path.suffix.lower() in FILE_SUFFIXES:
        return True
    try:
        return bool(name) and path.is_file()
    except OSError:  # too long for one
        return False


KINDS = (
    Kind('topic', _is_topic, 'gemma_events.hearing.audio_topic'),
    Kind('file', _is_file, 'gemma_events.hearing.file_source'),
    Kind('microphone', lambda name: True, 'gemma_events.hearing.microphone'),
)  # the first that is meant counts


def kind_of(name: str) -> Kind:
    """What a value of `audio_source` means."""
    return next(kind for kind in KINDS if kind.means(name))


def prepare(context: Context) -> Callable[[], Source]:
    """What opens the source that the settings name, from any thread and as often as needed.

    Raises ConfigurationError where that cannot work. What it returns raises DeviceError where it does not work now.
    """
    module = kind_of(context.settings.audio_source).module
    open_source: Callable[[], Source] = pkgutil.resolve_name(f'{module}:prepare')(context)
    return open_source
