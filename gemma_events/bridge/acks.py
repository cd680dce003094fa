"""When the next event may go to a server that answers each with an ack. Pure: time, in seconds, is an argument."""

from __future__ import annotations

from collections.abc import Callable


class AckGate:
    """Closed from an event that was sent until its ack, or for a while: a dead face stops nobody.

    `acks` returns how many have come so far. One that comes too late counts for the event that was sent meanwhile:
    the two look alike.
    """

    def __init__(self, acks: Callable[[], int]) -> None:
        self._acks = acks
        self._acks_before = 0
        self._sent_at: float | None = None

    def open(self, now: float, timeout: float) -> bool:
        """Whether an event may be sent: the one before has its ack, or has waited `timeout` seconds for it."""
        return self._sent_at is None or self._acknowledged() or now - self._sent_at >= timeout

    def sent(self, now: float) -> bool:
        """An event was sent; whether the one before had its ack."""
        answered = self._sent_at is None or self._acknowledged()
        self._sent_at = now
        self._acks_before = self._acks()
        return answered

    def _acknowledged(self) -> bool:
        return self._acks() > self._acks_before
