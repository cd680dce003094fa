"""Unix sockets as the bridge needs them: look at a path, serve it, connect to it, and see what was taken."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import functools
import hashlib
import os
import secrets
import socket
import stat
import struct
import sys
import termios
import time
from dataclasses import dataclass
from pathlib import Path

from gemma_events.bridge.obstacles import remedy
from gemma_events.bridge.roles import UNHEARD, Found

WAITING_LIMIT = 1024  # connections that are not accepted yet
BRIDGE_NAMES = b'\0gemma_events/bridge/'  # begins the abstract addresses that bridges have as clients

Identity = tuple[int, int, int]  # device, inode, and when it was made: a file system uses an inode again


@dataclass(frozen=True)
class Sight:
    """What there is at a path; `connection` where it is SERVED; `detail`: what the system says, and what to do."""

    found: Found
    identity: Identity | None = None
    connection: socket.socket | None = None
    detail: str = ''


def identify(path: Path) -> Identity | None:
    """Which socket file is at the path; None where there is no such file."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return _identity(status) if stat.S_ISSOCK(status.st_mode) else None


def _identity(status: os.stat_result) -> Identity:
    # The time of modification: that of the inode changes with its mode, group and name.
    return status.st_dev, status.st_ino, status.st_mtime_ns


def look(path: Path, graph: bytes) -> Sight:
    """See what is at the path, connecting to it where it is a socket. Follows no symbolic link, changes nothing.

    From `graph` another bridge learns which ROS graph this one belongs to.
    """
    try:
        status = path.lstat()
    except FileNotFoundError:
        return Sight(Found.NOTHING)
    except OSError as error:
        return Sight(Found.DENIED, detail=remedy(error))
    if not stat.S_ISSOCK(status.st_mode):
        return Sight(Found.FOREIGN)
    identity = _identity(status)
    try:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    except OSError as error:  # no file descriptors left
        return Sight(Found.DENIED, identity, detail=remedy(error))
    try:
        connection.setblocking(False)
        connection.bind(bridge_name(graph, identity))
        connection.connect(os.fspath(path))
    except OSError as error:
        connection.close()
        found = _FOUND.get(error.errno or 0, Found.DENIED)
        if found is Found.STALE and 0 <= time.time() - status.st_mtime < UNHEARD:
            found = Found.NEW
        return Sight(found, identity, detail=remedy(error))
    return Sight(Found.SERVED, identity, connection)


_FOUND = {
    errno.ECONNREFUSED: Found.STALE,
    errno.ENOENT: Found.NOTHING,
    errno.EAGAIN: Found.BUSY,
    errno.EPROTOTYPE: Found.FOREIGN,
    errno.EADDRINUSE: Found.JOINED,
}


# --- serve -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Listener:
    """A socket that serves a path, and the file that it made there."""

    socket: socket.socket
    path: Path
    identity: Identity

    def reachable(self) -> bool:
        """Whether the path still leads here."""
        return self._file() is not None

    def _file(self) -> Identity | None:
        """The file at the path while it is ours, touched or not: no other one gets its inode while it is bound."""
        there = identify(self.path)
        return there if there and there[:2] == self.identity[:2] else None

    def close(self) -> None:
        """Stop serving, and remove the file unless it is somebody else's by now."""
        with contextlib.suppress(OSError):  # the folder may have become somebody else's
            if there := self._file():
                remove(self.path, there)
        self.socket.close()


def serve(path: Path, mode: int, group: int | None) -> Listener:
    """Bind the path, creating its folder if missing. Raises OSError, and then leaves nothing behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    identity = None
    try:
        listener.setblocking(False)
        listener.bind(os.fspath(path))
        identity = identify(path)
        if identity is None:
            raise FileNotFoundError(errno.ENOENT, 'the socket file was removed by another program')
        # Before anybody can get in: connections are refused until `listen`.
        if group is not None:
            _give_to(path, group)
        path.chmod(mode)
        listener.listen(WAITING_LIMIT)
    except OSError:
        listener.close()
        if identity is not None:
            with contextlib.suppress(OSError):  # the first one tells more
                remove(path, identity)
        raise
    return Listener(listener, path, identity)


def _give_to(path: Path, group: int) -> None:
    try:
        os.chown(path, -1, group, follow_symlinks=False)
    except PermissionError as error:
        raise PermissionError(error.errno, f'this user may not give a file to group {group}') from error


def remove(path: Path, identity: Identity) -> bool:
    """Remove this very socket file; false where the path has come to lead to another one.

    Between a look and an unlink another program may bind the path anew. So the file is first moved aside,
    which is atomic, and put back should it turn out to be a new one.
    """
    aside = path.with_name(f'.{secrets.token_hex(8)}')
    try:
        path.rename(aside)
    except FileNotFoundError:
        return False
    if identify(aside) != identity:
        aside.rename(path)
        return False
    aside.unlink()
    return True


# --- connections -----------------------------------------------------------------------------------


def bridge_name(graph: bytes, server: Identity) -> bytes:
    """The address of a bridge's connection to a server: there can be one of a ROS graph at a time.

    If there were two, what one writes and the server passes on would come back through the other.
    Legacy programs have no address, and do not look at that of others; by it, a bridge that serves recognises
    another bridge, and learns which ROS graph it belongs to.
    """
    return BRIDGE_NAMES + graph + b'/' + hashlib.blake2s(repr(server).encode(), digest_size=8).hexdigest().encode()


def graph_of(name: bytes | str) -> bytes | None:
    """The ROS graph of the bridge that has this address; None where it is not a bridge's."""
    if isinstance(name, str) or not name.startswith(BRIDGE_NAMES):
        return None
    return name[len(BRIDGE_NAMES) :].rpartition(b'/')[0]


def peer_process(connection: socket.socket) -> tuple[int, int]:
    """Numbers of the process that is at the other end, and of its user."""
    size = struct.calcsize('3i')
    process, user, _ = struct.unpack('3i', connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return int(process), int(user)


_COUNT = bytes(4)
# While the kernel is still freeing what was taken it may count one byte; a message counts several hundred.
_TAKEN = ((0).to_bytes(4, sys.byteorder), (1).to_bytes(4, sys.byteorder))
BOUNDED_LIMIT = 32 * 1024  # bytes that Linux keeps in one piece; of more, the boundary is behind the first piece


def all_taken(connection: socket.socket) -> bool:
    """Whether the other side has taken everything that was written. Raises OSError where the kernel does not know.

    Linux counts in SIOCOUTQ the buffers, headers included, until each has been read to its end.
    """
    return fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, _COUNT) in _TAKEN


def send_bounded(connection: socket.socket, data: bytes | memoryview) -> int:
    """Send with a boundary behind: no receive reads across it. Returns the number of bytes sent. Raises OSError.

    Ancillary data is such a boundary (unix(7), SCM_RIGHTS): here a file descriptor of /dev/null, which the kernel
    closes again when the other side receives without asking for any. Behind more than BOUNDED_LIMIT there is none.
    """
    if len(data) <= BOUNDED_LIMIT:
        try:
            return connection.sendmsg((data,), _boundary())
        except OSError as error:
            if error.errno != errno.ETOOMANYREFS:  # this user's programs have too many under way
                raise
    return connection.send(data)


@functools.cache
def _boundary() -> tuple[tuple[int, int, bytes], ...]:
    null = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)  # for as long as the process lives
    return ((socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack('i', null)),)


@functools.cache
def kernel_paces() -> bool:
    """Whether `all_taken` and `send_bounded` work here."""
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with left, right, contextlib.suppress(OSError):
        send_bounded(left, b'ack')
        waiting = not all_taken(left)
        send_bounded(left, b'ack')
        return right.recv(6) == b'ack' and right.recv(6) == b'ack' and waiting and all_taken(left)
    return False
