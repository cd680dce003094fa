"""The events that wait for a client that is behind. Pure: time, in seconds, is an argument."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from gemma_events.bridge.wire.codec import Importance


@dataclass(frozen=True, slots=True)
class Item:
    """An encoded event; `time`, in seconds, is when it came."""

    data: bytes
    importance: Importance
    time: float
    shortened: bool = False


class SendQueue:
    """First in, first out; when `limit` items wait, the oldest of the least important ones makes room."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._count = 0
        self._next = 0
        self._queues: tuple[deque[tuple[int, Item]], ...] = tuple(deque() for _ in Importance)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Item]:
        """The items, oldest first; they stay."""
        return (
            item for _, item in sorted((entry for queue in self._queues for entry in queue), key=lambda entry: entry[0])
        )

    @property
    def full(self) -> bool:
        """Whether one will be dropped for the next item."""
        return self._count >= self._limit

    def add(self, item: Item) -> bool:
        """Take an item; false when one was dropped for it, or it was itself."""
        room = not self.full
        if not room:
            if item.importance < self._least():
                return False
            self._drop()
        self._queues[item.importance].append((self._next, item))
        self._next += 1
        self._count += 1
        return room

    def resize(self, limit: int) -> int:
        """Hold at most so many from here on; how many were dropped for that."""
        self._limit = limit
        surplus = max(0, self._count - limit)
        for _ in range(surplus):
            self._drop()
        return surplus

    def _least(self) -> int:
        """Importance of the least important items here."""
        return next(index for index, queue in enumerate(self._queues) if queue)

    def _drop(self) -> None:
        self._queues[self._least()].popleft()
        self._count -= 1

    def take(self) -> Item:
        """Remove and return the oldest item, whatever its importance. Raises ValueError when there is none."""
        queue = min((queue for queue in self._queues if queue), key=lambda queue: queue[0][0])
        self._count -= 1
        return queue.popleft()[1]

    def clear(self) -> None:
        """Drop all."""
        for queue in self._queues:
            queue.clear()
        self._count = 0

    def expire(self, before: float) -> int:
        """Drop what came before a time; how many these were."""
        count = self._count
        for queue in self._queues:
            while queue and queue[0][1].time < before:
                queue.popleft()
                self._count -= 1
        return count - self._count
