"""A socket path, and who serves it: the bridge, another program, or nobody yet."""

from __future__ import annotations

import errno
import math
import socket
import time
from pathlib import Path
from typing import Protocol

from gemma_events.backoff import Backoff
from gemma_events.bridge import roles, sockets
from gemma_events.bridge.metrics import Metrics
from gemma_events.bridge.obstacles import obstacle, remedy
from gemma_events.bridge.reactor import Reactor
from gemma_events.bridge.roles import Found, Step
from gemma_events.bridge.settings import AUTO, CLIENT, EndpointSettings
from gemma_events.bridge.sockets import Identity, Listener, Sight
from gemma_events.log import Log, ThrottledLog, Trouble

ACCEPT_LIMIT = 32  # connections accepted at a time, so that the other sockets get their turn
ACCEPT_PAUSE = 1.0  # seconds, when the process has no file descriptors left
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 2.0  # seconds between two attempts
LONGEST_PAUSE_AUTO = 0.2  # where the bridge may have to serve: meanwhile clients find nobody
LASTING = 1.0  # seconds; a server that closes each connection sooner is not connected to at once

_TROUBLE = {
    Found.NOTHING: 'nobody serves it',
    Found.STALE: 'nobody serves it',
    Found.NEW: 'nobody serves it yet',
    Found.JOINED: 'another bridge is the client of its server',
    Found.SERVED: 'another program serves it',
    Found.BUSY: 'its server takes no more connections',
}


class PathHandler(Protocol):
    """What an endpoint is to the owner of its path."""

    def client_connected(self, connection: socket.socket, name: bytes | str) -> None:
        """A program has connected; `name` is its address, empty for most."""

    def server_connected(self, connection: socket.socket, server: Identity) -> None:
        """The bridge has connected to a server."""

    def server_replaced(self) -> None:
        """The path no longer leads to that server: its connection is to be closed, and `PathOwner.lost` called."""

    def standing_by(self) -> None:
        """Another bridge of this graph is the client of the server that is there: see `PathOwner.standby`."""


class PathOwner:
    """Serves the path or connects to it, as `roles` says, and again when that changes.

    `handler` gets each connection. While there is none, either `trouble` says what is waited for, or `obstacle` what
    the user has to change; both are tried again. `standby`: another bridge passes the events.
    """

    def __init__(
        self,
        name: str,
        path: Path,
        settings: EndpointSettings,
        graph: bytes,
        handler: PathHandler,
        reactor: Reactor,
        metrics: Metrics,
        log: Log,
    ) -> None:
        self.path, self.standby = path, False
        self.trouble = Trouble(lambda line: log.warning(f'{name}: {path}: {line}'))
        self.obstacle = Trouble(lambda line: log.error(f'endpoint {name}: {line}'))
        self._name, self._settings, self._graph, self._handler = name, settings, graph, handler
        self._reactor, self._metrics = reactor, metrics
        self._log, self._throttled_log = log, ThrottledLog(log, name)
        self._group = settings.group_id()
        self._listener: Listener | None = None
        self._server: Identity | None = None  # whose client the bridge is
        self._backoff = Backoff(SHORTEST_PAUSE, LONGEST_PAUSE_AUTO if settings.role == AUTO else LONGEST_PAUSE)
        self._patient_backoff = Backoff(SHORTEST_PAUSE, LONGEST_PAUSE)
        self._decision: tuple[Found, Step] | None = None
        self._lost_at = -math.inf
        self._missing = False  # nothing was at the path when it was last checked

    @property
    def serving(self) -> bool:
        """Whether the bridge serves the path."""
        return self._listener is not None

    def open(self) -> None:
        """Serve or connect, or keep trying."""
        self._seek()

    def close(self) -> None:
        """Stop serving, and remove the socket file that was made here."""
        if self._listener:
            self._reactor.remove_reader(self._listener.socket.fileno())
            self._listener.close()
            self._listener = None

    def lost(self, lasted: float) -> None:
        """The connection to the server was closed, and had lasted so many seconds."""
        self._log.warning(f'{self._name}: no longer client of {self.path}')
        self._server = None
        self._lost_at = time.monotonic()
        if lasted < LASTING:
            self._seek_later()
        else:
            self._backoff.succeeded()
            self._reactor.call_later(0.0, self._seek)

    def check(self) -> None:
        """See whether the path still leads here, or to the server; to be called now and then."""
        if self._listener and not self._listener.reachable():
            self._log.warning(f'{self._name}: {self.path} was taken over or removed by another program')
            self.close()
            self._lost_at = time.monotonic()
            self._seek()
        elif self._server and self._leads_elsewhere(self._server):
            self._log.warning(f'{self._name}: {self.path} no longer leads to the server')
            self._handler.server_replaced()

    def _leads_elsewhere(self, server: Identity) -> bool:
        """Whether the path leads to another server or, where the bridge would then serve, to none."""
        there = sockets.identify(self.path)
        was_missing, self._missing = self._missing, there is None
        if there is None:  # twice, for a server may just be about to bind
            return was_missing and self._settings.role == AUTO
        return there != server

    def _seek(self) -> None:
        """See what is at the path, and do what the role says."""
        sight = sockets.look(self.path, self._graph)
        self.standby = sight.found is Found.JOINED
        if self.standby:
            self._handler.standing_by()
        step = roles.step(self._settings.role, sight.found, time.monotonic() - self._lost_at)
        self._tell_decision(sight.found, step)
        if step is Step.CONNECT and sight.connection and sight.identity:
            self._clear()
            self._server, self._missing = sight.identity, False
            self._log.info(f'{self._name}: client of {self.path}')
            self._handler.server_connected(sight.connection, sight.identity)
            return
        if sight.connection:
            sight.connection.close()
        if step is Step.WAIT and sight.found in _TROUBLE:
            self._wait(_TROUBLE[sight.found])
        elif step is Step.WAIT:
            self._hindered(sight.detail)
        elif step is Step.SERVE or self._remove(sight):
            self._serve()

    def _tell_decision(self, found: Found, step: Step) -> None:
        if self._decision != (found, step):
            self._decision = found, step
            self._log.debug(f'{self._name}: {self.path}: found {found.name}: {step.name}')

    def _remove(self, sight: Sight) -> bool:
        try:
            if sight.identity and sockets.remove(self.path, sight.identity):
                return True
        except OSError as error:
            self._hindered(remedy(error))
        else:
            self._seek_later()  # another program was quicker
        return False

    def _serve(self) -> None:
        try:
            self._listener = sockets.serve(self.path, self._settings.mode_bits(), self._group)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:  # another program was quicker
                self._seek_later()
            else:
                self._hindered(remedy(error))
            return
        self._clear()
        self._backoff.succeeded()
        self._reactor.add_reader(self._listener.socket.fileno(), self._accept)
        self._log.info(f'{self._name}: serves {self.path}')

    def _wait(self, trouble: str) -> None:
        self.obstacle.clear()
        self.trouble.set(trouble, '; trying again')
        self._seek_later()

    def _hindered(self, detail: str) -> None:
        self.trouble.clear()
        seen = obstacle(self.path, binds=self._settings.role != CLIENT)
        self.obstacle.set(seen or f'{self.path} cannot be used: {detail}')
        self._reactor.call_later(self._patient_backoff.failed(), self._seek)

    def _clear(self) -> None:
        self.trouble.clear()
        self.obstacle.clear()
        self._patient_backoff.succeeded()

    def _seek_later(self) -> None:
        self._reactor.call_later(self._backoff.failed(), self._seek)

    def _accept(self) -> None:
        assert self._listener
        for _ in range(ACCEPT_LIMIT):
            try:
                connection, name = self._listener.socket.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:  # no file descriptors left
                self._metrics.count('clients_not_accepted')
                self._throttled_log.warning('accept', f'cannot accept a client: {remedy(error)}')
                self._pause_accepting(self._listener)
                return
            self._handler.client_connected(connection, name)

    def _pause_accepting(self, listener: Listener) -> None:
        self._reactor.remove_reader(listener.socket.fileno())

        def resume() -> None:
            if self._listener is listener:
                self._reactor.add_reader(listener.socket.fileno(), self._accept)

        self._reactor.call_later(ACCEPT_PAUSE, resume)
