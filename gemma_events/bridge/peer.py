"""One connection: its reading half, bytes to events, and the writer that it goes with."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable

from gemma_events.bridge.acks import AckGate
from gemma_events.bridge.limits import TokenBucket
from gemma_events.bridge.metrics import Metrics
from gemma_events.bridge.reactor import Reactor, Timer
from gemma_events.bridge.send_queue import Item
from gemma_events.bridge.settings import EndpointSettings
from gemma_events.bridge.wire import FORMATS
from gemma_events.bridge.wire.codec import IDLE_GAP_CHARACTER, Decoder, cuts_character
from gemma_events.bridge.writer import Writer
from gemma_events.events import Event, UnrecognisedMessage

CHUNK = 16 * 1024  # bytes read at a time, so that one writer does not keep the others waiting
JUNK_PRICE = 20  # events; what is none counts for so many, by what it costs to report it


class Peer:
    """A program at the other end of a socket; `writer` is for any thread, all else for the reactor's.

    `listening`: whether it shall get events at all.
    """

    def __init__(
        self,
        connection: socket.socket,
        source: str,
        settings: EndpointSettings,
        decoder: Decoder,
        reactor: Reactor,
        metrics: Metrics,
        *,
        is_server: bool,
        gate: AckGate | None = None,
    ) -> None:
        connection.setblocking(False)
        now = time.monotonic()
        self.source, self.is_server = source, is_server
        self.since = now
        self.listening = self.has_written = False
        self.writer = Writer(connection, settings, reactor, metrics, gate)
        self.on_events: Callable[[Peer, list[Event]], None] = lambda _peer, _events: None
        self.on_close: Callable[[Peer], None] = lambda _peer: None
        self._connection, self._decoder = connection, decoder
        self._reactor, self._metrics, self._gate = reactor, metrics, gate
        self._bytes = TokenBucket(settings.max_bytes_per_s, now)
        self._events = TokenBucket(settings.max_events_per_s, now)
        self._open = True
        self._last_read = now
        self._tail = b''  # the last bytes that came
        self._idle_gap = FORMATS[settings.format].idle_gap
        self._gap_timer: Timer | None = None
        self._throttled = False

    def apply(self, settings: EndpointSettings) -> None:
        """Go on with these. From any thread."""
        self._bytes.rate, self._events.rate = settings.max_bytes_per_s, settings.max_events_per_s
        self.writer.apply(settings)

    def start(self) -> None:
        """Begin to read."""
        self._reactor.add_reader(self._connection.fileno(), self._read)

    def stop_listening(self) -> None:
        """It shall get no more events, nor those that wait. From any thread."""
        self.listening = False
        self.writer.clear()

    def close(self, *, alive: bool = False) -> list[Item]:
        """Let go, of one that may be `alive`; gives back the events that it will not take: see Writer.close."""
        if not self._open:
            return []
        self._open = False
        unsent = self.writer.close(alive=alive)
        self._reactor.remove_reader(self._connection.fileno())
        if self._gap_timer:
            self._gap_timer.cancel()
        self._connection.close()
        return unsent

    def gone(self) -> bool:
        """Whether the other side has closed altogether; there may be more to read."""
        poll = select.poll()
        poll.register(self._connection, 0)  # the end is told in any case
        return bool(poll.poll(0))

    def read_out(self) -> None:
        """Read to its end what one that has gone left behind, or until that is too much at a time."""
        while self._open and not self._throttled:
            self._read()

    def _read(self) -> None:
        try:
            data = self._receive(CHUNK)
        except BlockingIOError:
            return
        if not data:
            self._end()
            return
        events = self._decoder.feed(data)
        self._hand_on(events)  # first: the rest can wait
        now = self._last_read = time.monotonic()
        self._metrics.received(len(data), len(events), now)
        if self._gate:
            self.writer.drain()
        if self._decoder.pending:
            self._tail = (self._tail + data[-3:])[-3:]
            if self._gap_timer is None:
                self._gap_timer = self._reactor.call_later(self._idle_gap, self._gap)
        self._throttle(len(data), events, now)

    def _hand_on(self, events: list[Event]) -> None:
        if events:
            self.has_written = True
            self.on_events(self, events)

    def _throttle(self, size: int, events: list[Event], now: float) -> None:
        """Read on later what came too fast."""
        junk = sum(isinstance(event, UnrecognisedMessage) for event in events)
        pause = max(self._bytes.spend(size, now), self._events.spend(len(events) + junk * JUNK_PRICE, now))
        if pause and self._open:
            self._metrics.count('throttled')
            self._throttled = True
            self._reactor.remove_reader(self._connection.fileno())
            self._reactor.call_later(pause, self._resume)

    def _resume(self) -> None:
        self._throttled = False
        if self._open:
            self.start()

    def _gap(self) -> None:
        """A pause ends what has no end mark."""
        self._gap_timer = None
        quiet = IDLE_GAP_CHARACTER if cuts_character(self._tail) else self._idle_gap
        if self._throttled or time.monotonic() < self._last_read + quiet or self._has_more():
            self._gap_timer = self._reactor.call_later(self._idle_gap, self._gap)
        else:
            self._flush()

    def _flush(self, closed: bool = False) -> None:
        events = self._decoder.flush(closed)
        self._metrics.received(0, len(events), self._last_read)
        self._hand_on(events)

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
        except OSError as error:  # told once only
            if isinstance(error, ConnectionResetError):
                self.writer.was_reset()
            return b''

    def _end(self) -> None:
        """It writes no more; who wants events may have ended only that side."""
        self._flush(closed=True)
        if not self.listening or self.is_server or self.gone():
            self.on_close(self)
            return
        if self._gap_timer:
            self._gap_timer.cancel()
        self._reactor.await_end(self._connection.fileno(), self._read)
