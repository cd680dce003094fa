"""What the bridge's tests share: legacy programs as processes, and a bridge without ROS."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from gemma_events.bridge.endpoint import Context, Endpoint
from gemma_events.bridge.exchange import INBOX_LIMIT, Exchange
from gemma_events.bridge.reactor import Inbox, Reactor
from gemma_events.bridge.settings import LEGACY, EndpointSettings, defaults_of
from gemma_events.events import Event, UnrecognisedMessage
from gemma_events.settings import check
from harness import PATIENCE, wait_for

T = TypeVar('T')
LEGACY_PROGRAMS = Path(__file__).parents[2] / 'gemma_events/bridge/command/legacy_programs.py'


class LegacyProgram:
    """A legacy program in a process of its own; `said` is what it printed, as (word, text)."""

    def __init__(self, name: str, path: Path, pause: float = 0.0) -> None:
        # -I: without the start-up files of the ROS wheels, which would start the interpreter twice.
        self.process = subprocess.Popen(
            [sys.executable, '-IS', str(LEGACY_PROGRAMS), name, str(path), str(pause)],
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


class Topic:
    """A topic of events as they are; `published` is what the bridge published."""

    def __init__(self, published: list[Event]) -> None:
        self.publish = published.append

    def event(self, message: Any) -> Any:
        """As SerialisedTopic."""
        return message


def ask(reactor: Reactor, question: Callable[[], T]) -> T:
    """What the reactor's thread answers, after all that was posted before."""
    answer: Future[T] = Future()

    def give() -> None:
        try:
            answer.set_result(question())
        except BaseException as error:
            answer.set_exception(error)

    reactor.post(give)
    return answer.result(PATIENCE)


class Bridge:
    """Endpoints with their reactor and exchanges, without ROS; `published` is what went to the topics."""

    def __init__(self, graph: str = 'graph', **endpoints: dict[str, Any]) -> None:
        self.published: list[Event] = []
        self.unrecognised: list[UnrecognisedMessage] = []
        self.faults: list[Exception] = []
        self.thread = f'bridge {id(self)}'
        self.reactor = Reactor(self.thread, self.faults.append)
        context = Context(self.reactor, logging.getLogger('bridge'), time.time_ns, self.unrecognised.append)
        self.exchanges: dict[str, Exchange[Any]] = {}
        self.endpoints: dict[str, Endpoint[Any]] = {}
        for name, values in endpoints.items():
            settings = check(
                EndpointSettings, {**defaults_of(name, values.get('format', '')), **values, 'path': str(values['path'])}
            )
            exchange = self.exchanges.setdefault(
                settings.topic,
                Exchange(settings.topic, Topic(self.published), f'{graph}/{settings.topic}'.encode(), context),
            )
            self.endpoints[name] = exchange.add(name, settings, Path(settings.path))
        for endpoint in self.endpoints.values():
            endpoint.open()
        self.reactor.start()

    def publish(self, topic: str, *events: Event) -> None:
        """As if another node had published, and the reactor had taken it all."""
        inbox: Inbox[Any] = self.exchanges[topic].inbox
        for event in events:
            if len(inbox) == INBOX_LIMIT:
                self._let_drain(inbox)
            inbox.put(event)
        self._let_drain(inbox)

    def _let_drain(self, inbox: Inbox[Any]) -> None:
        while ask(self.reactor, lambda: len(inbox)):
            pass

    def ask(self, question: Callable[[], T]) -> T:
        """What the reactor's thread answers."""
        return ask(self.reactor, question)

    def apply(self, name: str, **changes: Any) -> None:
        """Change live settings of an endpoint."""
        endpoint = self.endpoints[name]
        self.ask(lambda: endpoint.apply(dataclasses.replace(endpoint._settings, **changes)))

    def values(self, name: str) -> dict[str, Any]:
        """An endpoint's diagnostics."""
        return self.ask(self.endpoints[name].measure).values

    def listening(self, name: str) -> int:
        """How many of an endpoint's clients get events."""
        return self.ask(lambda: sum(peer.listening for peer in self.endpoints[name]._clients.peers))

    def settle(self) -> None:
        """Until all that has arrived at its sockets has been read."""
        for _ in range(2):  # the first answer may come before what became readable with it
            self.ask(lambda: None)

    def wait_role(self, name: str, role: str) -> None:
        """Until the endpoint has this role."""
        wait_for(lambda: self.values(name)['role'] == role, f'role {role}, not {self.values(name)}')

    def wait_peers(self, name: str, count: int) -> None:
        """Until the endpoint has so many peers."""
        wait_for(lambda: self.values(name)['peers'] == count, f'{count} peers, not {self.values(name)}')

    def stop(self) -> None:
        """Leave the sockets."""
        self.reactor.stop()
        for endpoint in self.endpoints.values():
            endpoint.close()

    def close(self) -> None:
        """End, without a fault on the way."""
        self.stop()
        self.reactor.close()
        assert not self.faults, self.faults
        assert self.thread not in {thread.name for thread in threading.enumerate()}


class Client:
    """A client in this process."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        try:
            self.socket.connect(str(path))
        except OSError:
            self.socket.close()
            raise

    def send(self, data: bytes) -> None:
        """One message."""
        self.socket.sendall(data)

    def receive(self) -> str:
        """One receive, as the legacy programs do."""
        return self.socket.recv(1024).decode()


def at(folder: Path, *names: str, **parameters: Any) -> dict[str, Any]:
    """Parameters of a bridge node for endpoints, all six when none is named, with their sockets in the folder."""
    names = names or tuple(LEGACY)
    return {
        'endpoints': list(names),
        'socket_root': str(folder),
        **{f'{name}.path': f'{name}.sock' for name in names},
        **parameters,
    }


def connect(client: Callable[[Path], Client], node: Any, folder: Path, name: str) -> Client:
    """A client that the bridge node has accepted."""
    endpoint: Endpoint[Any] = next(endpoint for endpoint in node._endpoints() if endpoint.name == name)

    def peers() -> int:
        return ask(node._reactor, lambda: endpoint.measure().peers)

    before = peers()
    one = client(folder / f'{name}.sock')
    wait_for(lambda: peers() > before, 'the bridge to accept it')
    return one


def in_file(path: Path) -> tuple[int, int]:
    """Which file it is."""
    status = os.lstat(path)
    return status.st_dev, status.st_ino
