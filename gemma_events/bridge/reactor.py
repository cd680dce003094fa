"""One thread for all sockets: waits until one can be read or written, keeps timers, and takes what others post."""

from __future__ import annotations

import heapq
import itertools
import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

Callback = Callable[[], object]
T = TypeVar('T')
END_TIMEOUT = 2.0  # seconds for the callback that is running
BATCH = 8  # items taken from an inbox at a time, so that the sockets get their turn


class Timer:
    """A call that is to come."""

    def __init__(self, callback: Callback) -> None:
        self.callback: Callback | None = callback

    def cancel(self) -> None:
        """It will not come."""
        self.callback = None


class Reactor:
    """Calls back from its own thread, which runs from `start` to `stop`, and owns all that it calls.

    While it runs, other threads may call `post`, and nothing else. Before and after that, everything belongs to the
    thread that starts and stops it. An exception in a callback goes to `report_fault` and ends nothing.
    """

    def __init__(self, name: str, report_fault: Callable[[Exception], None]) -> None:
        self.report_fault = report_fault
        self._readers: dict[int, Callback] = {}
        self._rooms: dict[int, Callback] = {}
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._posted: deque[Callback] = deque()
        self._woken = False  # `_run_posted` is about to look
        self._open = True
        self._open_lock = threading.Lock()  # nobody may write to `_wake` once it is closed
        self._epoll = select.epoll()
        # Edge-triggered, in a set of its own: the kernel reports each time that something was taken, while
        # reading is simpler level-triggered.
        self._room_epoll = select.epoll()
        self.add_reader(self._room_epoll.fileno(), self._room)
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._readers[self._wake] = self._run_posted
        self._epoll.register(self._wake, select.EPOLLIN | select.EPOLLET)  # so it need not be read
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to call back."""
        self._thread.start()

    def stop(self) -> None:
        """Call back no more; the thread has ended after this, unless a callback takes longer than END_TIMEOUT."""
        with self._open_lock:
            self._open = False
        if self._thread.is_alive():
            os.eventfd_write(self._wake, 1)
            self._thread.join(END_TIMEOUT)

    def close(self) -> None:
        """Release what `stop` left: sockets can be removed until here."""
        self._epoll.close()
        self._room_epoll.close()
        os.close(self._wake)

    def post(self, callback: Callback) -> None:
        """Call back once, soon, in the order of these calls. From any thread; after `stop` nothing comes of it."""
        self._posted.append(callback)
        if self._woken:
            return
        with self._open_lock:
            if self._open:
                self._woken = True
                os.eventfd_write(self._wake, 1)

    def add_reader(self, descriptor: int, callback: Callback) -> None:
        """Call back as long as there is something to read, or the other side has closed."""
        self._readers[descriptor] = callback
        self._epoll.register(descriptor, select.EPOLLIN)

    def await_end(self, descriptor: int, callback: Callback) -> None:
        """Instead of reading: call back when the other side no longer takes anything either."""
        self._readers[descriptor] = callback
        self._epoll.modify(descriptor, 0)  # the end is reported in any case

    def remove_reader(self, descriptor: int) -> None:
        """Call back no more."""
        if self._readers.pop(descriptor, None):
            self._epoll.unregister(descriptor)

    def watch_room(self, descriptor: int, callback: Callback) -> None:
        """Call back now, and each time that the other side has taken something."""
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
            self.report_fault(error)

    def _run_posted(self) -> None:
        self._woken = False  # first: whoever posts from here on wakes anew
        for _ in range(len(self._posted)):
            try:
                self._posted.popleft()()
            except Exception as error:
                self.report_fault(error)

    def _room(self) -> None:
        for descriptor, _ in self._room_epoll.poll(0):
            if callback := self._rooms.get(descriptor):
                self._call(callback)


class Inbox(Generic[T]):
    """What another thread hands to the reactor's, which passes each item to `take`, in order.

    At most `limit` items wait; when there are more, the oldest are dropped and counted, as DDS does.
    """

    def __init__(self, limit: int, take: Callable[[T], object], reactor: Reactor) -> None:
        self.dropped = 0  # one too many where the reactor makes room at that very moment
        self._limit, self._take, self._reactor = limit, take, reactor
        self._items: deque[T] = deque(maxlen=limit)
        self._posted = False

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: T) -> None:
        """Queue an item; when `limit` wait already, the oldest is dropped and counted. For one other thread."""
        if len(self._items) == self._limit:
            self.dropped += 1
        self._items.append(item)
        if not self._posted:
            self._posted = True
            self._reactor.post(self._drain)

    def _drain(self) -> None:
        self._posted = False  # first, as above
        for _ in range(min(len(self._items), BATCH)):
            try:
                self._take(self._items.popleft())
            except Exception as error:  # the next one may be better
                self._reactor.report_fault(error)
        if self._items:
            self._posted = True
            self._reactor.post(self._drain)
