"""The legacy programs as they behave on their sockets: what they do, what they wait for, what they cannot take.

`wire play` gives them events to send and shows what happens to them. The bridge's tests start this file by its path,
hundreds of times: it imports nothing but the standard library.

    python -IS legacy_programs.py NAME PATH [PAUSE]

It then sends the lines of its standard input, each one a message, in Python's notation for bytes without the quotes,
and prints a line of JSON for each thing that happens: `["got", "hello"]`. PAUSE: seconds of work on each message.
"""

from __future__ import annotations

import contextlib
import json
import selectors
import socket
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

BACKLOG = 5  # connections that a legacy server leaves waiting
RECONNECT = 1.0  # seconds
RECEIVE_SIZE = 1024  # bytes


class Finished(Exception):  # noqa: N818 - no error
    """The program has dealt with as many messages as it was to."""


class Crashed(Exception):  # noqa: N818 - what the legacy program does
    """The program cannot take `data`, and ends."""

    def __init__(self, reason: str, data: bytes) -> None:
        super().__init__(f'{reason}: {data!r}')
        self.data = data


class Stage:
    """What a program is given: the messages that it sends, and its habits.

    `report` is called with a word and the bytes it is about: serves, accepted, connected, waits (for a server),
    got, sent, answer (that it received), lost (a connection). `pause`: seconds of work on each message; `count`: how
    many messages it deals with, 0: all; `size`: of its receive buffer, in bytes; `reconnect`: seconds before it
    tries again to connect.
    """

    def __init__(
        self,
        messages: Iterable[bytes],
        report: Callable[[str, bytes], None],
        *,
        pause: float = 0.0,
        count: int = 0,
        size: int = RECEIVE_SIZE,
        reconnect: float = RECONNECT,
    ) -> None:
        self.messages, self.size, self.reconnect = messages, size, reconnect
        self._report, self._pause, self._left = report, pause, count

    def say(self, word: str, data: bytes = b'') -> None:
        """Report something."""
        self._report(word, data)

    def work(self) -> None:
        """Be busy with a message."""
        time.sleep(self._pause)

    def done(self) -> None:
        """A message has been dealt with. Raises Finished after the last one."""
        self._left -= 1
        if self._left == 0:
            raise Finished

    def receive(self, client: socket.socket) -> bytes:
        """What one receive gives; nothing when the connection has ended."""
        with contextlib.suppress(OSError):
            return client.recv(self.size)
        return b''

    def send(self, client: socket.socket, data: bytes) -> bool:
        """Send all of it, however long the other side takes; false when the connection has ended."""
        with contextlib.suppress(OSError):
            client.sendall(data)
            return True
        return False


# --- clients ----------------------------------------------------------------------------------------------------


def connect(path: str, stage: Stage) -> socket.socket:
    """Connect to a path. Raises OSError."""
    with contextlib.ExitStack() as on_error:
        client = on_error.enter_context(socket.socket(socket.AF_UNIX))
        client.connect(path)
        on_error.pop_all()
    stage.say('connected')
    return client


def listener(path: str, stage: Stage) -> None:
    """Reads, and works in the thread that reads. Connects until it succeeds, and again when the connection ends."""
    waiting = False
    while True:
        try:
            client = connect(path, stage)
        except (ConnectionRefusedError, FileNotFoundError):
            if not waiting:
                stage.say('waits')
            waiting = True
        else:
            with client:
                while data := stage.receive(client):
                    stage.say('got', data)
                    stage.done()
                    stage.work()
            stage.say('lost')
            waiting = False
        time.sleep(stage.reconnect)


def microphone(path: str, stage: Stage) -> None:
    """Sends, and never reads. Gives up when nobody serves the path. Raises OSError then."""
    _write(path, stage, lambda client: None)


def emitter(path: str, stage: Stage) -> None:
    """Sends, works, and reads what it takes for the answer. Raises OSError when nobody serves the path."""
    _write(path, stage, lambda client: stage.say('answer', stage.receive(client)))


def _write(path: str, stage: Stage, wait: Callable[[socket.socket], None]) -> None:
    with connect(path, stage) as client:
        for message in stage.messages:
            if not stage.send(client, message):
                stage.say('lost')
                return
            stage.say('sent', message)
            stage.work()
            wait(client)
            stage.done()


def silent(path: str, stage: Stage) -> None:
    """Connects, sends nothing and reads nothing, until there would be no more to send."""
    with connect(path, stage):
        list(stage.messages)


# --- servers ----------------------------------------------------------------------------------------------------


def serve(path: str, stage: Stage) -> socket.socket:
    """Bind a path, in place of a socket that is there, served or not: so do all legacy servers. Raises OSError, also
    where something else is there, which a legacy server would remove too.
    """
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(Path(path).lstat().st_mode):
            raise FileExistsError(f'{path}: something that is not a socket is there; take another path or remove it')
        Path(path).unlink()
    with contextlib.ExitStack() as on_error:
        server = on_error.enter_context(socket.socket(socket.AF_UNIX))
        server.bind(path)
        server.listen(BACKLOG)
        on_error.pop_all()
    stage.say('serves')
    return server


def text_loop(path: str, stage: Stage) -> None:
    """Reads from all its clients, one receive a message."""
    _read_from_all(path, stage, lambda data: None)


def main_loop(path: str, stage: Stage) -> None:
    """Reads from all its clients, one receive a message. Crashes over a `Speech stopped` without `Transcript:`."""

    def hear(data: bytes) -> None:
        if b'Speech stopped' in data and b'Transcript:' not in data:
            raise Crashed('a Speech stopped without Transcript:', data)

    _read_from_all(path, stage, hear)


def _read_from_all(path: str, stage: Stage, take: Callable[[bytes], None]) -> None:
    with serve(path, stage) as server, selectors.DefaultSelector() as selector, contextlib.ExitStack() as clients:
        selector.register(server, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.data is None:
                    client = clients.enter_context(server.accept()[0])
                    selector.register(client, selectors.EVENT_READ, client)
                    stage.say('accepted')
                elif data := stage.receive(key.data):
                    stage.say('got', data)
                    take(data)
                    stage.done()
                    stage.work()
                else:
                    selector.unregister(key.data)
                    key.data.close()
                    stage.say('lost')


def face_window_once(path: str, stage: Stage) -> None:
    """Draws what comes over one connection, the only one in its life: whoever is second waits for ever."""
    with serve(path, stage) as server:
        _draw(server, stage)
        threading.Event().wait()


def face_window(path: str, stage: Stage) -> None:
    """As face_window_once, but it accepts the next connection when one has ended."""
    with serve(path, stage) as server:
        while True:
            _draw(server, stage)


def _draw(server: socket.socket, stage: Stage) -> None:
    """Takes a receive for one JSON message, answers it with `ack`, and crashes over anything else."""
    with server.accept()[0] as client:
        stage.say('accepted')
        while data := stage.receive(client):
            try:
                json.loads(data)['data']['expression']
            except (ValueError, KeyError, TypeError) as error:
                raise Crashed(str(error), data) from error
            stage.say('got', data)
            stage.work()
            stage.send(client, b'ack')
            stage.done()
    stage.say('lost')


def producer(path: str, stage: Stage) -> None:
    """Sends to all its clients, and never reads."""
    with serve(path, stage) as server, _accepting(server, stage) as clients:
        for message in stage.messages:
            for client in list(clients):
                if not stage.send(client, message):
                    clients.remove(client)
                    client.close()
            stage.say('sent', message)
            stage.done()
            stage.work()


@contextlib.contextmanager
def _accepting(server: socket.socket, stage: Stage) -> Iterator[list[socket.socket]]:
    """The clients of a server, to which a thread adds those that come while something else is done."""
    clients: list[socket.socket] = []

    def accept() -> None:
        with contextlib.suppress(OSError):  # the server is shut down, or nobody reads the reports any more
            while True:
                clients.append(server.accept()[0])
                stage.say('accepted')

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield clients
    finally:
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        for client in clients:
            client.close()


CLIENTS = (listener, microphone, emitter, silent)
SERVERS = (main_loop, text_loop, face_window, face_window_once, producer)
PROGRAMS: dict[str, Callable[[str, Stage], None]] = {program.__name__: program for program in (*CLIENTS, *SERVERS)}


def main(name: str, path: str, pause: str = '0') -> int:
    """Behave as a program; its exit status."""
    stage = Stage(_lines(), _print, pause=float(pause), reconnect=0.1)
    try:
        PROGRAMS[name](path, stage)
    except Crashed as crash:
        _print('crashed', crash.data)
        return 2
    return 0


def _lines() -> Iterator[bytes]:
    for line in sys.stdin:
        yield line.rstrip('\n').encode('latin-1').decode('unicode_escape').encode('latin-1')


def _print(word: str, data: bytes) -> None:
    print(json.dumps([word, data.decode(errors='replace')]), flush=True)


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
