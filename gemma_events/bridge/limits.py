"""Bounds on rates. Pure: time, in seconds, is an argument."""
from __future__ import annotations

LOG_PERIOD = 10.0    # seconds between two lines about the same kind of trouble
BURST = 5.0          # seconds' worth of what is allowed that may come at once


class TokenBucket:
    """Allows `rate` a second on average, and a BURST at once."""

    def __init__(self, rate: float, now: float) -> None:
        self.rate = rate
        self._left = BURST * rate
        self._time = now

    def spend(self, count: float, now: float) -> float:
        """Book what has happened already; how many seconds to wait until more is allowed."""
        self._left = min(BURST * self.rate, self._left + (now - self._time) * self.rate) - count
        self._time = now
        return max(0.0, -self._left / self.rate)


class Seldom:
    """Says yes once in a period, so that a log says a thing that happens often only now and then."""

    def __init__(self, period: float) -> None:
        self.missed = 0    # since the last yes
        self._period = period
        self._last: float | None = None

    def due(self, now: float) -> bool:
        """Whether it is time to say it."""
        if self._last is not None and now - self._last < self._period:
            self.missed += 1
            return False
        self._last = now
        return True
