"""When the next event may go to a server that answers each with an ack. Pure: time, in seconds, is an argument."""
from __future__ import annotations

from collections.abc import Callable


class AckGate:
    """Closed from an event that was sent until its ack, or for `timeout` seconds: a dead face stops nobody.

    `acks` tells how many came so far. One that comes too late counts for the event that was sent meanwhile: the
    two look alike.
    """

    def __init__(self, timeout: float, acks: Callable[[], int]) -> None:
        self.missing = 0    # acks that did not come in time
        self._timeout, self._acks = timeout, acks
        self._acks_before = 0
        self._sent_at: float | None = None

    def open(self, now: float) -> bool:
        """Whether an event may be sent."""
        if self._sent_at is None or self._acks() > self._acks_before:
            return True
        if now - self._sent_at < self._timeout:
            return False
        self.missing += 1
        self._sent_at = None
        return True

    def sent(self, now: float) -> None:
        """An event was sent."""
        self._sent_at = now
        self._acks_before = self._acks()
