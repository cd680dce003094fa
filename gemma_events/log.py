"""What the parts of nodes ask of a logger: rclpy's fits, and so does the standard library's."""

from __future__ import annotations

from typing import Protocol

LOG_PERIOD = 10.0  # seconds between two lines about the same kind of trouble
ONCE = float('inf')


class Log(Protocol):
    """Lines for the user, each said once."""

    def info(self, message: str) -> object:
        """Something that is good to know."""

    def warning(self, message: str) -> object:
        """Something that does not work as it should."""


class SparingLog:
    """Tells of trouble that happens often only now and then, and how much there was meanwhile."""

    def __init__(self, log: Log, name: str) -> None:
        self._log, self._name = log, name
        self._said: dict[str, tuple[float, int]] = {}  # by kind: when, and how many were not told since

    def warning(self, kind: str, message: str, now: float, period: float = LOG_PERIOD) -> None:
        """Tell it, unless one of the kind was told less than a period, in seconds, ago."""
        last, missed = self._said.get(kind, (-ONCE, 0))
        if now - last < period:
            self._said[kind] = last, missed + 1
            return
        self._said[kind] = now, 0
        more = f' ({missed} more of this kind before)' if missed else ''
        self._log.warning(f'{self._name}: {message}{more}')
