"""Programs that behave like the legacy ones on the other side of the sockets.

    python partners.py NAME PATH [PAUSE]

Those that send take lines from standard input, each one a message, in Python's notation for bytes without the quotes.
All print what they get, each receive a line of JSON. PAUSE: seconds of work on each message.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

RECONNECT = 0.1  # seconds; the real ones take one


def say(word: str, data: bytes = b'') -> None:
    print(json.dumps([word, data.decode(errors='replace')]), flush=True)


def lines() -> Iterator[bytes]:
    for line in sys.stdin:
        yield line.rstrip('\n').encode('latin-1').decode('unicode_escape').encode('latin-1')


def serve(path: str) -> socket.socket:
    """As all legacy servers: whatever is there is removed."""
    Path(path).unlink(missing_ok=True)
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen(5)
    say('serves')
    return server


def connect(path: str) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.connect(path)
    say('connected')
    return client


def listener(path: str, pause: float) -> None:
    """Connects until it succeeds, and again when it lost the connection; works in the thread that reads."""
    while True:
        with contextlib.suppress(OSError):
            client = connect(path)
            while data := client.recv(1024):
                say('got', data)
                time.sleep(pause)
            say('lost')
        time.sleep(RECONNECT)


def microphone(path: str, _pause: float) -> None:
    """Gives up when nobody listens; sends, and never reads."""
    client = connect(path)
    for line in lines():
        client.sendall(line)
        say('sent', line)


def silent(path: str, _pause: float) -> None:
    """Connects, says nothing and reads nothing."""
    client = connect(path)
    sys.stdin.read()
    client.close()


def emitter(path: str, pause: float) -> None:
    """Sends, works, and reads what it takes for the answer."""
    client = connect(path)
    for line in lines():
        client.sendall(line)
        time.sleep(pause)
        say('answer', client.recv(1024))


def main_loop(path: str, pause: float) -> None:
    """Serves, reads from all, and falls over a `Speech stopped` without `Transcript:`."""

    def read(client: socket.socket) -> None:
        while data := client.recv(1024):
            say('got', data)
            if b'Speech stopped' in data and b'Transcript:' not in data:
                say('crashed', data)
                os._exit(2)
            time.sleep(pause)
        say('lost')

    server = serve(path)
    while True:
        client, _ = server.accept()
        say('accepted')
        threading.Thread(target=read, args=(client,), daemon=True).start()


def face_window(path: str, pause: float) -> None:
    """Serves one client after the other, takes a receive for one JSON message, and exits when it is none."""
    server = serve(path)
    while True:
        client, _ = server.accept()
        say('accepted')
        while data := client.recv(1024):
            try:
                json.loads(data)
            except ValueError:
                say('crashed', data)
                os._exit(2)
            say('got', data)
            time.sleep(pause)
            client.sendall(b'ack')
        say('lost')


def producer(path: str, _pause: float) -> None:
    """Serves, sends to all, and never reads."""
    clients: list[socket.socket] = []

    def accept() -> None:
        while True:
            clients.append(server.accept()[0])
            say('accepted')

    server = serve(path)
    threading.Thread(target=accept, daemon=True).start()
    for line in lines():
        for client in list(clients):
            try:
                client.sendall(line)
            except OSError:
                clients.remove(client)
        say('sent', line)


PARTNERS = {
    'listener': listener,
    'microphone': microphone,
    'silent': silent,
    'emitter': emitter,
    'main_loop': main_loop,
    'face_window': face_window,
    'producer': producer,
}

if __name__ == '__main__':
    PARTNERS[sys.argv[1]](sys.argv[2], float(sys.argv[3]) if len(sys.argv) > 3 else 0.0)
