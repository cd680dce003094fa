"""What the parts of nodes ask of a logger, and the two ways to say a thing once: when it changes, or now and then."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

LOG_PERIOD = 10.0  # seconds between two lines about the same kind of trouble
ONCE = float('inf')


class Log(Protocol):
    """Lines for the user; rclpy's loggers fit, and so do the standard library's."""

    def debug(self, message: str) -> object:
        """A decision, for who looks for the cause of something."""

    def info(self, message: str) -> object:
        """Something that is good to know."""

    def warning(self, message: str) -> object:
        """Something does not work as it should."""

    def error(self, message: str) -> object:
        """Something does not work at all."""


class Trouble:
    """Why something does not work at present, for the diagnostics; empty while it works. Logged when it changes."""

    def __init__(self, tell: Callable[[str], object]) -> None:
        """`tell` takes the line to log, such as `log.warning`; the same severity for all troubles of a node."""
        self.text = ''
        self._tell = tell

    def __bool__(self) -> bool:
        return bool(self.text)

    def __str__(self) -> str:
        return self.text

    def set(self, text: str, more: str = '') -> None:
        """This is why; `more` is for the log only."""
        if text != self.text:
            self.text = text
            self._tell(text + more)

    def clear(self) -> bool:
        """It works; whether it did not before."""
        text, self.text = self.text, ''
        return bool(text)


class ThrottledLog:
    """Logs trouble that happens often only now and then, and how much of it was left out meanwhile. For any thread."""

    def __init__(self, log: Log, name: str = '', clock: Callable[[], float] = time.monotonic) -> None:
        """`name` begins each line; `clock` gives seconds and does not jump."""
        self._log, self._prefix, self._clock = log, f'{name}: ' if name else '', clock
        self._logged: dict[str, tuple[float, int]] = {}  # by kind: when, and how many were left out since

    def warning(self, kind: str, message: str, period: float = LOG_PERIOD) -> None:
        """Log it, unless one of its kind was logged less than `period` seconds ago."""
        if line := self._line(kind, message, period):
            self._log.warning(line)  # rclpy takes one severity only from each line of code

    def error(self, kind: str, message: str, period: float = LOG_PERIOD) -> None:
        """The same, as an error."""
        if line := self._line(kind, message, period):
            self._log.error(line)

    def _line(self, kind: str, message: str, period: float) -> str:
        """What to log; nothing, when it is too early for more of its kind."""
        now = self._clock()
        last, missed = self._logged.get(kind, (-ONCE, 0))
        if now - last < period:
            self._logged[kind] = last, missed + 1
            return ''
        self._logged[kind] = now, 0
        more = f' ({missed} more like this before)' if missed else ''
        return f'{self._prefix}{message}{more}'
