"""One thread for all sockets: waits until one has something to read or takes something, and keeps timers."""

from __future__ import annotations

import heapq
import itertools
import os
import select
import threading
import time
from collections.abc import Callable

Callback = Callable[[], object]
END_TIMEOUT = 2.0  # seconds for the callback in work


class Timer:
    """A call that is to come."""

    def __init__(self, callback: Callback) -> None:
        self.callback: Callback | None = callback

    def cancel(self) -> None:
        """It will not come."""
        self.callback = None


class Reactor:
    """Calls back from its own thread, which runs from `start` to `stop`.

    Before `start` and after `stop` everything may be called from any thread, in between only
    `watch_room`. An exception in a callback goes to `on_error` and ends nothing.
    """

    def __init__(self, name: str, on_error: Callable[[Exception], None]) -> None:
        self._on_error = on_error
        self._readers: dict[int, Callback] = {}
        self._rooms: dict[int, Callback] = {}
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._open = True
        self._epoll = select.epoll()
        # Edge-triggered, in a set of its own: the kernel tells each time when something was taken, while
        # reading is simpler level-triggered.
        self._room_epoll = select.epoll()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self.add_reader(self._wake, self._awake)
        self.add_reader(self._room_epoll.fileno(), self._room)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to call back."""
        self._thread.start()

    def stop(self) -> None:
        """Call back no more; the thread has ended after this, unless a callback takes longer than END_TIMEOUT."""
        self._open = False
        if self._thread.is_alive():
            os.eventfd_write(self._wake, 1)
            self._thread.join(END_TIMEOUT)

    def close(self) -> None:
        """Release what `stop` left: sockets can be removed until here."""
        self._epoll.close()
        self._room_epoll.close()
        os.close(self._wake)

    def add_reader(self, descriptor: int, callback: Callback) -> None:
        """Call back as long as there is something to read, or the other side has closed."""
        self._readers[descriptor] = callback
        self._epoll.register(descriptor, select.EPOLLIN)

    def await_end(self, descriptor: int, callback: Callback) -> None:
        """Instead of reading: call back when the other side no longer takes anything either."""
        self._readers[descriptor] = callback
        self._epoll.modify(descriptor, 0)  # the end is told in any case

    def remove_reader(self, descriptor: int) -> None:
        """Call back no more."""
        if self._readers.pop(descriptor, None):
            self._epoll.unregister(descriptor)

    def watch_room(self, descriptor: int, callback: Callback) -> None:
        """Call back now, and each time when the other side has taken something. From any thread."""
        self._rooms[descriptor] = callback
        self._room_epoll.register(descriptor, select.EPOLLOUT | select.EPOLLET)

    def unwatch_room(self, descriptor: int) -> None:
        """Call back no more."""
        if self._rooms.pop(descriptor, None):
            self._room_epoll.unregister(descriptor)

    def call_later(self, seconds: float, callback: Callback) -> Timer:
        """Call back once, after some time."""
        timer = Timer(callback)
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._order), timer))
        return timer

    def _run(self) -> None:
        while self._open:
            for descriptor, _ in self._epoll.poll(self._timeout()):
                if callback := self._readers.get(descriptor):  # not removed by another callback meanwhile
                    self._call(callback)
            now = time.monotonic()
            while self._timers and self._timers[0][0] <= now:
                if callback := heapq.heappop(self._timers)[2].callback:
                    self._call(callback)

    def _timeout(self) -> float | None:
        return max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None

    def _call(self, callback: Callback) -> None:
        try:
            callback()
        except Exception as error:
            self._on_error(error)

    def _awake(self) -> None:
        os.eventfd_read(self._wake)

    def _room(self) -> None:
        for descriptor, _ in self._room_epoll.poll(0):
            if callback := self._rooms.get(descriptor):
                self._call(callback)
