"""Percentiles of how long things took lately. Pure: time, in seconds, is an argument."""

from __future__ import annotations

WINDOW, SLOTS = 60.0, 6  # seconds that the percentiles are about, in so many pieces
_FINE = 3  # bits behind the leading one: a bucket is 1/8 of its value wide
_BUCKETS = 64 << _FINE


class Latencies:
    """Percentiles of the last `window` seconds, to 12 %, in constant memory."""

    def __init__(self, window: float = WINDOW) -> None:
        self._window = window
        self._slots: list[tuple[int, list[int]]] = []  # (which one, since the beginning of time; counts by bucket)

    def add(self, seconds: float, now: float) -> None:
        """Record a latency of `seconds`; `now` is in seconds of a clock that does not jump."""
        number = int(now * SLOTS / self._window)
        if not self._slots or self._slots[-1][0] != number:
            self._slots = [*self._slots[-SLOTS:], (number, [0] * _BUCKETS)]
        self._slots[-1][1][_bucket(seconds)] += 1

    def percentiles(self, now: float, *shares: float) -> list[float] | None:
        """Seconds that these shares (0 to 1) of the latencies stay under; None when there were none."""
        oldest = int((now - self._window) * SLOTS / self._window)
        counts = [
            sum(column) for column in zip(*(slot for number, slot in self._slots if number >= oldest), strict=True)
        ]
        total = sum(counts)
        return [_percentile(counts, share * total) for share in shares] if total else None


def _bucket(seconds: float) -> int:
    microseconds = int(seconds * 1e6) + (1 << _FINE)
    exponent = microseconds.bit_length() - 1 - _FINE
    return min((exponent << _FINE) + (microseconds >> exponent) - (1 << _FINE), _BUCKETS - 1)


def _percentile(counts: list[int], wanted: float) -> float:
    passed = 0
    for bucket, count in enumerate(counts):
        passed += count
        if passed >= wanted and count:
            exponent, fine = bucket >> _FINE, bucket & ((1 << _FINE) - 1)
            return (((fine + (1 << _FINE) + 1) << exponent) - (1 << _FINE)) / 1e6
    return 0.0
