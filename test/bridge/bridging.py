"""What the bridge's tests share: legacy programs as processes, and a bridge without ROS."""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from gemma_events.bridge.endpoint import Context, Endpoint
from gemma_events.bridge.exchange import Exchange
from gemma_events.bridge.reactor import Reactor
from gemma_events.bridge.settings import EndpointSettings, defaults_of
from gemma_events.events import Event, UnrecognisedMessage
from gemma_events.settings import check
from harness import wait_for

PARTNERS = Path(__file__).parents[2] / 'gemma_events/bridge/command/legacy_programs.py'


class Partner:
    """A legacy program in a process of its own; `said` is what it printed, as (word, text)."""

    def __init__(self, name: str, path: Path, pause: float = 0.0) -> None:
        # -I: without the start-up files of the ROS wheels, which would start the interpreter twice.
        self.process = subprocess.Popen(
            [sys.executable, '-IS', str(PARTNERS), name, str(path), str(pause)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=path.parent if path.parent.exists() else None,
        )
        self.said: list[tuple[str, str]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            word, text = json.loads(line)
            self.said.append((word, text))

    def got(self, word: str = 'got') -> list[str]:
        """All texts that it printed behind a word."""
        return [text for said, text in list(self.said) if said == word]

    def wait(self, word: str, count: int = 1) -> list[str]:
        """Those texts, once there are so many."""
        wait_for(lambda: len(self.got(word)) >= count, f'{count} times {word!r}, not {self.said}')
        return self.got(word)

    def send(self, *messages: bytes) -> None:
        """Make it send these, each at a time."""
        assert self.process.stdin
        for message in messages:
            self.process.stdin.write(message.decode('latin-1').encode('unicode_escape') + b'\n')
        self.process.stdin.flush()

    def kill(self) -> None:
        """End it at once, as a crash does."""
        self.process.kill()
        self.close()

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()
        self._reader.join()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()


class Bridge:
    """Endpoints with their reactor and exchanges, without ROS; `published` is what went to the topics."""

    def __init__(self, graph: str = 'graph', **endpoints: dict[str, Any]) -> None:
        self.published: list[Event] = []
        self.unrecognised: list[UnrecognisedMessage] = []
        self.faults: list[Exception] = []
        self.thread = f'bridge {id(self)}'
        self.reactor = Reactor(self.thread, self.faults.append)
        around = Context(
            self.reactor, logging.getLogger('bridge'), time.time_ns, self.unrecognised.append, self.faults.append
        )
        self.exchanges: dict[str, Exchange] = {}
        self.endpoints: dict[str, Endpoint] = {}
        for name, values in endpoints.items():
            settings = check(
                EndpointSettings, {**defaults_of(name, values.get('format', '')), **values, 'path': str(values['path'])}
            )
            exchange = self.exchanges.setdefault(settings.topic, Exchange(self.published.append))
            self.endpoints[name] = Endpoint(
                name, settings, Path(settings.path), exchange, f'{graph}/{settings.topic}'.encode(), around
            )
            exchange.outlets.append(self.endpoints[name])
        for endpoint in self.endpoints.values():
            endpoint.open()
        self.reactor.start()

    def publish(self, topic: str, *events: Event) -> None:
        """As if another node had published."""
        for event in events:
            self.exchanges[topic].deliver(event)

    def values(self, name: str) -> dict[str, Any]:
        """An endpoint's diagnostics."""
        return self.endpoints[name].values()

    def wait_role(self, name: str, role: str) -> None:
        """Until the endpoint has this role."""
        wait_for(lambda: self.values(name)['role'] == role, f'role {role}, not {self.values(name)}')

    def wait_peers(self, name: str, count: int) -> None:
        """Until the endpoint has so many peers."""
        wait_for(lambda: self.values(name)['peers'] == count, f'{count} peers, not {self.values(name)}')

    def close(self) -> None:
        """End, without a fault on the way."""
        self.reactor.stop()
        for endpoint in self.endpoints.values():
            endpoint.close()
        self.reactor.close()
        assert not self.faults, self.faults
        assert self.thread not in {thread.name for thread in threading.enumerate()}


class Client:
    """A client in this process."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(str(path))

    def send(self, data: bytes) -> None:
        """One message."""
        self.socket.sendall(data)

    def receive(self) -> str:
        """One receive, as the legacy programs do."""
        return self.socket.recv(1024).decode()

    def nothing_comes(self, seconds: float = 0.3) -> bool:
        """Whether nothing comes for a while."""
        self.socket.settimeout(seconds)
        try:
            return not self.socket.recv(1024)
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(10)


def in_file(path: Path) -> tuple[int, int]:
    """Which file it is."""
    status = os.lstat(path)
    return status.st_dev, status.st_ino
