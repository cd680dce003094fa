"""A socket path, and who serves it: the bridge, another program, or nobody yet."""

from __future__ import annotations

import errno
import math
import socket
import time
from collections.abc import Callable
from pathlib import Path

from gemma_events.bridge import roles, sockets
from gemma_events.bridge.reactor import Reactor
from gemma_events.bridge.roles import Found, Step
from gemma_events.bridge.settings import AUTO, CLIENT, EndpointSettings
from gemma_events.bridge.sockets import Identity, Listener, Sight
from gemma_events.errors import ConfigurationError
from gemma_events.log import Log, ThrottledLog

ACCEPT_LIMIT = 32  # connections taken in at a time, so that the other sockets get their turn
ACCEPT_PAUSE = 1.0  # seconds, when the process has no file descriptors left

_TROUBLE = {
    Found.NOTHING: 'nobody serves it',
    Found.STALE: 'nobody serves it',
    Found.NEW: 'nobody serves it yet',
    Found.JOINED: 'another bridge is the client of its server',
    Found.SERVED: 'another program serves it',
    Found.BUSY: 'its server takes no more connections',
}

_MAY_CHANGE = (Found.SERVED, Found.BUSY, Found.JOINED, Found.NEW)


class PathOwner:
    """Serves the path or connects to it, as `roles` says, and again when that changes.

    Hands on each connection: `on_client(connection, name)` for one that came in, `on_server(connection)` for the
    one that was made, `on_moved()` when that one is to be let go, `on_spare()` when another bridge has this place
    (`spare`). `trouble` is why there is no connection, for people. `open` and `close` are for when the reactor does
    not run, the rest belongs to its thread.
    """

    def __init__(
        self, name: str, path: Path, settings: EndpointSettings, graph: bytes, reactor: Reactor, log: Log
    ) -> None:
        self.name, self.path, self.trouble, self.spare = name, path, '', False
        self.server: Identity | None = None  # whose client the bridge is
        self.on_client: Callable[[socket.socket, bytes | str], None] = lambda _connection, _name: None
        self.on_server: Callable[[socket.socket], None] = lambda _connection: None
        self.on_moved: Callable[[], None] = lambda: None
        self.on_spare: Callable[[], None] = lambda: None
        self._settings, self._graph, self._reactor, self._log = settings, graph, reactor, log
        self._group = settings.group_id()
        self._listener: Listener | None = None
        self._pauses = roles.Pauses(settings.role)
        self._lost_at = -math.inf
        self._missing = False
        self._throttled_log = ThrottledLog(log, name)

    @property
    def serving(self) -> bool:
        """Whether the bridge serves the path."""
        return self._listener is not None

    def open(self) -> None:
        """Serve or connect, or go on trying. Raises ConfigurationError where that is in vain."""
        found = self._seek()
        if self.trouble and self._settings.role != CLIENT and found not in _MAY_CHANGE:
            raise ConfigurationError(
                f'endpoint {self.name}: {self.path} cannot be served: {self.trouble}: change that or take another path'
            )

    def close(self) -> None:
        """Stop to serve, and remove the socket file that was made here."""
        if self._listener:
            self._reactor.remove_reader(self._listener.socket.fileno())
            self._listener.close()
            self._listener = None

    def lost(self, lasted: float) -> None:
        """The connection to the server was closed, and had lasted so many seconds."""
        self._log.warning(f'{self.name}: no longer client of {self.path}')
        self.server = None
        self._lost_at = time.monotonic()
        self._seek_later(self._pauses.lost(lasted))

    def check(self) -> None:
        """See whether the path still leads here; to be called now and then."""
        if self._listener and not self._listener.reachable():
            self._log.warning(f'{self.name}: {self.path} was taken over or removed by another program')
            self.close()
            self._lost_at = time.monotonic()
            self._seek()
        elif self.server and self._leads_elsewhere(self.server):
            self._log.warning(f'{self.name}: {self.path} leads to the server no more')
            self.on_moved()

    def _leads_elsewhere(self, server: Identity) -> bool:
        """Whether the path leads to another server or, where the bridge would then serve, to none."""
        there = sockets.identify(self.path)
        was_missing, self._missing = self._missing, there is None
        if there is None:  # twice, for a server may just be about to bind
            return was_missing and self._settings.role == AUTO
        return there != server

    def _seek(self) -> Found:
        """See what is at the path, and do what the role says."""
        sight = sockets.look(self.path, self._graph)
        self.spare = sight.found is Found.JOINED
        if self.spare:
            self.on_spare()
        step = roles.step(self._settings.role, sight.found, time.monotonic() - self._lost_at)
        if step is Step.CONNECT and sight.connection:
            self.trouble = ''
            self.server, self._missing = sight.identity, False
            self._log.info(f'{self.name}: client of {self.path}')
            self.on_server(sight.connection)
            return sight.found
        if sight.connection:
            sight.connection.close()
        if step is Step.WAIT:
            self._retry(_TROUBLE.get(sight.found, sight.detail))
        elif step is Step.SERVE or self._remove(sight):
            self._serve()
        return sight.found

    def _remove(self, sight: Sight) -> bool:
        try:
            if sight.identity and sockets.remove(self.path, sight.identity):
                return True
        except OSError as error:
            self._retry(sockets.reason(error))
        else:
            self._seek_later(self._pauses.failed())  # somebody was quicker
        return False

    def _serve(self) -> None:
        try:
            self._listener = sockets.serve(self.path, self._settings.mode_bits(), self._group)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:  # somebody was quicker
                self._seek_later(self._pauses.failed())
            else:
                self._retry(sockets.reason(error))
            return
        self.trouble = ''
        self._pauses.served()
        self._reactor.add_reader(self._listener.socket.fileno(), self._accept)
        self._log.info(f'{self.name}: serves {self.path}')

    def _retry(self, trouble: str) -> None:
        if trouble != self.trouble:
            self._log.warning(f'{self.name}: {self.path}: {trouble}; trying on')
        self.trouble = trouble
        self._seek_later(self._pauses.failed())

    def _seek_later(self, pause: float) -> None:
        self._reactor.call_later(pause, self._seek)

    def _accept(self) -> None:
        assert self._listener
        for _ in range(ACCEPT_LIMIT):
            try:
                connection, name = self._listener.socket.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:  # no file descriptors left
                self._throttled_log.warning('accept', f'cannot take in a client: {sockets.reason(error)}')
                self._pause_accepting(self._listener)
                return
            self.on_client(connection, name)

    def _pause_accepting(self, listener: Listener) -> None:
        self._reactor.remove_reader(listener.socket.fileno())

        def resume() -> None:
            if self._listener is listener:
                self._reactor.add_reader(listener.socket.fileno(), self._accept)

        self._reactor.call_later(ACCEPT_PAUSE, resume)
