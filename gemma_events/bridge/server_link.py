"""The legacy server that the bridge is the client of, or what is kept for it while it is away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

from gemma_events.bridge.metrics import Metrics
from gemma_events.bridge.peer import Peer
from gemma_events.bridge.roles import BLIND
from gemma_events.bridge.send_queue import Item, SendQueue
from gemma_events.bridge.sockets import Identity


class ServerLink:
    """Takes events for a server: those that none takes are kept, the newest `limit` of them. From any thread.

    `expected`: whether a server will come, or come back. If not, only so much is kept as one would miss that comes
    unnoticed. `awaited` tells whether there is nobody at the path: then what is dropped is counted.
    """

    def __init__(self, limit: int, metrics: Metrics, *, expected: bool, awaited: Callable[[], bool]) -> None:
        self.peer: Peer | None = None
        self._metrics, self._expected, self._awaited = metrics, expected, awaited
        self._lock = threading.Lock()
        self._kept = SendQueue(limit)
        self._server: Identity | None = None
        self._told: tuple[Identity | None, bytes] | None = None  # which server was told which state

    def kept(self) -> int:
        """How many events are kept."""
        return len(self._kept)

    def send(self, item: Item, now: float, *, is_state: bool) -> bool:
        """Take an event; whether it was written at once."""
        with self._lock:
            if self.peer:
                if is_state:
                    self._told = (self._server, item.data)
                return self.peer.writer.send(item, now)
            self._keep([item])
            return False

    def connected(self, peer: Peer, server: Identity | None, state: Item | None) -> None:
        """A server has come: it gets what was kept, and before that the state, unless that is among it.

        Nor is it told a state again, as one would be for ever that hangs up after each event.
        """
        with self._lock:
            kept = [self._kept.take() for _ in range(len(self._kept))]
            self._server = server
            if state and self._told != (server, state.data) and state.data not in {item.data for item in kept}:
                kept.insert(0, state)
            if state:
                self._told = (server, state.data)
            now = time.monotonic()
            for item in kept:
                if peer.writer.send(item, now):
                    self._metrics.sent(1, len(item.data), now - item.time, now)
            self.peer, self._expected = peer, True

    def lost(self, *, alive: bool) -> None:
        """The server has gone, or is `alive` but has lost its place: what it has not taken is for the next one."""
        with self._lock:
            assert self.peer
            self._keep(self.peer.close(alive=alive))
            self.peer = None

    def expire(self, now: float, age: float) -> None:
        """Drop what is kept for longer than `age` seconds."""
        with self._lock:
            count = self._kept.expire(now - (age if self._expected else min(age, BLIND)))
            self._count('dropped_too_old', count)

    def clear(self) -> None:
        """Drop all: it has reached the server in another way."""
        with self._lock:
            self._kept.expire(float('inf'))

    def resize(self, limit: int) -> None:
        """Keep so many from here on."""
        with self._lock:
            self._count('dropped_backlog_full', self._kept.resize(limit))

    def _keep(self, items: Iterable[Item]) -> None:
        self._count('dropped_backlog_full', sum(not self._kept.add(item) for item in items))

    def _count(self, what: str, times: int) -> None:
        if times and self._awaited():
            self._metrics.count(what, times)
