"""One socket path with its programs: takes them in, and passes events between them and the exchange."""

from __future__ import annotations

import dataclasses
import itertools
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gemma_events.bridge import sockets
from gemma_events.bridge.acks import AckGate
from gemma_events.bridge.exchange import Exchange
from gemma_events.bridge.metrics import Metrics
from gemma_events.bridge.path_owner import PathOwner
from gemma_events.bridge.peer import Peer
from gemma_events.bridge.reactor import Reactor
from gemma_events.bridge.send_queue import Item
from gemma_events.bridge.server_link import ServerLink
from gemma_events.bridge.settings import CLIENT, SERVER, TO_SOCKET, TO_TOPIC, EndpointSettings
from gemma_events.bridge.wire import FORMATS, PENDING_LIMIT
from gemma_events.events import Event, UnrecognisedMessage
from gemma_events.log import ONCE, Log, ThrottledLog

TICK = 0.5  # seconds between two looks whether the path is still ours and whether a client has stalled
EMITTER_GRACE = 0.5  # seconds in which a client that expects acks has written its first event


@dataclass(frozen=True)
class Context:
    """What all endpoints of a bridge share."""

    reactor: Reactor
    log: Log
    clock: Callable[[], int]  # ns since the epoch
    publish_unrecognised: Callable[[UnrecognisedMessage], None]
    report_fault: Callable[[Exception], None]


class Endpoint:
    """A path, its peers and their events.

    `open` and `close` are for when the reactor does not run, `apply` and `deliver` for any thread. `graph` names the
    topic and where it is known: of two bridges on one path with the same graph, only one passes events.
    """

    def __init__(
        self, name: str, settings: EndpointSettings, path: Path, exchange: Exchange, graph: bytes, around: Context
    ) -> None:
        self.name = name
        self._settings, self._exchange, self._graph = settings, exchange, graph
        self._reactor, self._clock = around.reactor, around.clock
        self._throttled_log = ThrottledLog(around.log, name)
        self._publish_unrecognised, self._report_fault = around.publish_unrecognised, around.report_fault
        self._owner = PathOwner(name, path, settings, graph, around.reactor, around.log)
        self._owner.on_client, self._owner.on_server = self._admit, self._connected
        self._owner.on_moved = lambda: self._leave_server(alive=True)
        self._users = settings.user_ids()
        self._format = FORMATS[settings.format]
        self._answers = self._format.answers
        self._state: Event | None = None  # the last event that told one
        self._metrics = Metrics()
        self._numbers = itertools.count(1)
        self._high_water = 0
        self._clients: tuple[Peer, ...] = ()  # replaced, never changed: other threads read it
        # With `auto` too: a server that comes has the path a while before the bridge can know of it.
        self._server_link = ServerLink(
            self._kept_for_server(settings),
            self._metrics,
            expected=settings.role == CLIENT,
            awaited=lambda: not self._owner.serving,
        )
        self._owner.on_spare = self._server_link.clear

    def open(self) -> None:
        """Take the role. Raises ConfigurationError where that is in vain."""
        self._owner.open()
        self._reactor.call_later(TICK, self._tick)

    def close(self) -> None:
        """Let all go, and remove the socket file that was made here."""
        self._owner.close()
        for peer in self._peers():
            peer.close()
        self._clients = ()

    def apply(self, settings: EndpointSettings) -> None:
        """Go on with these, of which only the live ones differ."""
        self._settings = settings
        self._server_link.resize(self._kept_for_server(settings))
        for peer in self._peers():
            peer.apply(settings)

    def _kept_for_server(self, settings: EndpointSettings) -> int:
        return 1 if self._answers else settings.queue_limit  # of how a face shall look only the newest matters

    # --- peers ------------------------------------------------------------------------------------

    def _peers(self) -> tuple[Peer, ...]:
        server = self._server_link.peer
        return (*self._clients, server) if server else self._clients

    def _admit(self, connection: socket.socket, name: bytes | str) -> None:
        if refusal := self._refusal(connection):
            self._metrics.count('clients_refused')
            self._throttled_log.warning('refused', f'refused a client: {refusal}')
            connection.close()
            return
        peer = self._create_peer(connection, is_server=False)
        # Another bridge of the same graph has these events from the topic. Where a topic has several endpoints
        # events go to another bridge over the first of them only: over two they would go in a circle.
        graph = sockets.graph_of(name)
        muted = graph is not None and (graph == self._graph or self._exchange.outlets[0] is not self)
        peer.on_events = self._ignore if muted else self._receive
        self._clients = (*self._clients, peer)
        peer.apply(self._settings)  # should they have changed meanwhile
        peer.start()
        if muted or self._settings.direction == TO_TOPIC:
            return
        if not self._answers:
            self._listen(peer)
        elif self._settings.state_for_newcomers:
            self._reactor.call_later(EMITTER_GRACE, lambda: self._listen(peer))

    def _refusal(self, connection: socket.socket) -> str:
        if len(self._clients) >= self._settings.max_clients:
            self._see_off()
        if len(self._clients) >= self._settings.max_clients:
            return f'there are {len(self._clients)} already (max_clients)'
        if self._users is not None and (user := sockets.peer_user(connection)) not in self._users:
            return f'user {user} is not among allowed_users'
        return ''

    def _see_off(self) -> None:
        """Make room: of clients that have closed read what they wrote, unless it is so much that it has to wait."""
        for peer in self._clients:
            if not peer.gone():
                continue
            peer.read_out()
            if peer in self._clients:
                self._metrics.count('clients_cut_short')
                self._drop(peer)

    def _listen(self, peer: Peer) -> None:
        """Give it events from here on.

        Not to who writes on an endpoint with acks: it takes whatever it reads for one. Nor, therefore, to any client
        there by default: who is silent may be about to write.
        """
        if peer not in self._clients or (self._answers and peer.has_written):
            return
        with self._exchange.lock:
            peer.listening = True
            if self._settings.state_for_newcomers and (state := self._encoded_state(to_server=False)):
                now = time.monotonic()
                if peer.writer.send(state, now):
                    self._metrics.sent(1, len(state.data), now - state.time, now)

    def _connected(self, connection: socket.socket) -> None:
        peer = self._create_peer(connection, is_server=True)
        self._drop_old()
        with self._exchange.lock:
            state = None if self._settings.direction == TO_TOPIC else self._encoded_state(to_server=True)
            self._server_link.connected(peer, self._owner.server, state)
        peer.apply(self._settings)
        peer.start()

    def _create_peer(self, connection: socket.socket, is_server: bool) -> Peer:
        decoder, gate = self._format.decoder(PENDING_LIMIT), None
        if is_server and self._answers:
            replies = decoder = self._answers.decoder(PENDING_LIMIT)
            gate = AckGate(lambda: replies.acks)
        peer = Peer(
            connection,
            f'bridge/{self.name}/{next(self._numbers)}',
            self._settings,
            decoder,
            self._reactor,
            self._metrics,
            is_server=is_server,
            gate=gate,
        )
        peer.on_events = self._receive
        peer.on_close = (lambda _server: self._leave_server(alive=False)) if is_server else self._drop
        return peer

    def _leave_server(self, *, alive: bool) -> None:
        if server := self._server_link.peer:
            self._note_high_water(server)
            self._server_link.lost(alive=alive)
            self._owner.lost(time.monotonic() - server.since)

    def _drop(self, peer: Peer) -> None:
        self._clients = tuple(other for other in self._clients if other is not peer)
        self._note_high_water(peer)
        peer.close()

    def _note_high_water(self, peer: Peer) -> None:
        self._high_water = max(self._high_water, peer.writer.waiting()[1])

    def _tick(self) -> None:
        self._reactor.call_later(TICK, self._tick)
        self._drop_old()
        now = time.monotonic()
        for peer in self._clients:  # a server is kept whatever it does
            if peer.writer.stalled(now):
                self._let_go(peer)
            elif peer.listening and peer.writer.broken:
                peer.stop_listening()
        self._owner.check()

    def _let_go(self, peer: Peer) -> None:
        self._metrics.count('clients_let_go')
        self._throttled_log.warning('let go', f'let go {peer.source}, which reads nothing')
        if peer.writer.has_taken:
            self._drop(peer)
        else:  # perhaps it only ever writes, and has nothing to say at present
            peer.stop_listening()
            peer.writer.finish()

    def _drop_old(self) -> None:
        self._server_link.expire(time.monotonic(), self._settings.backlog_age_ms / 1000)

    # --- events to the sockets --------------------------------------------------------------------

    def deliver(self, event: Event, now: float, origin: Peer | None) -> None:
        """Write the event to all peers but the one it came from."""
        event = self._format.completed(event, self._state)
        if self._format.is_state(event):
            self._state = event
        if self._settings.direction == TO_TOPIC:
            return
        readers = [peer for peer in self._clients if peer.listening and peer is not origin]
        written = 0
        item = self._encode(event, now, to_server=False) if readers else None
        if item:
            for peer in readers:
                written += peer.writer.send(item, now)
        from_server = origin is not None and origin is self._server_link.peer
        if self._settings.role != SERVER and not self._owner.spare and not from_server:
            if not readers or self._format.differs_for_servers:
                item = self._encode(event, now, to_server=True)
            if item:
                written += self._server_link.send(item, now, is_state=event is self._state)
        if item and written:
            self._metrics.sent(written, len(item.data), time.monotonic() - now, now)
        if item and item.shortened:
            self._count_shortened()

    def _encoded_state(self, to_server: bool) -> Item | None:
        """The last state, for a newcomer."""
        return self._encode(self._state, time.monotonic(), to_server) if self._state else None

    def _encode(self, event: Event, now: float, to_server: bool) -> Item | None:
        encoded = self._format.encode(event, limit=self._settings.message_limit, to_server=to_server)
        return Item(encoded.data, self._format.importance(event), now, encoded.shortened) if encoded else None

    def _count_shortened(self) -> None:
        self._metrics.count('shortened')
        self._throttled_log.warning(
            'shortened',
            f'an event was too long for {self._settings.message_limit} bytes (message_limit) and was '
            'shortened; further ones are counted in the diagnostics',
            ONCE,
        )

    # --- events from the sockets ------------------------------------------------------------------

    def _ignore(self, peer: Peer, events: list[Event]) -> None:
        for _ in events:
            self._metrics.count('ignored')
            if self._answers:
                peer.writer.answer(self._answers.data)

    def _receive(self, peer: Peer, events: list[Event]) -> None:
        for event in events:
            try:
                self._receive_one(
                    peer, dataclasses.replace(event, source=peer.source, stamp=event.stamp or self._clock())
                )
            except Exception as error:  # the ones behind it may be better
                self._report_fault(error)

    def _receive_one(self, peer: Peer, event: Event) -> None:
        unread = event if isinstance(event, UnrecognisedMessage) else None
        if self._answers and not peer.is_server and (unread is None or self._answers.expects(unread.data)):
            if peer.listening:
                with self._exchange.lock:
                    peer.stop_listening()
            peer.writer.answer(self._answers.data)
        if unread:
            self._report(dataclasses.replace(unread, endpoint=self.name))
        elif self._settings.direction == TO_SOCKET:
            self._metrics.count('ignored')
        else:
            self._exchange.from_peer(event, peer)

    def _report(self, message: UnrecognisedMessage) -> None:
        self._metrics.count('unrecognised')
        self._publish_unrecognised(message)
        self._throttled_log.warning(
            'unrecognised',
            f'{message.source} wrote what is no event: {message.reason}: {message.text[:80]!r}',
        )

    # --- for people -------------------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        """Whether it serves, or is the client of who does."""
        return self._owner.serving or self._server_link.peer is not None

    def values(self) -> dict[str, object]:
        """State and metrics, for the diagnostics."""
        role = 'server' if self._owner.serving else 'client' if self.connected else f'none: {self._owner.trouble}'
        waiting = [peer.writer.waiting() for peer in self._peers()]
        kept = 0 if self._owner.serving else self._server_link.kept()
        return {
            'role': role,
            'path': self._owner.path,
            'peers': len(waiting),
            'queued': sum(now for now, _ in waiting) + kept,
            'queue_high_water': max([self._high_water, *(most for _, most in waiting)]),
            **self._metrics.values(time.monotonic()),
        }
