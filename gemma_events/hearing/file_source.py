"""A sound file as a source, at the pace of a microphone or as fast as it is taken."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np

from gemma_events.errors import ConfigurationError
from gemma_events.events import Nanoseconds
from gemma_events.hearing.frames import BLOCK_FRAMES, FRAME_SAMPLES, NANOSECONDS_PER_SAMPLE, SAMPLE_RATE, Chunk, Samples
from gemma_events.hearing.resampling import Resampler
from gemma_events.hearing.sources import Context
from gemma_events.log import Log
from gemma_events.settings import path_of

CHUNK_SAMPLES = SAMPLE_RATE  # of a file that is read fast
READ_AHEAD = SAMPLE_RATE  # decoded in one go, also at the pace of real time: that costs a third


def prepare(context: Context) -> Callable[[], FileSource]:
    """What opens the file. Raises ConfigurationError where there is no sound to be had from it."""
    settings = context.settings
    path = path_of('audio_source', settings.audio_source)
    try:
        check(path)
    except ConfigurationError as error:
        raise ConfigurationError(f'parameter audio_source: {error}') from error
    real_time = settings.audio_pace == 'real_time'
    return functools.partial(FileSource, path, real_time, settings.audio_channel, context.now, context.log)


class FileSource:
    """Any file that FFmpeg reads. Its sound is stamped as if it began to sound when `chunks` is first asked."""

    live, dropped = False, 0

    def __init__(self, path: Path, real_time: bool, channel: int, now: Callable[[], Nanoseconds], log: Log) -> None:
        """`channel` as in `audio_channel`; `now` since the epoch. Raises ConfigurationError where it cannot be read."""
        self.name = str(path)
        self._path, self._channel, self._now, self._log = path, channel, now, log
        self._piece = BLOCK_FRAMES * FRAME_SAMPLES if real_time else CHUNK_SAMPLES
        self._real_time = real_time
        self._closed = threading.Event()
        self._container = _open(path)

    def chunks(self) -> Iterator[Chunk]:
        """The file's sound, in chunks of 60 ms, or of a second where it is read fast."""
        began, start, position = time.monotonic(), self._now(), 0
        for samples in self._pieces():
            chunk = Chunk(samples, start + position * NANOSECONDS_PER_SAMPLE)
            position += len(samples)
            due = began + position / SAMPLE_RATE if self._real_time else 0.0  # when a microphone would have it
            if self._closed.wait(max(0.0, due - time.monotonic())):
                return
            yield chunk

    def close(self) -> None:
        """End `chunks`."""
        self._closed.set()

    def _pieces(self) -> Iterator[Samples]:
        """The sound in pieces of equal size, whatever the file's own are."""
        decoded: list[Samples] = []
        length = 0
        for samples in self._decode():
            decoded.append(samples)
            length += len(samples)
            if length >= READ_AHEAD:
                sound = np.concatenate(decoded)
                whole = length - length % self._piece
                yield from np.split(sound[:whole], range(self._piece, whole, self._piece))
                decoded, length = [sound[whole:]], length - whole
        if length:
            sound = np.concatenate(decoded)
            yield from np.split(sound, range(self._piece, length, self._piece))

    def _decode(self) -> Iterator[Samples]:
        resampler = Resampler(self._channel)
        position = 0
        with self._container as container:
            try:
                for frame in container.decode(audio=0):
                    samples = resampler.feed(frame)
                    position += len(samples)
                    yield samples
            except av.error.FFmpegError as error:
                self._log.warning(
                    f'{self._path} is damaged after {position / SAMPLE_RATE:.1f} s ({_reason(error)}): '
                    f'the rest of it is not heard'
                )
            yield resampler.feed(None)


def check(path: Path) -> None:
    """Raise ConfigurationError where there is no sound to be had from a file."""
    with _open(path) as container:
        try:
            first = next(container.decode(audio=0), None)
        except av.error.FFmpegError as error:
            raise ConfigurationError(f'{path} cannot be decoded: {_reason(error)}') from error
    if first is None:
        raise ConfigurationError(f'{path} holds no sound')


def _open(path: Path) -> Any:
    if not path.exists():
        raise ConfigurationError(f'no such file: {path}')
    if path.is_dir():
        raise ConfigurationError(f'{path} is a folder: audio_source takes a sound file')
    try:
        if path.stat().st_size == 0:
            raise ConfigurationError(f'{path} is empty')
        container = av.open(str(path), metadata_errors='replace')
    except PermissionError as error:
        raise ConfigurationError(f'{path} may not be read by this user') from error
    except (OSError, ValueError) as error:
        raise ConfigurationError(f'{path} is not a sound file that FFmpeg can read: {_reason(error)}') from error
    if not container.streams.audio:
        kinds = ', '.join(sorted({stream.type for stream in container.streams})) or 'nothing'
        container.close()
        raise ConfigurationError(f'{path} holds no sound, only {kinds}')
    return container


def _reason(error: Exception) -> str:
    return getattr(error, 'strerror', None) or str(error)
