"""One socket path: finds its role, takes in clients, and passes events between its peers and its exchange."""
from __future__ import annotations

import dataclasses
import errno
import itertools
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gemma_events.bridge import roles, sockets
from gemma_events.bridge.acks import AckGate
from gemma_events.bridge.exchange import Exchange
from gemma_events.bridge.figures import Figures
from gemma_events.bridge.limits import Seldom
from gemma_events.bridge.outbox import Item, Outbox
from gemma_events.bridge.peer import Peer
from gemma_events.bridge.reactor import Reactor, Timer
from gemma_events.bridge.roles import Found, Step
from gemma_events.bridge.settings import CLIENT, OFF, TO_SOCKET, TO_TOPIC, EndpointSettings
from gemma_events.bridge.sockets import Listener
from gemma_events.bridge.wire import ACK, FORMATS, PENDING_LIMIT, reply_decoder
from gemma_events.errors import ConfigurationError
from gemma_events.events import Event, FaceExpression, UnrecognisedMessage

TICK = 0.5              # seconds between two looks whether the path is still ours and whether a client has stalled
ACCEPT_LIMIT = 32       # connections taken in at a time, so that the other sockets get their turn
ACCEPT_PAUSE = 1.0      # seconds, when the process has no file descriptors left
EMITTER_GRACE = 0.5     # seconds in which a client that expects acks has written its first event
LOG_PERIOD = 10.0       # seconds between two lines about the same kind of trouble


class Log(Protocol):
    """A logger of rclpy, or of the standard library."""

    def info(self, message: str) -> object: ...  # noqa: D102
    def warning(self, message: str) -> object: ...  # noqa: D102


@dataclass(frozen=True)
class Surroundings:
    """What all endpoints of a bridge share."""

    reactor: Reactor
    log: Log
    clock: Callable[[], int]                                        # ns since the epoch
    publish_unrecognised: Callable[[UnrecognisedMessage], None]


class Endpoint:
    """Serves a path, or is the client of who serves there; see `roles`.

    `open` and `close` are for when the reactor does not run. `graph` names the topic and where it is known: of two
    bridges on one path with the same graph, only one passes events.
    """

    def __init__(self, name: str, settings: EndpointSettings, path: Path, exchange: Exchange, graph: bytes,
                 around: Surroundings) -> None:
        self.name, self.path = name, path
        self._settings, self._exchange, self._graph = settings, exchange, graph
        self._reactor, self._log, self._clock = around.reactor, around.log, around.clock
        self._publish_unrecognised = around.publish_unrecognised
        self._format = FORMATS[settings.format]
        self._answers = self._format.event_type is FaceExpression
        self._group, self._users = settings.group_id(), settings.user_ids()
        self._figures = Figures()
        self._numbers = itertools.count(1)
        self._pauses = roles.Pauses()
        self._listener: Listener | None = None
        self._server: Peer | None = None
        self._timer: Timer | None = None
        self._trouble = ''
        self._high_water = 0
        self._shortened = Seldom(float('inf'))
        self._seldom = {topic: Seldom(LOG_PERIOD) for topic in ('refused', 'unrecognised', 'let go')}
        # Replaced, never changed: read by the thread that delivers.
        self._peers: tuple[Peer, ...] = ()
        self._lock = threading.Lock()    # for the two below
        self._awaits_server = settings.role == CLIENT
        self._backlog = Outbox(1 if self._answers else settings.queue_limit)

    def open(self) -> None:
        """Take the role. Raises ConfigurationError where the path cannot be served and nobody else does."""
        if self._settings.role == OFF:
            return
        self._seek()
        if self._trouble and self._settings.role != CLIENT and not self._occupied:
            raise ConfigurationError(f'{self.name}: {self.path} cannot be served: {self._trouble}')
        self._reactor.call_later(TICK, self._tick)

    def close(self) -> None:
        """Let all go, and remove the socket file that was made here."""
        if self._listener:
            self._listener.close()
            self._listener = None
        for peer in self._peers:
            peer.close()
        self._peers = ()

    # --- role -------------------------------------------------------------------------------------

    def _seek(self) -> None:
        """See what is at the path, and do what the role says."""
        sight = sockets.look(self.path, self._graph)
        step = roles.step(self._settings.role, sight.found)
        self._occupied = sight.found in (Found.SERVED, Found.BUSY)
        if step is Step.CONNECT and sight.connection:
            self._connect(sight.connection)
            return
        if sight.connection:
            sight.connection.close()
        if step is Step.WAIT:
            self._wait(sight)
        elif step is Step.SERVE or (sight.identity and sockets.remove(self.path, sight.identity)):
            self._serve()
        else:
            self._seek_later(self._pauses.failed())

    def _wait(self, sight: sockets.Sight) -> None:
        trouble = {Found.NOTHING: 'nobody serves it', Found.STALE: 'nobody serves it',
                   Found.SERVED: 'another program serves it', Found.BUSY: 'its server takes no connections',
                   }.get(sight.found, sight.detail)
        self._retry(trouble)

    def _retry(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._log.warning(f'{self.name}: {self.path}: {trouble}; trying on')
        self._trouble = trouble
        self._seek_later(self._pauses.failed())

    def _seek_later(self, pause: float) -> None:
        self._timer = self._reactor.call_later(pause, self._seek)

    def _serve(self) -> None:
        try:
            self._listener = sockets.serve(self.path, self._settings.mode_bits(), self._group)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:    # somebody was quicker
                self._seek_later(self._pauses.failed())
            else:
                self._retry((error.strerror or str(error)).lower())
            return
        self._trouble = ''
        self._reactor.add_reader(self._listener.socket.fileno(), self._accept)
        self._log.info(f'{self.name}: serves {self.path}')

    def _connect(self, connection: socket.socket) -> None:
        peer = self._create_peer(connection, is_server=True)
        with self._lock:
            now = time.monotonic()
            self._backlog.expire(now - self._settings.backlog_age_ms / 1000)
            waiting = [self._backlog.take() for _ in range(len(self._backlog))]
            if self._settings.direction != TO_TOPIC:
                peer.listening = True
                for item in waiting:
                    peer.send(item, now)
                if not waiting:
                    self._tell_state(peer)
            self._server = peer
            self._peers = (*self._peers, peer)
            self._awaits_server = False
        self._trouble = ''
        peer.start()
        self._log.info(f'{self.name}: client of {self.path}')

    def _tick(self) -> None:
        self._reactor.call_later(TICK, self._tick)
        now = time.monotonic()
        with self._lock:
            if expired := self._backlog.expire(now - self._settings.backlog_age_ms / 1000):
                self._figures.count('dropped_too_old', expired)
        for peer in self._peers:
            if peer.stalled(now):
                self._figures.count('clients_let_go')
                self._say_seldom('let go', f'let go {peer.source}, which reads nothing', now)
                self._drop(peer)
        if self._listener and not self._listener.reachable():
            self._log.warning(f'{self.name}: {self.path} was taken over or removed by another program')
            self._stop_listening()
            self._seek()

    def _stop_listening(self) -> None:
        if self._listener:
            self._reactor.remove_reader(self._listener.socket.fileno())
            self._listener.close()
            self._listener = None

    # --- peers ------------------------------------------------------------------------------------

    def _accept(self) -> None:
        assert self._listener
        for _ in range(ACCEPT_LIMIT):
            try:
                connection, name = self._listener.socket.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:    # no file descriptors left
                self._say_seldom('refused', f'cannot take in a client: {error.strerror}', time.monotonic())
                self._pause_accepting()
                return
            if refusal := self._refusal(connection):
                self._figures.count('clients_refused')
                self._say_seldom('refused', f'refused a client: {refusal}', time.monotonic())
                connection.close()
            else:
                self._take_in(connection, sockets.graph_of(name))

    def _pause_accepting(self) -> None:
        listener = self._listener
        assert listener
        self._reactor.remove_reader(listener.socket.fileno())

        def resume() -> None:
            if self._listener is listener:
                self._reactor.add_reader(listener.socket.fileno(), self._accept)
        self._reactor.call_later(ACCEPT_PAUSE, resume)

    def _refusal(self, connection: socket.socket) -> str:
        if len(self._peers) >= self._settings.max_clients:
            return f'there are {len(self._peers)} already (max_clients)'
        if self._users is not None and (user := sockets.peer_user(connection)) not in self._users:
            return f'user {user} is not among allowed_users'
        return ''

    def _take_in(self, connection: socket.socket, graph: bytes | None) -> None:
        peer = self._create_peer(connection, is_server=False)
        # Another bridge of the same graph has these events from the topic. Where a topic has several endpoints
        # events go to another bridge over the first of them only: over two they would go in a circle.
        muted = graph is not None and (graph == self._graph or self._exchange.outlets[0] is not self)
        peer.on_events = self._ignore if muted else self._receive
        self._peers = (*self._peers, peer)
        peer.start()
        if muted or self._settings.direction == TO_TOPIC:
            return
        if self._answers:
            self._reactor.call_later(EMITTER_GRACE, lambda: self._listen(peer))
        else:
            self._listen(peer)

    def _listen(self, peer: Peer) -> None:
        """Give it events from here on. Who writes on an endpoint with acks reads those, and takes all for one."""
        if peer in self._peers and not (self._answers and peer.has_written):
            peer.listening = True
            self._tell_state(peer)

    def _tell_state(self, peer: Peer) -> None:
        event = self._exchange.state.event
        if event and self._settings.state_for_newcomers:
            now = time.monotonic()
            if item := self._encode(event, 0, now, peer.is_server):
                peer.send(item, now)

    def _create_peer(self, connection: socket.socket, is_server: bool) -> Peer:
        decoder, gate = self._format.decoder(PENDING_LIMIT), None
        if is_server and self._answers:
            replies = decoder = reply_decoder(PENDING_LIMIT)
            gate = AckGate(self._settings.ack_timeout_ms / 1000, lambda: replies.acks)
        peer = Peer(connection, f'bridge/{self.name}/{next(self._numbers)}', self._settings, decoder, self._reactor,
                    self._figures, is_server=is_server, gate=gate)
        peer.on_events, peer.on_close = self._receive, self._closed
        return peer

    def _drop(self, peer: Peer) -> list[Item]:
        self._peers = tuple(other for other in self._peers if other is not peer)
        self._high_water = max(self._high_water, peer.waiting()[1])
        return peer.close()

    def _closed(self, peer: Peer) -> None:
        if peer is not self._server:
            self._drop(peer)
            return
        with self._lock:
            self._server = None
            self._awaits_server = True
            for item in self._drop(peer):
                self._backlog.add(item)
        self._log.warning(f'{self.name}: the server of {self.path} has gone')
        self._seek_later(self._pauses.lost(time.monotonic() - peer.since))

    # --- events -----------------------------------------------------------------------------------

    def deliver(self, event: Event, rank: int, now: float, origin: Peer | None) -> None:
        """Write the event to all peers but the one it came from. From any thread."""
        if self._settings.direction == TO_TOPIC:
            return
        items: dict[bool, Item | None] = {}
        kept = False
        if self._awaits_server:
            with self._lock:
                if self._awaits_server and (item := self._encode(event, rank, now, True)):
                    kept = True
                    if not self._backlog.add(item):
                        self._figures.count('dropped_backlog_full')
        for peer in self._peers:
            if peer is origin or not peer.listening or (kept and peer.is_server):
                continue
            if peer.is_server not in items:
                items[peer.is_server] = self._encode(event, rank, now, peer.is_server)
            if item := items[peer.is_server]:
                peer.send(item, now)

    def _encode(self, event: Event, rank: int, now: float, to_server: bool) -> Item | None:
        encoded = self._format.encode(event, limit=self._settings.message_limit, to_server=to_server)
        if encoded is None:
            return None
        if encoded.shortened:
            self._figures.count('shortened')
            if self._shortened.due(now):
                self._log.warning(f'{self.name}: an event was too long for {self._settings.message_limit} bytes '
                                  '(message_limit) and was shortened; further ones are counted in the diagnostics')
        return Item(encoded.data, rank, now)

    def _ignore(self, _peer: Peer, events: list[Event]) -> None:
        self._figures.count('ignored', len(events))

    def _receive(self, peer: Peer, events: list[Event]) -> None:
        for event in events:
            now = self._clock()
            if isinstance(event, UnrecognisedMessage):
                self._report(dataclasses.replace(event, endpoint=self.name, source=peer.source, stamp=now))
                continue
            if self._answers and not peer.is_server:
                peer.listening = False
                peer.answer(ACK)
            if self._settings.direction == TO_SOCKET:
                self._figures.count('ignored')
            else:
                self._exchange.from_peer(
                    dataclasses.replace(event, source=peer.source, stamp=event.stamp or now), peer)

    def _report(self, message: UnrecognisedMessage) -> None:
        self._figures.count('unrecognised')
        self._publish_unrecognised(message)
        self._say_seldom('unrecognised', f'{message.source} wrote what is no event: {message.reason}: '
                                         f'{message.text[:80]!r}', time.monotonic())

    # --- for people -------------------------------------------------------------------------------

    def _say_seldom(self, kind: str, text: str, now: float) -> None:
        if self._seldom[kind].due(now):
            self._log.warning(f'{self.name}: {text}')

    def values(self) -> dict[str, object]:
        """State and figures, for the diagnostics."""
        if self._settings.role == OFF:
            return {'role': OFF}
        state = 'server' if self._listener else 'client' if self._server else f'none: {self._trouble}'
        waiting = [peer.waiting() for peer in self._peers]
        return {'role': state, 'path': self.path, 'peers': len(waiting), 'queued': sum(now for now, _ in waiting),
                'queue_high_water': max([self._high_water, *(most for _, most in waiting)]),
                **self._figures.values(time.monotonic())}
