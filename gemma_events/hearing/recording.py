"""Each utterance as a WAV file, in a folder that does not grow beyond a bound."""

from __future__ import annotations

import tempfile
import wave
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from gemma_events.errors import ConfigurationError
from gemma_events.events import SECOND
from gemma_events.hearing.frames import SAMPLE_RATE
from gemma_events.hearing.utterances import Utterance
from gemma_events.log import Log, Trouble
from gemma_events.settings import path_of, setting
from gemma_events.worker import Worker

QUEUE_LIMIT = 20  # utterances that wait to be written
END_TIMEOUT = 0.5  # seconds for the thread to end; one that hangs in a file system is left
MEGABYTE = 1_000_000
PREFIX, SUFFIX, UNFINISHED = 'utterance-', '.wav', '.part'


@dataclass(frozen=True)
class RecordingSettings:
    """What is kept of what was heard."""

    record_folder: str = setting(
        '',
        'folder in which each utterance is kept as a WAV file; empty: nothing is kept. '
        "These are people's voices: ask them",
    )
    record_limit_mb: int = setting(
        500, 'how much is kept there; the oldest files are deleted first', unit='MB', low=2, high=100_000
    )  # 2 MB: more than the longest utterance


class Recorder:
    """Writes in a thread of its own, until `close`. What cannot be written is lost, and is counted."""

    def __init__(self, settings: RecordingSettings, log: Log) -> None:
        """Raises ConfigurationError where nothing can be written into the folder."""
        self.written = 0
        self.lost = 0
        self.trouble = Trouble(log.warning)  # why the last one could not be written
        self._folder = path_of('record_folder', settings.record_folder)
        self._limit = settings.record_limit_mb * MEGABYTE
        try:
            self._files = self._find()
        except OSError as error:
            raise ConfigurationError(f'record_folder {self._folder} cannot be written to: {_reason(error)}') from error
        self._size = sum(size for _, size in self._files)
        self._worker = Worker('recording', self._write, self._failed, QUEUE_LIMIT)

    def keep(self, utterance: Utterance, start: int) -> None:
        """Write an utterance, which began at `start` (nanoseconds since the epoch), soon. Never blocks."""
        if not self._worker.offer((utterance, start)):
            self.lost += 1

    def close(self) -> None:
        """End the thread; what still waits is lost."""
        self.lost += len(self._worker.close(END_TIMEOUT))

    def _find(self) -> deque[tuple[Path, int]]:
        """The files of earlier runs and their sizes in bytes, the oldest first."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=self._folder):
            pass
        for unfinished in self._folder.glob(f'{PREFIX}*{UNFINISHED}'):
            unfinished.unlink(missing_ok=True)
        found = [(path.stat(), path) for path in self._folder.glob(f'{PREFIX}*{SUFFIX}')]
        return deque((path, status.st_size) for status, path in sorted(found, key=lambda one: one[0].st_mtime_ns))

    # --- the thread -------------------------------------------------------------------------------

    def _write(self, item: tuple[Utterance, int]) -> None:
        utterance, start = item
        path = self._folder / file_name(utterance.number, start)
        unfinished = path.with_suffix(UNFINISHED)
        try:
            self._make_room(len(utterance.audio))
            with unfinished.open('wb') as out, wave.open(out, 'wb') as file:
                file.setparams((1, 2, SAMPLE_RATE, 0, 'NONE', ''))
                file.writeframes(utterance.audio)
            size = unfinished.stat().st_size
            unfinished.replace(path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        self._files.append((path, size))
        self._size += size
        self.trouble.clear()
        self.written += 1

    def _make_room(self, size: int) -> None:
        header = 44
        while self._files and self._size + size + header > self._limit:
            oldest, freed = self._files[0]
            oldest.unlink(missing_ok=True)
            self._files.popleft()
            self._size -= freed

    def _failed(self, item: tuple[Utterance, int], error: Exception) -> None:
        self.trouble.set(f'utterances are not recorded in {self._folder}: {_reason(error)}')
        self.lost += 1


def file_name(number: int, start: int) -> str:
    """The name of an utterance's file: when it began (UTC, with milliseconds) and its number."""
    seconds, rest = divmod(start, SECOND)
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return f'{PREFIX}{moment:%Y%m%dT%H%M%S}.{rest // 1_000_000:03}Z-{number:06}{SUFFIX}'


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or repr(error)
