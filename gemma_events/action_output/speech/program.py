"""A program that is given text and gives back bytes, and can neither hang, flood, nor leave anything behind."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from gemma_events.errors import DeviceError
from gemma_events.words import printable

MAX_OUTPUT = 50_000_000  # bytes; nobody speaks a sentence for that long: four minutes at 96 kHz
MAX_COMPLAINT = 4096  # bytes of standard error that are kept: its beginning
LONGEST_COMPLAINT = 200  # characters of it in a line
TICK = 0.02  # seconds between looks at `cancelled`
QUICK_TICK = 0.001  # where only its end is missing
CHUNK = 65_536  # bytes


@dataclass(frozen=True)
class Result:
    """What a program wrote to standard output, the first line of standard error, and its exit status."""

    output: bytes
    complaint: str
    status: int

    @property
    def fault(self) -> str:
        """Why it failed, in words."""
        return self.complaint or (
            f'exit status {self.status}' if self.status >= 0 else f'ended by signal {-self.status}'
        )


def run(
    command: Sequence[str],
    text: str,
    cancelled: threading.Event,
    timeout: float,
    missing: str,
    environment: Mapping[str, str] | None = None,
) -> Result | None:
    """Start a program, give it the text, and wait for its end; None when cancelled, within 0.1 s.

    `environment`: variables beside those of this process.

    Raises DeviceError, one line, where it cannot be started (`missing`), takes longer than `timeout` seconds, or writes
    more than MAX_OUTPUT. Whatever happens, it is gone afterwards, and so is what it started in its process group.
    """
    try:
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, **(environment or {})},
        )
    except (OSError, ValueError) as error:
        raise DeviceError(f'{missing}: {getattr(error, "strerror", "") or error}') from error
    try:
        return _Exchange(process, text.encode(errors='replace')).result(command[0], cancelled, timeout)
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # before it is waited for: until then its number is its own
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            with contextlib.suppress(OSError):
                assert pipe
                pipe.close()


class _Exchange:
    """What goes through the three pipes of a process, none of which may block."""

    def __init__(self, process: subprocess.Popen[bytes], data: bytes) -> None:
        assert process.stdin and process.stdout and process.stderr
        self._process, self._left = process, memoryview(data)
        self._stdin, self._stdout, self._stderr = process.stdin, process.stdout, process.stderr
        self._output, self._complaint = bytearray(), bytearray()

    def result(self, name: str, cancelled: threading.Event, timeout: float) -> Result | None:
        end = time.monotonic() + timeout
        with selectors.DefaultSelector() as selector:
            for own, events in (
                (self._stdin, selectors.EVENT_WRITE),
                (self._stdout, selectors.EVENT_READ),
                (self._stderr, selectors.EVENT_READ),
            ):
                os.set_blocking(own.fileno(), False)
                selector.register(own, events, own)
            while True:
                if cancelled.is_set():
                    return None
                if time.monotonic() > end:
                    raise DeviceError(f'{name} hangs: it takes longer than {timeout:g} s for a sentence')
                complete = self._stdout.closed and self._stderr.closed
                ready = selector.select(QUICK_TICK if complete else TICK)
                for key, _ in ready:
                    pipe: IO[bytes] = key.data
                    if not self._move(pipe):
                        selector.unregister(pipe)
                        pipe.close()
                if len(self._output) > MAX_OUTPUT:
                    raise DeviceError(f'{name} floods: it wrote more than {MAX_OUTPUT // 1_000_000} MB for a sentence')
                # A child that it left behind may hold the pipes open: what it wrote until its end is all.
                if (complete or not ready) and self._has_ended():
                    break
        return Result(bytes(self._output), _line(self._complaint), self._status())

    def _move(self, pipe: IO[bytes]) -> bool:
        """Write or read what is possible; false at its end."""
        try:
            if pipe is self._stdin:
                self._left = self._left[os.write(pipe.fileno(), self._left[:CHUNK]) :] if self._left else self._left
                return bool(self._left)
            data = os.read(pipe.fileno(), CHUNK)
        except BlockingIOError:
            return True
        except OSError:  # it does not read: its output and status tell
            return False
        if pipe is self._stdout:
            self._output += data
        else:
            self._complaint += data[: MAX_COMPLAINT - len(self._complaint)]
        return bool(data)

    def _has_ended(self) -> bool:
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _status(self) -> int:
        ended = os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        assert ended
        return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status


def _line(complaint: bytes | bytearray) -> str:
    lines = complaint.decode(errors='replace').split('\n')
    first = next((line for line in map(str.strip, lines) if line), '')
    return printable(''.join(letter if letter.isprintable() else ' ' for letter in first))[:LONGEST_COMPLAINT].strip()
