"""The sockets of the command: it removes what it may, and nothing else."""

from __future__ import annotations

import os
import socket

import pytest

from gemma_events.bridge.command import connections
from gemma_events.bridge.command.connections import Connections
from gemma_events.errors import ConfigurationError, DeviceError


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'socket'


def bind(path):
    """What a server that crashed leaves behind, or one that is just about to listen."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def test_what_nobody_serves_is_replaced_and_its_own_removed(path):
    bind(path)
    with Connections(path, serve=True), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
    assert list(path.parent.iterdir()) == []


def test_what_is_served_stays(path):
    with Connections(path, serve=True):
        before = path.lstat().st_ino
        with pytest.raises(ConfigurationError, match='somebody serves it'):
            Connections(path, serve=True)
        assert path.lstat().st_ino == before


def test_a_socket_of_somebody_else_stays_at_the_end(path):
    with Connections(path, serve=True):
        status = path.lstat()
        # As a socket that was made later, and was given the inode of the one that it replaced.
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000_000))
    assert list(path.parent.iterdir()) == [path]


def test_a_socket_that_came_between_the_look_and_the_removal_stays(path, monkeypatch):
    def refused(_path):
        path.rename(path.with_name('old'))  # which keeps its inode from being given to the new one
        bind(path)
        raise DeviceError('nobody serves it')

    bind(path)
    monkeypatch.setattr(connections, '_connect', refused)
    with pytest.raises(ConfigurationError, match='cannot serve here'):
        Connections(path, serve=True)
    assert sorted(path.parent.iterdir()) == [path.with_name('old'), path]


@pytest.mark.parametrize(
    'make', [lambda path: path.write_text('mine'), lambda path: path.symlink_to('nowhere'), lambda path: path.mkdir()]
)
def test_what_is_not_a_socket_stays(path, make):
    make(path)
    with pytest.raises(ConfigurationError, match='not a socket'):
        Connections(path, serve=True)
    assert os.path.lexists(path)
