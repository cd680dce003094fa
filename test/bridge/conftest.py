"""Legacy programs and bridges that are ended with the test."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bridging import Bridge, Client, LegacyProgram


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a name short enough for a socket path."""
    path = Path(tempfile.mkdtemp(prefix='gemma-'))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def path(folder: Path) -> Path:
    """A socket path."""
    return folder / 'socket'


@pytest.fixture
def start_legacy() -> Iterator[Callable[..., LegacyProgram]]:
    """Start a legacy program: `start_legacy('listener', path)`."""
    programs: list[LegacyProgram] = []

    def start(*arguments: Any) -> LegacyProgram:
        programs.append(LegacyProgram(*arguments))
        return programs[-1]

    yield start
    for one in programs:
        one.close()


@pytest.fixture
def bridge() -> Iterator[Callable[..., Bridge]]:
    """Start a bridge without ROS: `bridge(main_event={'path': path})`."""
    bridges: list[Bridge] = []

    def start(**options: Any) -> Bridge:
        bridges.append(Bridge(**options))
        return bridges[-1]

    yield start
    for one in bridges:
        one.close()


@pytest.fixture
def client() -> Iterator[Callable[[Path], Client]]:
    """Connect from this process: `client(path)`."""
    clients: list[Client] = []

    def connect(path: Path) -> Client:
        clients.append(Client(path))
        return clients[-1]

    yield connect
    for one in clients:
        one.socket.close()
