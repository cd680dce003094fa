"""How long to wait until the next attempt. Pure."""

from __future__ import annotations


class Backoff:
    """Pauses that double with each failure, from `shortest` to `longest` seconds, and start anew after a success."""

    def __init__(self, shortest: float, longest: float) -> None:
        self._shortest, self._longest = shortest, longest
        self._next = shortest

    def failed(self) -> float:
        """Seconds to wait after an attempt that failed."""
        pause, self._next = self._next, min(2 * self._next, self._longest)
        return pause

    def succeeded(self) -> None:
        """The next failure is the first one again."""
        self._next = self._shortest
