"""One socket path with its programs: accepts them, and passes events between them and the exchange."""

from __future__ import annotations

import dataclasses
import itertools
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, cast

from gemma_events.bridge import sockets
from gemma_events.bridge.clients import Clients
from gemma_events.bridge.metrics import Metrics, Status
from gemma_events.bridge.path_owner import PathOwner
from gemma_events.bridge.peer import Peer
from gemma_events.bridge.reactor import Reactor
from gemma_events.bridge.send_queue import Item
from gemma_events.bridge.server_link import ServerLink
from gemma_events.bridge.settings import CLIENT, SERVER, TO_SOCKET, TO_TOPIC, EndpointSettings
from gemma_events.bridge.sockets import Identity
from gemma_events.bridge.state import State
from gemma_events.bridge.wire import FORMATS
from gemma_events.bridge.wire.codec import EventT, Format
from gemma_events.events import Event, UnrecognisedMessage
from gemma_events.log import ONCE, Log, ThrottledLog

TICK = 0.5  # seconds between two looks at whether the path is still ours and whether a client has stalled
EMITTER_GRACE = 0.5  # seconds in which a client that expects acks has written its first event


@dataclass(frozen=True)
class Context:
    """What all endpoints of a bridge share."""

    reactor: Reactor
    log: Log
    clock: Callable[[], int]  # ns since the epoch
    publish_unrecognised: Callable[[UnrecognisedMessage], None]


class Endpoint(Generic[EventT]):
    """A path, its peers and their events: those that they write go to `hand_on`.

    It is the handler of its path and of its peers, and belongs to the thread of the reactor; `status`, replaced twice
    a second, can be read from any. `first`: of the endpoints of its topic.
    """

    def __init__(
        self,
        name: str,
        settings: EndpointSettings,
        path: Path,
        graph: bytes,
        hand_on: Callable[[EventT, Peer], None],
        context: Context,
        *,
        first: bool,
    ) -> None:
        self.name = name
        self._settings, self._graph, self._hand_on, self._first = settings, graph, hand_on, first
        self._context, self._reactor = context, context.reactor
        self._throttled_log = ThrottledLog(context.log, name)
        self._metrics = Metrics()
        self._owner = PathOwner(name, path, settings, graph, self, context.reactor, self._metrics, context.log)
        self._format: Format[EventT] = FORMATS[settings.format]
        self._state = State(self._format)
        self._numbers = itertools.count(1)
        self._clients = Clients(settings, self._metrics, self._throttled_log)
        # With `auto` too: a server that comes has the path for a while before the bridge can know of it.
        self._server_link = ServerLink(
            self._kept_for_server(settings),
            self._metrics,
            expected=settings.role == CLIENT,
            awaited=lambda: not self._owner.serving,
        )
        self.status = self.measure()

    def open(self) -> None:
        """Serve or connect, or keep trying."""
        self._owner.open()
        self._tick()

    def close(self) -> None:
        """Disconnect all programs, and remove the socket file that was made here."""
        self._owner.close()
        self._clients.close()
        if self._server_link.peer:
            self._server_link.peer.close()

    def apply(self, settings: EndpointSettings) -> None:
        """Use these settings from here on; only live ones differ."""
        self._settings = settings
        self._clients.apply(settings)
        self._server_link.resize(self._kept_for_server(settings))
        if self._server_link.peer:
            self._server_link.peer.apply(settings)

    def _kept_for_server(self, settings: EndpointSettings) -> int:
        return 1 if self._format.answers else settings.queue_limit  # of how a face shall look only the newest matters

    # --- programs come and go ---------------------------------------------------------------------

    def client_connected(self, connection: socket.socket, name: bytes | str) -> None:
        """See PathHandler."""
        if not self._clients.admits(connection):
            connection.close()
            return
        # Another bridge of the same graph has these events from the topic. Where a topic has several endpoints
        # events go to another bridge over the first of them only: over two they would go in a circle.
        graph = sockets.graph_of(name)
        muted = graph is not None and (graph == self._graph or not self._first)
        peer = self._create_peer(connection, muted=muted)
        self._clients.peers.append(peer)
        process, user = sockets.peer_process(connection)
        self._context.log.debug(f'{peer.source} connected: process {process} of user {user}')
        peer.start()
        if muted or self._settings.direction == TO_TOPIC:
            return
        if not self._format.answers:
            self._listen(peer)
        elif self._settings.state_for_newcomers:
            self._reactor.call_later(EMITTER_GRACE, lambda: self._listen(peer))

    def _listen(self, peer: Peer) -> None:
        """Give it events from here on.

        Not to one that writes on an endpoint with acks: it takes whatever it reads for one. Nor, therefore, to any
        client there by default: one that is silent may be about to write.
        """
        if peer not in self._clients.peers or (self._format.answers and peer.has_written):
            return
        peer.listening = True
        if self._settings.state_for_newcomers:
            self._send_state(peer)

    def _send_state(self, peer: Peer) -> None:
        if (state := self._encoded_state(to_server=False)) and peer.writer.send(state, state.time):
            self._metrics.sent(1, len(state.data), time.monotonic() - state.time, state.time)

    def server_connected(self, connection: socket.socket, server: Identity) -> None:
        """See PathHandler."""
        peer = self._create_peer(connection, is_server=True)
        self._drop_old()
        state = None if self._settings.direction == TO_TOPIC else self._encoded_state(to_server=True)
        self._server_link.connected(peer, server, state)
        peer.start()

    def server_replaced(self) -> None:
        """See PathHandler."""
        self._leave_server(alive=True)

    def standing_by(self) -> None:
        """See PathHandler."""
        self._server_link.clear()

    def closed(self, peer: Peer) -> None:
        """See PeerHandler."""
        self._context.log.debug(f'{peer.source} disconnected')
        if peer.is_server:
            self._leave_server(alive=False)
        else:
            self._clients.drop(peer)

    def _create_peer(self, connection: socket.socket, *, is_server: bool = False, muted: bool = False) -> Peer:
        source = f'bridge/{self.name}/{next(self._numbers)}'
        return Peer(
            connection, source, self._settings, self, self._reactor, self._metrics, is_server=is_server, muted=muted
        )

    def _leave_server(self, *, alive: bool) -> None:
        if server := self._server_link.peer:
            self._server_link.lost(alive=alive)
            self._owner.lost(time.monotonic() - server.since)

    def _tick(self) -> None:
        self._reactor.call_later(TICK, self._tick)
        self._drop_old()
        self._clients.check(time.monotonic())  # a server is kept whatever it does
        self._owner.check()
        self.status = self.measure()

    def _drop_old(self) -> None:
        self._server_link.expire(time.monotonic(), self._settings.backlog_age_ms / 1000)

    # --- events to the sockets --------------------------------------------------------------------

    def learn(self, state: EventT) -> None:
        """Take a state that did not come as an event, where none is known: for all that come, or were too early."""
        if not self._state.learn(state, time.monotonic()) or self._settings.direction == TO_TOPIC:
            return
        if self._settings.state_for_newcomers:
            for peer in self._clients.peers:
                if peer.listening:
                    self._send_state(peer)
        item = self._encoded_state(to_server=True) if self._server_link.peer else None
        if item and self._server_link.send(item, item.time, is_state=True):
            self._metrics.sent(1, len(item.data), time.monotonic() - item.time, item.time)

    def deliver(self, event: EventT, now: float, origin: Peer | None) -> None:
        """Write the event to all peers but the one it came from."""
        event, known = self._state.take(event, now)
        if self._settings.direction == TO_TOPIC:
            return
        readers = [peer for peer in self._clients.peers if peer.listening and peer is not origin]
        if known and self._settings.state_for_newcomers:
            readers = []
        written = 0
        item = self._encode(event, now, to_server=False) if readers else None
        if item:
            for peer in readers:
                written += peer.writer.send(item, now)
        from_server = origin is not None and origin is self._server_link.peer
        if self._settings.role != SERVER and not self._owner.standby and not from_server and not known:
            if not readers or self._format.differs_for_servers:
                item = self._encode(event, now, to_server=True)
            if item:
                written += self._server_link.send(item, now, is_state=event is self._state.last)
        if item and written:
            self._metrics.sent(written, len(item.data), time.monotonic() - now, now)
        if item and item.shortened:
            self._count_shortened()

    def _encoded_state(self, to_server: bool) -> Item | None:
        """The last state, for a newcomer."""
        return self._encode(self._state.last, time.monotonic(), to_server) if self._state.last else None

    def _encode(self, event: EventT, now: float, to_server: bool) -> Item | None:
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

    def received(self, peer: Peer, events: list[Event]) -> None:
        """See PeerHandler."""
        for event in events:
            try:
                self._receive(peer, event)
            except Exception as error:  # the ones behind it may be better
                self._reactor.report_fault(error)

    def _receive(self, peer: Peer, event: Event) -> None:
        message = event if isinstance(event, UnrecognisedMessage) else None
        answers = self._format.answers
        if answers and not peer.is_server and (peer.muted or message is None or answers.expects(message.data)):
            if peer.listening:
                peer.stop_listening()
            peer.writer.answer(answers.data)
        if peer.muted or (not message and self._settings.direction == TO_SOCKET):
            self._metrics.count('ignored')
            return
        event = dataclasses.replace(event, source=peer.source, stamp=event.stamp or self._context.clock())
        if isinstance(event, UnrecognisedMessage):
            self._report(dataclasses.replace(event, endpoint=self.name))
        else:
            self._hand_on(cast(EventT, event), peer)

    def _report(self, message: UnrecognisedMessage) -> None:
        self._metrics.count('unrecognised')
        self._context.publish_unrecognised(message)
        self._throttled_log.warning(
            'unrecognised',
            f'{message.source} wrote what is not an event: {message.reason}: {message.text[:80]!r}',
        )

    # --- for the diagnostics ----------------------------------------------------------------------

    def measure(self) -> Status:
        """Its status now."""
        serving, server = self._owner.serving, self._server_link.peer
        peers = [*self._clients.peers, server] if server else self._clients.peers
        connected, obstacle, now = serving or server is not None, str(self._owner.obstacle), time.monotonic()
        values = {
            'role': 'server' if serving else 'client' if connected else f'none: {obstacle or self._owner.trouble}',
            'path': self._owner.path,
            'peers': len(peers),
            'queued': sum(peer.writer.waiting() for peer in peers) + (0 if serving else self._server_link.kept()),
            **self._metrics.values(now),
        }
        return Status(connected, obstacle, len(peers), sum(peer.stuck(now) for peer in peers), values)
