"""The legacy server that the bridge is the client of, or what is kept for it while it is away."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from gemma_events.bridge.metrics import Metrics
from gemma_events.bridge.peer import Peer
from gemma_events.bridge.roles import BLIND
from gemma_events.bridge.send_queue import Item, SendQueue
from gemma_events.bridge.sockets import Identity


class ServerLink:
    """Takes events for a server: those that none takes are kept, the newest `limit` of them.

    `expected`: whether a server will come, or come back. If not, only those are kept that a server misses that comes
    unnoticed. `awaited` returns whether there is nobody at the path: then what is dropped is counted.
    """

    def __init__(self, limit: int, metrics: Metrics, *, expected: bool, awaited: Callable[[], bool]) -> None:
        self.peer: Peer | None = None
        self._metrics, self._expected, self._awaited = metrics, expected, awaited
        self._kept = SendQueue(limit)
        self._server: Identity | None = None
        self._sent_state: tuple[Identity | None, bytes] | None = None  # the last one, and to which server

    def kept(self) -> int:
        """How many events are kept."""
        return len(self._kept)

    def send(self, item: Item, now: float, *, is_state: bool) -> bool:
        """Take an event; whether it was written at once."""
        if self.peer is None:
            self._keep([item])
            return False
        if is_state:
            self._sent_state = (self._server, item.data)
        return self.peer.writer.send(item, now)

    def connected(self, peer: Peer, server: Identity | None, state: Item | None) -> None:
        """A server has come: it gets what was kept, and before that the state, unless that is among it.

        Nor does a server get a state twice, as one that hangs up after each event would for ever.
        """
        kept = [self._kept.take() for _ in range(len(self._kept))]
        if state and self._sent_state != (server, state.data) and state.data not in {item.data for item in kept}:
            kept.insert(0, state)
        if state:
            self._sent_state = (server, state.data)
        now = time.monotonic()
        for item in kept:
            if peer.writer.send(item, now):
                self._metrics.sent(1, len(item.data), now - item.time, now)
        self.peer, self._server, self._expected = peer, server, True

    def lost(self, *, alive: bool) -> None:
        """The server has gone, or is `alive` but has lost its path: what it has not taken is for the next one."""
        assert self.peer
        self._keep(self.peer.close(alive=alive))
        self.peer = None

    def expire(self, now: float, age: float) -> None:
        """Drop what is kept for longer than `age` seconds."""
        self._count('dropped_too_old', self._kept.expire(now - (age if self._expected else min(age, BLIND))))

    def clear(self) -> None:
        """Drop all that is kept: it has reached the server in another way."""
        self._kept.clear()

    def resize(self, limit: int) -> None:
        """Keep at most `limit` events from here on; the surplus is dropped and counted."""
        self._count('dropped_backlog_full', self._kept.resize(limit))

    def _keep(self, items: Iterable[Item]) -> None:
        self._count('dropped_backlog_full', sum(not self._kept.add(item) for item in items))

    def _count(self, what: str, times: int) -> None:
        if times and self._awaited():
            self._metrics.count(what, times)
