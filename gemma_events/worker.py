"""Threads with an owner: one that works behind a bounded queue, and one that calls back at a pace."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar('Item')


class Worker(Generic[Item]):
    """Handles items one after the other in a thread of its own, from construction until `close`.

    `offer` never blocks: when `limit` items wait it refuses, and counts that in `refused`. An exception in
    `handle` goes to `on_error` with its item and ends nothing.
    """

    def __init__(
        self, name: str, handle: Callable[[Item], None], on_error: Callable[[Item, Exception], None], limit: int
    ) -> None:
        self.refused = 0
        self._handle, self._on_error, self._limit = handle, on_error, limit
        self._items: deque[Item] = deque()
        self._open = True
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def __len__(self) -> int:
        return len(self._items)

    def offer(self, item: Item) -> bool:
        """Queue an item; false when there is no room or the worker was closed."""
        with self._changed:
            if not self._open or len(self._items) >= self._limit:
                self.refused += 1
                return False
            self._items.append(item)
            self._changed.notify()
            return True

    def close(self, timeout: float) -> list[Item]:
        """Stop; returns the items that still waited. The one being handled gets `timeout` seconds to finish."""
        with self._changed:
            self._open = False
            left = list(self._items)
            self._items.clear()
            self._changed.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout)
        return left

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._items or not self._open)
                if not self._items:
                    return
                item = self._items.popleft()
            try:
                self._handle(item)
            except Exception as error:
                self._on_error(item, error)


class Ticker:
    """Calls `tick` every `period` seconds in a thread of its own, from construction until `close`.

    `on_error` is told what it raises; it is called again all the same.

    A wall clock that is set changes nothing, unlike with rclpy's timers, steady ones too, where its wheels were built
    for older systems: their condition variables wait by the wall clock.
    """

    def __init__(
        self, name: str, period: float, tick: Callable[[], None], on_error: Callable[[Exception], object]
    ) -> None:
        self._period, self._tick, self._on_error = period, tick, on_error
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End; `tick` is not called after this."""
        self._closed.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        while not self._closed.wait(self._period):
            try:
                self._tick()
            except Exception as error:
                self._on_error(error)
