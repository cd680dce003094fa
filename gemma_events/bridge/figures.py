"""What an endpoint counts for the diagnostics. Without I/O: time, in seconds, is an argument."""

from __future__ import annotations

import threading
from collections import Counter

WINDOW, SLOTS = 60.0, 6  # seconds that the latencies tell of, in so many pieces
_FINE = 3  # bits behind the leading one: a bucket is 1/8 of its value wide
_BUCKETS = 64 << _FINE


class Latencies:
    """Percentiles of the last minute, to 12 %, in constant memory."""

    def __init__(self) -> None:
        self._slots: list[tuple[int, list[int]]] = []  # (which one, since the beginning of time; counts by bucket)

    def add(self, seconds: float, now: float) -> None:
        """Book one latency."""
        number = int(now * SLOTS / WINDOW)
        if not self._slots or self._slots[-1][0] != number:
            self._slots = [*self._slots[-SLOTS:], (number, [0] * _BUCKETS)]
        self._slots[-1][1][_bucket(seconds)] += 1

    def percentiles(self, now: float, *shares: float) -> list[float] | None:
        """Seconds that these shares (0 to 1) of the latencies stay under; None when there were none."""
        oldest = int((now - WINDOW) * SLOTS / WINDOW)
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


class Figures:
    """Counts of one endpoint. From any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._latencies = Latencies()
        self._last_event: float | None = None

    def sent(self, clients: int, size: int, latency: float, now: float) -> None:
        """An event was written to so many clients, to the last of them so many seconds after the bridge had it."""
        with self._lock:
            self._counts['events_out'] += clients
            self._counts['bytes_out'] += clients * size
            self._latencies.add(latency, now)
            self._last_event = now

    def received(self, size: int, events: int, now: float) -> None:
        """Bytes came in, and ended so many events."""
        with self._lock:
            self._counts['events_in'] += events
            self._counts['bytes_in'] += size
            if events:
                self._last_event = now

    def count(self, what: str, times: int = 1) -> None:
        """Something happened."""
        with self._lock:
            self._counts[what] += times

    def values(self, now: float) -> dict[str, object]:
        """All of them by name, for the diagnostics."""
        with self._lock:
            values: dict[str, object] = dict(self._counts)
            if self._last_event is not None:
                values['last_event_age_s'] = round(now - self._last_event, 1)
            if percentiles := self._latencies.percentiles(now, 0.5, 0.99):
                values['latency_p50_ms'], values['latency_p99_ms'] = (round(1e3 * value, 3) for value in percentiles)
            return values
