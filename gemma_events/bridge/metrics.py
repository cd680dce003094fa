"""What an endpoint counts for the diagnostics. Without I/O: time, in seconds, is an argument."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from gemma_events.metrics import Latencies


@dataclass(frozen=True)
class Status:
    """An endpoint at one moment, for the diagnostics: whether it serves, or is a client; what the user has to change
    before it can; its peers; those of them that take nothing; all figures.
    """

    connected: bool
    obstacle: str
    peers: int
    stuck: int
    values: dict[str, object]


class Metrics:
    """Counts of one endpoint, and how long its events took."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._latencies = Latencies()
        self._last_event: float | None = None
        self._high_water = 0

    def sent(self, clients: int, size: int, latency: float, now: float) -> None:
        """An event of `size` bytes was written to so many clients, the last of them `latency` s after it came."""
        self._counts['events_out'] += clients
        self._counts['bytes_out'] += clients * size
        self._latencies.add(latency, now)
        self._last_event = now

    def received(self, size: int, events: int, now: float) -> None:
        """So many bytes came in, and completed so many events."""
        self._counts['events_in'] += events
        self._counts['bytes_in'] += size
        if events:
            self._last_event = now

    def queued(self, waiting: int) -> None:
        """An event was queued for a peer, for which so many wait now."""
        self._high_water = max(self._high_water, waiting)

    def count(self, what: str, times: int = 1) -> None:
        """Something happened."""
        self._counts[what] += times

    def values(self, now: float) -> dict[str, object]:
        """All of them by name, for the diagnostics."""
        values: dict[str, object] = {'queue_high_water': self._high_water, **self._counts}
        if self._last_event is not None:
            values['last_event_age_s'] = round(now - self._last_event, 1)
        if percentiles := self._latencies.percentiles(now, 0.5, 0.99):
            values['latency_p50_ms'], values['latency_p99_ms'] = (round(1e3 * value, 3) for value in percentiles)
        return values
