"""The writing half of a connection: events go out at the pace at which the other side takes them."""

from __future__ import annotations

import contextlib
import socket
import time

from gemma_events.bridge import sockets
from gemma_events.bridge.acks import AckGate
from gemma_events.bridge.metrics import Metrics
from gemma_events.bridge.reactor import Reactor, Timer
from gemma_events.bridge.send_queue import Item, SendQueue
from gemma_events.bridge.settings import EndpointSettings

PACE = 0.05  # seconds between two events where the kernel does not say what was taken
RECHECK = 0.25  # seconds until the next look, should the kernel have reported nothing meanwhile


class Writer:
    """Writes events to a socket, and queues what the other side is not ready for.

    With `pacing` one event is under way at a time, and none shares a receive with another. With a `gate` an event
    also waits for the answer to the one before, and only the newest waits. Once it is `broken` nothing can be written
    any more. `has_taken`: the other side has read something.
    """

    def __init__(
        self,
        connection: socket.socket,
        settings: EndpointSettings,
        reactor: Reactor,
        metrics: Metrics,
        gate: AckGate | None,
    ) -> None:
        self.has_taken = self.broken = False
        self._connection, self._settings, self._reactor = connection, settings, reactor
        self._metrics, self._gate = metrics, gate
        self._kernel_paces = sockets.kernel_paces()
        self._open = True
        self._opened_at = time.monotonic()
        self._waiting = SendQueue(1 if gate else settings.queue_limit)
        self._current: Item | None = None  # written up to _offset only, or not at all
        self._offset = 0
        self._written: Item | None = None  # the last one
        self._wrote_at: float | None = None
        self._reset = False  # the other side closed without having taken it
        self._full_since: float | None = None
        self._watching = False
        self._recheck_timer: Timer | None = None

    def apply(self, settings: EndpointSettings) -> None:
        """Use these settings from here on."""
        self._settings = settings
        self._full_since = None
        if not self._gate and (lost := self._waiting.resize(settings.queue_limit)):
            self._metrics.count('dropped_queue_full', lost)

    def close(self, *, alive: bool = False) -> list[Item]:
        """Write no more; returns the events that the other side has not taken, as far as that can be known.

        One that is `alive` takes what is under way.
        """
        # With pacing at most one event is under way: the last one that was written, or one that is half written.
        in_flight = (
            not alive
            and self._settings.pacing
            and not self._offset
            and (self._reset or (self._kernel_paces and not self._all_taken()))
        )
        self._open = False
        self._unwatch()
        if self._recheck_timer:
            self._recheck_timer.cancel()
        unsent = [self._written if in_flight else None, self._current, *self._waiting]
        return [item for item in unsent if item]

    def was_reset(self) -> None:
        """The other side closed without having taken all."""
        self._reset = True

    def send(self, item: Item, now: float) -> bool:
        """Write an event, behind those that wait; whether it went out at once."""
        if not self._open:
            return False
        if self._watching:  # something waits, or did just now
            self._push(now)
            if self._current or self._waiting:
                self._queue(item)
                return False
        if not self._ready(now):
            self._queue(item)
            return False
        return self._write(item, 0, now)

    def answer(self, data: bytes) -> None:
        """Write a few bytes at once, or not at all: as a server that waits for nobody."""
        if not self._open:
            return
        try:
            if self._offset:  # in the middle of an event
                raise BlockingIOError
            self._connection.send(data)
        except OSError:
            self._metrics.count('acks_lost')

    def idle(self, now: float) -> float:
        """Seconds for which nothing could be written of what waits; 0: nothing waits, or only just."""
        if not self._current and not self._waiting:
            return 0.0
        return now - (self._opened_at if self._wrote_at is None else self._wrote_at)

    def stalled(self, now: float) -> bool:
        """Whether the other side has taken nothing for too long while its queue was full."""
        self.has_taken = self.has_taken or self._all_taken()
        if self._full_since is None or self.broken:
            return False
        return now - self._full_since >= self._settings.stall_timeout_ms / 1000

    def finish(self) -> None:
        """Write no more: a reader that wakes up finds the end, a program that only ever writes does not notice."""
        self.clear()
        self.broken = True
        self._current, self._offset = None, 0
        self._unwatch()
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_WR)

    def clear(self) -> None:
        """Drop what waits."""
        self._waiting.clear()
        self._full_since = None

    def drain(self) -> None:
        """Write what waits, as far as it goes: the other side has taken or answered something, or time has passed."""
        if not self._open or self.broken:
            return
        self._push(time.monotonic())
        if not self._current and not self._waiting:
            self._unwatch()
        elif self._recheck_timer is None:
            pause = RECHECK if self._kernel_paces else PACE
            if self._gate:
                pause = min(pause, self._settings.ack_timeout_ms / 1000)
            self._recheck_timer = self._reactor.call_later(pause, self._recheck)

    def waiting(self) -> int:
        """How many events wait."""
        return len(self._waiting)

    def _recheck(self) -> None:
        self._recheck_timer = None
        self.drain()

    def _ready(self, now: float) -> bool:
        if self.broken or (self._gate and not self._gate.open(now, self._settings.ack_timeout_ms / 1000)):
            return False
        if not self._settings.pacing or self._wrote_at is None:
            return True
        return sockets.all_taken(self._connection) if self._kernel_paces else now - self._wrote_at >= PACE

    def _all_taken(self) -> bool:
        return self._open and self._wrote_at is not None and self._kernel_paces and sockets.all_taken(self._connection)

    def _write(self, item: Item, offset: int, now: float) -> bool:
        """Write an event from an offset on, as far as it goes; whether that was to its end."""
        data = memoryview(item.data)[offset:] if offset else item.data
        try:
            if self._settings.pacing and self._kernel_paces:
                count = sockets.send_bounded(self._connection, data)
            else:
                count = self._connection.send(data)
        except BlockingIOError:
            count = 0
        except OSError as error:
            self._reset = self._reset or isinstance(error, ConnectionResetError)
            self.broken = True  # mostly the reader learns it too, and closes
            count = 0
        if count:
            self._full_since = None
            self._wrote_at = now
        offset += count
        if offset < len(item.data):
            self._current, self._offset = item, offset
            self._watch()
            return False
        self._current, self._offset = None, 0
        self._written = item
        if self._gate and not self._gate.sent(now):
            self._metrics.count('acks_missing')
        return True

    def _push(self, now: float) -> None:
        """Write what waits, as far as it goes."""
        while self._current or (self._waiting and self._ready(now)):
            item = self._current or self._waiting.take()
            if not self._write(item, self._offset, now):
                return
            self.has_taken = self.has_taken or (self._settings.pacing and self._kernel_paces)
            self._metrics.sent(1, len(item.data), now - item.time, now)

    def _queue(self, item: Item) -> None:
        if not self._waiting.add(item):
            self._metrics.count('superseded' if self._gate else 'dropped_queue_full')
        self._metrics.queued(len(self._waiting))
        if self._waiting.full and self._full_since is None:
            self._full_since = item.time
        self._watch()

    def _watch(self) -> None:
        if not self._watching and not self.broken:
            self._watching = True
            self._reactor.watch_room(self._connection.fileno(), self.drain)

    def _unwatch(self) -> None:
        if self._watching:
            self._watching = False
            self._reactor.unwatch_room(self._connection.fileno())
