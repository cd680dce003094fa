"""What an endpoint counts for the diagnostics. Without I/O: time, in seconds, is an argument."""

from __future__ import annotations

import threading
from collections import Counter

from gemma_events.metrics import Latencies


class Metrics:
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
