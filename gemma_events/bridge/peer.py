"""One connection: bytes to events, and events to bytes at the pace at which the other side takes them."""
from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from collections.abc import Callable

from gemma_events.bridge import sockets
from gemma_events.bridge.acks import AckGate
from gemma_events.bridge.figures import Figures
from gemma_events.bridge.limits import TokenBucket
from gemma_events.bridge.outbox import Item, Outbox
from gemma_events.bridge.quiet import QUIET_CHARACTER, cuts_character, quiet_of
from gemma_events.bridge.reactor import Reactor, Timer
from gemma_events.bridge.settings import EndpointSettings
from gemma_events.bridge.wire.codec import Decoder
from gemma_events.events import Event, UnrecognisedMessage

CHUNK = 16 * 1024     # bytes read at a time, so that one writer does not keep the others waiting
PACE = 0.05           # seconds between two events where the kernel cannot tell what was taken
JUNK_PRICE = 20       # events; what is none counts for so many, by what it costs to report it
# Seconds from the moment when an event was taken until the next is written: a receive that is still under way in the
# kernel would take that one as well.
SETTLE = 0.0002
RECHECK = 0.25        # seconds; should the kernel have told nothing meanwhile


class Peer:
    """A program at the other end of a socket.

    `send` may be called from any thread, and writes at once where the other side is not behind; everything
    else belongs to the reactor's thread. `listening`: whether it shall get events at all.
    """

    def __init__(self, connection: socket.socket, source: str, settings: EndpointSettings, decoder: Decoder,
                 reactor: Reactor, figures: Figures, *, is_server: bool, gate: AckGate | None = None) -> None:
        connection.setblocking(False)
        now = time.monotonic()
        self.source, self.is_server = source, is_server
        self.since = now
        self.listening = self.has_written = self.has_taken = False
        self.on_events: Callable[[Peer, list[Event]], None] = lambda _peer, _events: None
        self.on_close: Callable[[Peer], None] = lambda _peer: None
        self._connection, self._settings, self._decoder = connection, settings, decoder
        self._reactor, self._figures, self._gate = reactor, figures, gate
        self._bytes = TokenBucket(settings.max_bytes_per_s, now)
        self._events = TokenBucket(settings.max_events_per_s, now)
        self._last_read = now
        self._tail = b''    # the last bytes that came
        self._pause = quiet_of(settings.format)
        self._quiet_timer: Timer | None = None
        self._throttled = False
        # The rest is shared between the threads.
        self._lock = threading.Lock()
        self._open = True
        self._broken = False
        # Of what queues up for a server that answers, only the newest matters.
        self._outbox = Outbox(1 if gate else settings.queue_limit)
        self._current: Item | None = None    # written up to _offset only, or not at all
        self._offset = 0
        self._kernel_tells = sockets.kernel_tells()
        self._wrote_at: float | None = None
        self._settled_at = 0.0               # when the last one has been taken for SETTLE
        self._settle_timer: Timer | None = None
        self._written: Item | None = None    # the last one
        self._reset = False                  # the other side closed without having taken it
        self._full_since: float | None = None
        self._watching = False
        self._recheck_timer: Timer | None = None

    def start(self) -> None:
        """Begin to read."""
        self._reactor.add_reader(self._connection.fileno(), self._read)

    def close(self) -> list[Item]:
        """Let go; gives back the events that the other side has not taken, as far as that can be told."""
        with self._lock:
            if not self._open:
                return []
            # With pacing at most one event was written that is not taken yet.
            in_flight = self._settings.pacing and (self._reset or (self._kernel_tells and not self._all_taken()))
            self._open = False
            self._unwatch()
            unsent = [self._written] if in_flight and self._written else []
            if self._current and not self._offset:
                unsent.append(self._current)
            unsent.extend(self._outbox)
        self._reactor.remove_reader(self._connection.fileno())
        for timer in (self._quiet_timer, self._recheck_timer, self._settle_timer):
            if timer:
                timer.cancel()
        self._connection.close()
        return unsent

    # --- events to bytes --------------------------------------------------------------------------

    def send(self, item: Item, now: float) -> None:
        """Write an event, behind those that wait."""
        with self._lock:
            if not self._open:
                return
            self._push(now)
            if self._current or self._outbox or not self._ready(now):
                self._queue(item)
            else:
                self._write(item, 0, now)

    def answer(self, data: bytes) -> None:
        """Write a few bytes at once, or not at all: as a server that waits for nobody."""
        with self._lock:
            if not self._open or self._offset:
                return
            try:
                self._connection.send(data)
            except OSError:
                self._figures.count('acks_lost')

    def stalled(self, now: float) -> bool:
        """Whether it has taken nothing for too long while its queue was full.

        A server is kept whatever it does.
        """
        with self._lock:
            self.has_taken = self.has_taken or self._all_taken()
            if self._full_since is None or self.is_server or self._broken:
                return False
            return now - self._full_since >= self._settings.stall_timeout_ms / 1000

    def finish(self) -> None:
        """Write no more, but read on: a reader that wakes up finds the end, who only ever writes does not notice."""
        self.listening = False
        with self._lock, contextlib.suppress(OSError):
            self._broken = True
            self._current = self._full_since = None
            self._outbox.expire(float('inf'))
            self._unwatch()
            self._connection.shutdown(socket.SHUT_WR)

    def waiting(self) -> tuple[int, int]:
        """How many events wait, and how many have at most."""
        return len(self._outbox), self._outbox.high_water

    def _ready(self, now: float) -> bool:
        if self._broken or (self._gate and not self._gate.open(now)):
            return False
        if self._wrote_at is None or not self._settings.pacing:
            return True
        if not self._kernel_tells:
            return now - self._wrote_at >= PACE
        if not self._all_taken():
            self._settled_at = now + SETTLE
        return now >= self._settled_at

    def _all_taken(self) -> bool:
        return self._open and self._wrote_at is not None and self._kernel_tells and sockets.all_taken(self._connection)

    def _write(self, item: Item, offset: int, now: float) -> None:
        try:
            count = self._connection.send(memoryview(item.data)[offset:] if offset else item.data)
        except BlockingIOError:
            count = 0
        except OSError as error:
            self._reset = self._reset or isinstance(error, ConnectionResetError)
            self._broken = True    # the reader learns it too, and closes
            count = 0
        if count:
            self._full_since = None
            self._wrote_at, self._settled_at = now, now + SETTLE
        offset += count
        if offset < len(item.data):
            self._current, self._offset = item, offset
            self._watch()
            return
        self._current, self._offset = None, 0
        self._written = item
        self._figures.sent(len(item.data), now - item.time, now)
        if self._gate and not self._gate.sent(now):
            self._figures.count('acks_missing')

    def _push(self, now: float) -> None:
        """Write what waits, as far as it goes."""
        if self._current:
            self._write(self._current, self._offset, now)
        while self._outbox and not self._current and self._ready(now):
            self.has_taken = True
            self._write(self._outbox.take(), 0, now)

    def _queue(self, item: Item) -> None:
        if not self._outbox.add(item):
            self._figures.count('superseded' if self._gate else 'dropped_queue_full')
        if self._outbox.full and self._full_since is None:
            self._full_since = item.time
        self._watch()

    def _watch(self) -> None:
        if not self._watching and not self._broken:
            self._watching = True
            self._reactor.watch_room(self._connection.fileno(), self._taken)

    def _unwatch(self) -> None:
        if self._watching:
            self._watching = False
            self._reactor.unwatch_room(self._connection.fileno())

    def _taken(self) -> None:
        """Something was taken just now."""
        if not self._settings.pacing or not self._kernel_tells:
            self._drain()
        elif self._settle_timer is None:
            with self._lock:
                self._settled_at = time.monotonic() + SETTLE
            self._settle_timer = self._reactor.call_later(SETTLE, self._settled)

    def _settled(self) -> None:
        self._settle_timer = None
        self._drain()

    def _drain(self) -> None:
        now = time.monotonic()
        with self._lock:
            if not self._open or self._broken:
                return
            self._push(now)
            if not self._current and not self._outbox:
                self._unwatch()
            elif self._recheck_timer is None:
                self._recheck_timer = self._reactor.call_later(RECHECK if self._kernel_tells else PACE, self._recheck)

    def _recheck(self) -> None:
        self._recheck_timer = None
        self._drain()

    # --- bytes to events --------------------------------------------------------------------------

    def _read(self) -> None:
        try:
            data = self._receive(CHUNK)
        except BlockingIOError:
            return
        if not data:
            self._end()
            return
        self._last_read = time.monotonic()
        self._tail = (self._tail + data[-3:])[-3:]
        events = self._decoder.feed(data)
        self._received(len(data), events)
        if self._gate and self._outbox:
            self._drain()
        if self._decoder.pending and self._quiet_timer is None:
            self._quiet_timer = self._reactor.call_later(self._pause, self._quiet)
        junk = sum(isinstance(event, UnrecognisedMessage) for event in events)
        pause = max(self._bytes.spend(len(data), self._last_read),
                    self._events.spend(len(events) + junk * JUNK_PRICE, self._last_read))
        if pause and self._open:
            self._figures.count('throttled')
            self._throttled = True
            self._reactor.remove_reader(self._connection.fileno())
            self._reactor.call_later(pause, self._resume)

    def _received(self, size: int, events: list[Event]) -> None:
        self._figures.received(size, len(events), self._last_read)
        if events:
            self.has_written = True
            self.on_events(self, events)

    def _quiet(self) -> None:
        self._quiet_timer = None
        quiet = QUIET_CHARACTER if cuts_character(self._tail) else self._pause
        if self._throttled or time.monotonic() < self._last_read + quiet or self._has_more():
            self._quiet_timer = self._reactor.call_later(self._pause, self._quiet)
        else:
            self._received(0, self._decoder.flush())

    def _has_more(self) -> bool:
        """Whether it is we who are late: the other side has written more, or closed."""
        try:
            self._receive(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        return True

    def _receive(self, size: int, flags: int = 0) -> bytes:
        """What has come, nothing at the end. Raises BlockingIOError."""
        try:
            return self._connection.recv(size, flags)
        except BlockingIOError:
            raise
        except OSError as error:    # told once only
            self._reset = self._reset or isinstance(error, ConnectionResetError)
            return b''

    def _resume(self) -> None:
        self._throttled = False
        if self._open:
            self.start()

    def _end(self) -> None:
        """It writes no more; who wants events may have ended only that side."""
        self._received(0, self._decoder.flush(closed=True))
        if not self.listening or self.is_server or self.gone():
            self.on_close(self)
            return
        if self._quiet_timer:
            self._quiet_timer.cancel()
        self._reactor.await_end(self._connection.fileno(), self._read)

    def gone(self) -> bool:
        """Whether the other side has closed altogether; there may be more to read."""
        poll = select.poll()
        poll.register(self._connection, 0)    # the end is told in any case
        return bool(poll.poll(0))

    def read_out(self) -> None:
        """Read to its end what one that has gone left behind, or until that is too much at a time."""
        while self._open and not self._throttled:
            self._read()
