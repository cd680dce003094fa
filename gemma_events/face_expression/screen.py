"""The window from the node's side: a process that gets pictures through a pipe, and is started again when it ends."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from typing import IO

from gemma_events.backoff import Backoff
from gemma_events.errors import ConfigurationError
from gemma_events.face_expression.settings import OFF
from gemma_events.face_expression.window import CLOSED, FAILED
from gemma_events.log import Log, Trouble

PROGRAM = 'gemma_events.face_expression.window'
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 8.0  # seconds until the next attempt
LOOK_AROUND = 0.25  # seconds between two looks whether the process is still there
CLOSE_TIMEOUT = 2.0  # seconds for it to end by itself
PROVEN = 5.0  # seconds after which a window counts as one that works


def mode_of(window: str, environment: Mapping[str, str]) -> str:
    """`off`, `window` or `full`, for what the parameter says. Raises ConfigurationError where pygame is missing."""
    if window == 'auto':
        window = 'window' if environment.get('DISPLAY') or environment.get('WAYLAND_DISPLAY') else OFF
    if window != OFF and not importlib.util.find_spec('pygame'):
        raise ConfigurationError('a window needs pygame: install python3-pygame, or pygame-ce with pip')
    return window


class Screen:
    """Shows pictures, from construction until `close`, in a thread of its own. A user who closes the window ends it."""

    def __init__(self, mode: str, display: int, size: tuple[int, int], log: Log) -> None:
        self.trouble = Trouble(log.warning)
        self.closed_by_user = False
        self.shown = 0  # pictures that were given to the process
        self._arguments = [mode, str(display), *map(str, size)]
        self._log = log
        self._picture: bytes | None = None
        self._waits = False  # for being given to the process
        self._open = True
        self._running = False
        self._changed = threading.Condition()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name='face window', daemon=True)
        self._thread.start()

    @property
    def wants_pictures(self) -> bool:
        """Whether there is a window, as far as is known."""
        return self._running

    def show(self, picture: bytes) -> None:
        """From now on this one; never blocks, and one that was not shown yet is left out."""
        with self._changed:
            self._picture, self._waits = picture, True
            self._changed.notify()

    def close(self) -> None:
        """No window any more."""
        with self._changed:
            self._open = False
            self._changed.notify()
        self._thread.join(CLOSE_TIMEOUT)
        if self._thread.is_alive() and self._process:  # it hangs, and so does who writes to it
            self._process.kill()
            self._thread.join(CLOSE_TIMEOUT)

    # --- in the thread ------------------------------------------------------------------------------

    def _run(self) -> None:
        backoff = Backoff(SHORTEST_PAUSE, LONGEST_PAUSE)
        while self._open and not self.closed_by_user:
            try:
                with tempfile.TemporaryFile() as errors:
                    code = self._serve(errors, backoff)
                    why = _last_line(errors, code)
            except OSError as error:  # no memory for a process, no room for a file
                code, why = FAILED, str(error)
            if code == CLOSED:
                self.closed_by_user = True
                self._log.info('the window of the face was closed; the node goes on')
            elif self._open:
                self.trouble.set(f'the window of the face has ended: {why}; trying again')
                self._pause(backoff.failed())

    def _serve(self, errors: IO[bytes], backoff: Backoff) -> int:
        """Run the process until it ends; its exit code."""
        self._process = process = subprocess.Popen(
            [sys.executable, '-m', PROGRAM, *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env={**os.environ, 'PYTHONPATH': os.pathsep.join(filter(None, sys.path))},
            start_new_session=True,  # Ctrl-C is the node's business
        )
        assert process.stdin
        begun = time.monotonic()
        self._running, self._waits = True, self._picture is not None
        try:
            while self._open and process.poll() is None:
                with self._changed:
                    self._changed.wait_for(lambda: self._waits or not self._open, LOOK_AROUND)
                    picture, waited, self._waits = self._picture, self._waits, False
                if time.monotonic() - begun > PROVEN:
                    backoff.succeeded()
                    self.trouble.clear()
                if waited and picture:
                    process.stdin.write(picture)
                    process.stdin.flush()
                    self.shown += 1
        except OSError:  # it has ended
            pass
        finally:
            self._running = False
            with contextlib.suppress(OSError):
                process.stdin.close()
        try:
            return process.wait(CLOSE_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def _pause(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._open, seconds)


def _last_line(errors: IO[bytes], code: int) -> str:
    errors.seek(0)
    lines = errors.read().decode(errors='replace').split('\n')
    said = [line.strip() for line in lines if line.strip() and not line[0].isspace()]  # which goes on with another
    return said[-1][:300] if said else f'exit code {code}'
