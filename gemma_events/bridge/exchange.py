"""A topic and the sockets that are joined with it: what comes in on one goes out on all others."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from gemma_events.bridge.peer import Peer
from gemma_events.events import Event

ECHO_LIMIT = 4096  # own messages that have not come back from the topic yet; more than its queue holds


class Outlet(Protocol):
    """What an endpoint is to its exchange."""

    def deliver(self, event: Event, now: float, origin: Peer | None) -> None:
        """Write the event to all peers but the one it came from."""


class Exchange:
    """Hands on each event once: from the topic to all peers, from a peer to the topic and to all other peers.

    Other peers get an event at once, not through the topic: they need not wait for DDS, and neither
    does it come twice, for what this bridge published itself is known by `Echoes` and left out.
    """

    def __init__(self, publish: Callable[[Event], None]) -> None:
        self.outlets: list[Outlet] = []
        self.lock = threading.Lock()  # for one order of events on all sockets, the state of newcomers included
        self._publish = publish

    def from_peer(self, event: Event, origin: Peer) -> None:
        """A peer wrote an event."""
        self.deliver(event, origin)
        self._publish(event)

    def deliver(self, event: Event, origin: Peer | None = None) -> None:
        """Give an event of the topic to all sockets, but not to the peer that wrote it."""
        now = time.monotonic()
        with self.lock:
            for outlet in self.outlets:
                outlet.deliver(event, now, origin)


class Echoes:
    """Knows again the messages that this bridge published when its own subscription brings them back.

    By their bytes, so that messages of another bridge are never taken for own ones: two that are equal to
    the last byte are as good as one another. From any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._awaited: OrderedDict[int, int] = OrderedDict()  # how many, by hash

    def published(self, message: bytes) -> None:
        """To be called before the message is published."""
        key = hash(message)
        with self._lock:
            self._awaited[key] = self._awaited.get(key, 0) + 1
            if len(self._awaited) > ECHO_LIMIT:
                self._awaited.popitem(last=False)

    def own(self, message: bytes) -> bool:
        """Whether a message that came is such a one; true once for each time it was published."""
        if not self._awaited:
            return False
        key = hash(message)
        with self._lock:
            count = self._awaited.pop(key, 0)
            if count > 1:
                self._awaited[key] = count - 1
        return count > 0
