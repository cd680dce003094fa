"""The sockets of the command: one path, connected to or served, and all who talk over it."""

from __future__ import annotations

import os
import selectors
import socket
from pathlib import Path
from types import TracebackType

from gemma_events.bridge.obstacles import PATH_LIMIT
from gemma_events.bridge.sockets import Identity, identify, remove
from gemma_events.errors import ConfigurationError, DeviceError

TIMEOUT = 2.0  # seconds that the other side may take for one event


class Connections:
    """A context manager over the connections at a path.

    As a server it accepts whoever comes; it first removes a socket that is there and that nobody serves, and at its
    end its own. Raises ConfigurationError for a path that it cannot serve, DeviceError for one that nobody serves.
    """

    def __init__(self, path: Path, *, serve: bool) -> None:
        if len(os.fsencode(path)) > PATH_LIMIT:
            raise ConfigurationError(f'{path}: a socket path takes at most {PATH_LIMIT} bytes')
        self.path, self.closed = path, False
        self.open: list[socket.socket] = []
        self._selector = selectors.DefaultSelector()
        self._listener: socket.socket | None = None
        self._identity: Identity | None = None
        if serve:
            self._listen()
        else:
            self._take(_connect(path))

    def __enter__(self) -> Connections:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        for connection in self.open:  # a signal may have cut `close` short: nothing is unregistered here
            connection.close()
        if self._listener:
            if self._identity and self._identity == identify(self.path):
                remove(self.path, self._identity)
            self._listener.close()
        self._selector.close()

    def readable(self, timeout: float) -> list[socket.socket]:
        """Connections with something to read, after at most `timeout` seconds; newcomers are accepted meanwhile."""
        ready: list[socket.socket] = []
        for key, _ in self._selector.select(timeout):
            if key.fileobj is self._listener:
                assert self._listener
                self._take(self._listener.accept()[0])
            else:
                ready.append(key.data)
        return ready

    def send(self, connection: socket.socket, data: bytes) -> None:
        """Send, and disconnect whoever does not take it."""
        try:
            connection.sendall(data)
        except OSError:
            self.close(connection)

    def close(self, connection: socket.socket) -> None:
        """Close one connection. A client is `closed` then; a server goes on."""
        self._selector.unregister(connection)
        self.open.remove(connection)
        connection.close()
        self.closed = self._listener is None

    def _take(self, connection: socket.socket) -> None:
        connection.settimeout(TIMEOUT)
        self.open.append(connection)
        self._selector.register(connection, selectors.EVENT_READ, connection)

    def _listen(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        _make_room(self.path)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._listener.bind(os.fspath(self.path))
        except OSError as error:
            self._listener.close()
            raise ConfigurationError(f'{self.path}: cannot serve here: {error.strerror}') from error
        self._listener.listen()
        self._identity = identify(self.path)
        self._selector.register(self._listener, selectors.EVENT_READ)


def receive(connection: socket.socket, size: int) -> bytes:
    """What one receive gives; nothing at the end of the connection, or when nothing comes for a while."""
    try:
        return connection.recv(size)
    except OSError:
        return b''


def _connect(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(os.fspath(path))
    except OSError as error:
        connection.close()
        raise DeviceError(f'{path}: nobody serves it ({error.strerror})') from error
    return connection


def _make_room(path: Path) -> None:
    identity = identify(path)
    if identity is None:
        if os.path.lexists(path):
            raise ConfigurationError(f'{path}: something that is not a socket is there; take another path or remove it')
        return
    try:
        _connect(path).close()
    except DeviceError:
        remove(path, identity)  # where it has become another one by now, binding will fail
    else:
        raise ConfigurationError(f'{path}: somebody serves it already')
