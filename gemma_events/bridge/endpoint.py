"""One socket path with its programs: takes them in, and passes events between them and the exchange."""
from __future__ import annotations

import dataclasses
import itertools
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gemma_events.bridge import sockets
from gemma_events.bridge.acks import AckGate
from gemma_events.bridge.exchange import Exchange
from gemma_events.bridge.figures import Figures
from gemma_events.bridge.limits import LOG_PERIOD, Seldom
from gemma_events.bridge.outbox import Item, Outbox, importance
from gemma_events.bridge.peer import Peer
from gemma_events.bridge.place import Log, Place
from gemma_events.bridge.reactor import Reactor
from gemma_events.bridge.settings import CLIENT, TO_SOCKET, TO_TOPIC, EndpointSettings
from gemma_events.bridge.wire import ACK, FORMATS, PENDING_LIMIT, reply_decoder
from gemma_events.events import Event, FaceExpression, UnrecognisedMessage

TICK = 0.5              # seconds between two looks whether the path is still ours and whether a client has stalled
EMITTER_GRACE = 0.5     # seconds in which a client that expects acks has written its first event


@dataclass(frozen=True)
class Surroundings:
    """What all endpoints of a bridge share."""

    reactor: Reactor
    log: Log
    clock: Callable[[], int]                                        # ns since the epoch
    publish_unrecognised: Callable[[UnrecognisedMessage], None]


class Endpoint:
    """A path, its peers and their events.

    `open` and `close` are for when the reactor does not run, `deliver` for any thread. `graph` names the topic and
    where it is known: of two bridges on one path with the same graph, only one passes events.
    """

    def __init__(self, name: str, settings: EndpointSettings, path: Path, exchange: Exchange, graph: bytes,
                 around: Surroundings) -> None:
        self.name = name
        self._settings, self._exchange, self._graph = settings, exchange, graph
        self._reactor, self._log, self._clock = around.reactor, around.log, around.clock
        self._publish_unrecognised = around.publish_unrecognised
        self._place = Place(name, path, settings, graph, around.reactor, around.log)
        self._place.on_client, self._place.on_server = self._admit, self._connected
        self._place.on_moved = self._leave_server
        self._users = settings.user_ids()
        self._format = FORMATS[settings.format]
        self._answers = self._format.event_type is FaceExpression
        self._figures = Figures()
        self._numbers = itertools.count(1)
        self._high_water = 0
        self._shortened = Seldom(float('inf'))
        self._seldom = {kind: Seldom(LOG_PERIOD) for kind in ('refused', 'unrecognised', 'let go')}
        self._server: Peer | None = None
        self._peers: tuple[Peer, ...] = ()    # replaced, never changed: other threads read it
        self._lock = threading.Lock()         # for the two below
        # Whether events are kept for a server: for one that has to come, and for one that was there and will again.
        self._awaits_server = settings.role == CLIENT
        self._backlog = Outbox(1 if self._answers else settings.queue_limit)

    def open(self) -> None:
        """Take the role. Raises ConfigurationError where that is in vain."""
        self._place.open()
        self._reactor.call_later(TICK, self._tick)

    def close(self) -> None:
        """Let all go, and remove the socket file that was made here."""
        self._place.close()
        for peer in self._peers:
            peer.close()
        self._peers = ()

    # --- peers ------------------------------------------------------------------------------------

    def _admit(self, connection: socket.socket, name: bytes | str) -> None:
        if refusal := self._refusal(connection):
            self._figures.count('clients_refused')
            self._warn('refused', f'refused a client: {refusal}')
            connection.close()
            return
        peer = self._create_peer(connection, is_server=False)
        # Another bridge of the same graph has these events from the topic. Where a topic has several endpoints
        # events go to another bridge over the first of them only: over two they would go in a circle.
        graph = sockets.graph_of(name)
        muted = graph is not None and (graph == self._graph or self._exchange.outlets[0] is not self)
        peer.on_events = self._ignore if muted else self._receive
        self._peers = (*self._peers, peer)
        peer.start()
        if muted or self._settings.direction == TO_TOPIC:
            return
        if not self._answers:
            self._listen(peer)
        elif self._settings.state_for_newcomers:
            self._reactor.call_later(EMITTER_GRACE, lambda: self._listen(peer))

    def _refusal(self, connection: socket.socket) -> str:
        if len(self._peers) >= self._settings.max_clients:
            self._see_off()
        if len(self._peers) >= self._settings.max_clients:
            return f'there are {len(self._peers)} already (max_clients)'
        if self._users is not None and (user := sockets.peer_user(connection)) not in self._users:
            return f'user {user} is not among allowed_users'
        return ''

    def _see_off(self) -> None:
        """Make room: of clients that have closed read what they wrote, unless it is so much that it has to wait."""
        for peer in self._peers:
            if peer.is_server or not peer.gone():
                continue
            peer.read_out()
            if peer in self._peers:
                self._figures.count('clients_cut_short')
                self._drop(peer)

    def _listen(self, peer: Peer) -> None:
        """Give it events from here on.

        Not to who writes on an endpoint with acks: it takes whatever it reads for one. Nor, therefore, to any client
        there by default: who is silent may be about to write.
        """
        if peer in self._peers and not (self._answers and peer.has_written):
            peer.listening = True
            if self._settings.state_for_newcomers:
                self._tell_state(peer)

    def _tell_state(self, peer: Peer) -> None:
        event = self._exchange.state.event
        if event:
            now = time.monotonic()
            if item := self._encode(event, importance(event), now, peer.is_server):
                peer.send(item, now)

    def _connected(self, connection: socket.socket) -> None:
        peer = self._create_peer(connection, is_server=True)
        with self._lock:
            now = time.monotonic()
            self._drop_old(now)
            if self._settings.direction != TO_TOPIC:
                peer.listening = True
                if not self._backlog:
                    self._tell_state(peer)
                while self._backlog:
                    peer.send(self._backlog.take(), now)
            self._server = peer
            self._peers = (*self._peers, peer)
            self._awaits_server = False
        peer.start()

    def _create_peer(self, connection: socket.socket, is_server: bool) -> Peer:
        decoder, gate = self._format.decoder(PENDING_LIMIT), None
        if is_server and self._answers:
            replies = decoder = reply_decoder(PENDING_LIMIT)
            gate = AckGate(self._settings.ack_timeout_ms / 1000, lambda: replies.acks)
        peer = Peer(connection, f'bridge/{self.name}/{next(self._numbers)}', self._settings, decoder, self._reactor,
                    self._figures, is_server=is_server, gate=gate)
        peer.on_events, peer.on_close = self._receive, self._closed
        return peer

    def _closed(self, peer: Peer) -> None:
        if peer is not self._server:
            self._drop(peer)
            return
        with self._lock:
            self._server = None
            self._awaits_server = True
            for item in self._drop(peer):
                self._backlog.add(item)
        self._place.lost(time.monotonic() - peer.since)

    def _leave_server(self) -> None:
        if self._server:
            self._closed(self._server)

    def _drop(self, peer: Peer) -> list[Item]:
        self._peers = tuple(other for other in self._peers if other is not peer)
        self._high_water = max(self._high_water, peer.waiting()[1])
        return peer.close()

    def _tick(self) -> None:
        self._reactor.call_later(TICK, self._tick)
        now = time.monotonic()
        with self._lock:
            self._drop_old(now)
        for peer in self._peers:
            if peer.stalled(now):
                self._figures.count('clients_let_go')
                self._warn('let go', f'let go {peer.source}, which reads nothing')
                if peer.has_taken:
                    self._drop(peer)
                else:    # perhaps it only ever writes, and has nothing to say at present
                    peer.finish()
        self._place.check()

    def _drop_old(self, now: float) -> None:
        if count := self._backlog.expire(now - self._settings.backlog_age_ms / 1000):
            self._figures.count('dropped_too_old', count)

    # --- events to the sockets --------------------------------------------------------------------

    def deliver(self, event: Event, rank: int, now: float, origin: Peer | None) -> None:
        """Write the event to all peers but the one it came from."""
        if self._settings.direction == TO_TOPIC:
            return
        items: dict[bool, Item | None] = {}    # by whether a server reads it
        if self._awaits_server and not self._place.spare and self._keep(event, rank, now):
            items[True] = None    # should the server come right now: it has been given this one
        for peer in self._peers:
            if peer is origin or not peer.listening:
                continue
            if peer.is_server not in items:
                items[peer.is_server] = self._encode(event, rank, now, peer.is_server)
            if item := items[peer.is_server]:
                peer.send(item, now)

    def _keep(self, event: Event, rank: int, now: float) -> bool:
        with self._lock:
            if not self._awaits_server:
                return False
            item = self._encode(event, rank, now, True)
            if item and not self._backlog.add(item):
                self._figures.count('dropped_backlog_full')
            return True

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

    # --- events from the sockets ------------------------------------------------------------------

    def _ignore(self, peer: Peer, events: list[Event]) -> None:
        for _ in events:
            self._figures.count('ignored')
            if self._answers:
                peer.answer(ACK)

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
        self._warn('unrecognised', f'{message.source} wrote what is no event: {message.reason}: {message.text[:80]!r}')

    # --- for people -------------------------------------------------------------------------------

    def _warn(self, kind: str, text: str) -> None:
        seldom = self._seldom[kind]
        if seldom.due(time.monotonic()):
            more = f' ({seldom.missed} more of this kind before)' if seldom.missed else ''
            seldom.missed = 0
            self._log.warning(f'{self.name}: {text}{more}')

    @property
    def connected(self) -> bool:
        """Whether it serves, or is the client of who does."""
        return self._place.serving or self._server is not None

    def values(self) -> dict[str, object]:
        """State and figures, for the diagnostics."""
        role = 'server' if self._place.serving else 'client' if self._server else f'none: {self._place.trouble}'
        waiting = [peer.waiting() for peer in self._peers]
        return {'role': role, 'path': self._place.path, 'peers': len(waiting),
                'queued': sum(now for now, _ in waiting) + len(self._backlog),
                'queue_high_water': max([self._high_water, *(most for _, most in waiting)]),
                **self._figures.values(time.monotonic())}
