"""One connection: its reading half, bytes to events, and the writer that it goes with."""

from __future__ import annotations

import select
import socket
import time
from typing import Protocol

from gemma_events.bridge.acks import AckGate
from gemma_events.bridge.limits import TokenBucket
from gemma_events.bridge.metrics import Metrics
from gemma_events.bridge.reactor import Reactor, Timer
from gemma_events.bridge.send_queue import Item
from gemma_events.bridge.settings import EndpointSettings
from gemma_events.bridge.wire import FORMATS
from gemma_events.bridge.wire.codec import IDLE_GAP_CHARACTER, PENDING_LIMIT, Decoder, cuts_character
from gemma_events.bridge.writer import Writer
from gemma_events.events import Event, UnrecognisedMessage

CHUNK = 16 * 1024  # bytes read at a time, so that one program does not keep the others waiting
JUNK_PRICE = 20  # events; what is not an event counts as so many, for what it costs to report it


class PeerHandler(Protocol):
    """What an endpoint is to its peers."""

    def received(self, peer: Peer, events: list[Event]) -> None:
        """The peer wrote these."""

    def closed(self, peer: Peer) -> None:
        """The peer has closed the connection: `Peer.close` is next."""


class Peer:
    """A program at the other end of a socket, which `start` begins to read from.

    `listening`: whether it gets events at all; `muted`: what it writes is ignored. `since`: when it connected, in
    monotonic seconds.
    """

    def __init__(
        self,
        connection: socket.socket,
        source: str,
        settings: EndpointSettings,
        handler: PeerHandler,
        reactor: Reactor,
        metrics: Metrics,
        *,
        is_server: bool = False,
        muted: bool = False,
    ) -> None:
        connection.setblocking(False)
        now = time.monotonic()
        self.source, self.is_server, self.muted = source, is_server, muted
        self.since = now
        self.listening = self.has_written = False
        wire = FORMATS[settings.format]
        self._decoder: Decoder
        self._gate: AckGate | None = None
        if is_server and wire.answers:
            self._decoder = answers = wire.answers.decoder(PENDING_LIMIT)
            self._gate = AckGate(lambda: answers.acks)
        else:
            self._decoder = wire.decoder(PENDING_LIMIT)
        self.writer = Writer(connection, settings, reactor, metrics, self._gate)
        self._connection, self._handler = connection, handler
        self._settings, self._reactor, self._metrics = settings, reactor, metrics
        self._bytes = TokenBucket(settings.max_bytes_per_s, now)
        self._events = TokenBucket(settings.max_events_per_s, now)
        self._open = True
        self._last_read = now
        self._tail = b''  # the last bytes that came
        self._idle_gap = wire.idle_gap
        self._gap_timer: Timer | None = None
        self._throttled = False

    def apply(self, settings: EndpointSettings) -> None:
        """Use these settings from here on."""
        self._settings = settings
        self._bytes.rate, self._events.rate = settings.max_bytes_per_s, settings.max_events_per_s
        self.writer.apply(settings)

    def start(self) -> None:
        """Begin to read."""
        self._reactor.add_reader(self._connection.fileno(), self._read)

    def stop_listening(self) -> None:
        """It gets no more events, nor those that wait."""
        self.listening = False
        self.writer.clear()

    def close(self, *, alive: bool = False) -> list[Item]:
        """Close the connection, to a program that may be `alive`; returns the events that it has not taken: see
        Writer.close.
        """
        if not self._open:
            return []
        self._open = False
        unsent = self.writer.close(alive=alive)
        self._reactor.remove_reader(self._connection.fileno())
        self._cancel_gap()
        self._connection.close()
        return unsent

    def stuck(self, now: float) -> bool:
        """Whether it takes no events, and not because it only writes."""
        writes_only = self.has_written and not self.writer.has_taken
        return not writes_only and self.writer.idle(now) >= self._settings.stall_timeout_ms / 1000

    def gone(self) -> bool:
        """Whether the other side has closed altogether; there may be more to read."""
        poll = select.poll()
        poll.register(self._connection, 0)  # the end is reported in any case
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
            self._handler.received(self, events)

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
        idle_gap = IDLE_GAP_CHARACTER if cuts_character(self._tail) else self._idle_gap
        if self._throttled or time.monotonic() < self._last_read + idle_gap or self._has_more():
            self._gap_timer = self._reactor.call_later(self._idle_gap, self._gap)
        else:
            self._flush()

    def _cancel_gap(self) -> None:
        if self._gap_timer:
            self._gap_timer.cancel()

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
        except OSError as error:  # reported once only
            if isinstance(error, ConnectionResetError):
                self.writer.was_reset()
            return b''

    def _end(self) -> None:
        """It writes no more; one that wants events may have ended only that side."""
        self._flush(closed=True)
        if not self.listening or self.is_server or self.gone():
            self._handler.closed(self)
            return
        self._cancel_gap()
        self._reactor.await_end(self._connection.fileno(), self._read)
