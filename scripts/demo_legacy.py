"""An old program, as the demo has one: it reads the Unix socket of what is heard."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

A_MOMENT = 0.05  # seconds


@contextmanager
def legacy_client(path: Path, took: Callable[[str, float], None]) -> Iterator[None]:
    """Connects, and takes what one recv(1024) gives for one message. `took`: the text, and when it came (monotonic)."""
    stop = threading.Event()

    def read() -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(0.2)
            while not stop.is_set():
                try:
                    client.connect(str(path))
                    break
                except OSError:
                    time.sleep(0.1)
            while not stop.is_set():
                try:
                    data = client.recv(1024)
                except TimeoutError:
                    continue
                except OSError:
                    return
                if not data:
                    return
                arrived = time.monotonic()
                time.sleep(A_MOMENT)  # for its like on the topic, which may come after it
                took(data.decode(errors='replace'), arrived)

    thread = threading.Thread(target=read, name='demo legacy client')
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
