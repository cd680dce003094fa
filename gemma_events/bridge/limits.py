"""Bounds on rates. Pure: time, in seconds, is an argument."""

from __future__ import annotations

BURST = 5.0  # seconds; what is allowed in so many may come at once


class TokenBucket:
    """Allows `rate` a second on average, and a BURST at once."""

    def __init__(self, rate: float, now: float) -> None:
        self.rate = rate
        self._left = BURST * rate
        self._time = now

    def spend(self, count: float, now: float) -> float:
        """Record so many that have happened; returns the seconds to wait until more are allowed."""
        self._left = min(BURST * self.rate, self._left + (now - self._time) * self.rate) - count
        self._time = now
        return max(0.0, -self._left / self.rate)
