"""The legacy server that the bridge is the client of, or what is kept for it while it is away."""
from __future__ import annotations

import threading
import time

from gemma_events.bridge.figures import Figures
from gemma_events.bridge.outbox import Item, Outbox
from gemma_events.bridge.peer import Peer


class Uplink:
    """Takes events for a server: those that none takes are kept, the newest `limit` of them. From any thread.

    There is no moment between two servers in which an event could be lost.
    """

    def __init__(self, limit: int, figures: Figures) -> None:
        self.peer: Peer | None = None
        self._figures = figures
        self._lock = threading.Lock()
        self._kept = Outbox(limit)

    def kept(self) -> int:
        """How many events are kept."""
        return len(self._kept)

    def send(self, item: Item, now: float, *, awaited: bool) -> bool:
        """Take an event; whether it was written at once. `awaited`: what is dropped is worth to be counted."""
        with self._lock:
            if self.peer:
                return self.peer.writer.send(item, now)
            if not self._kept.add(item) and awaited:
                self._figures.count('dropped_backlog_full')
            return False

    def connected(self, peer: Peer, state: Item | None) -> None:
        """A server has come: it gets what was kept, and before that the state, unless that is among it."""
        with self._lock:
            kept = [self._kept.take() for _ in range(len(self._kept))]
            if state and state.data not in {item.data for item in kept}:
                kept.insert(0, state)
            now = time.monotonic()
            for item in kept:
                if peer.writer.send(item, now):
                    self._figures.sent(1, len(item.data), now - item.time, now)
            self.peer = peer

    def lost(self) -> None:
        """The server has gone: what it has not taken is for the next one."""
        with self._lock:
            assert self.peer
            for item in self.peer.close():
                self._kept.add(item)
            self.peer = None

    def expire(self, before: float, *, awaited: bool) -> None:
        """Drop what is kept since before a time."""
        with self._lock:
            if (count := self._kept.expire(before)) and awaited:
                self._figures.count('dropped_too_old', count)

    def resize(self, limit: int) -> None:
        """Keep so many from here on."""
        with self._lock:
            if lost := self._kept.resize(limit):
                self._figures.count('dropped_backlog_full', lost)
