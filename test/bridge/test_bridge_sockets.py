from __future__ import annotations

import errno
import os
import socket
import stat
from pathlib import Path

import pytest

from gemma_events.bridge import sockets
from gemma_events.bridge.roles import Found

GRAPH = b'0/gemma/speech'


def listen(path, backlog=5):
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen(backlog)
    return server


def look(path):
    sight = sockets.look(path, GRAPH)
    if sight.connection:
        sight.connection.close()
    return sight.found


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'socket'


# --- look ------------------------------------------------------------------------------------------


def test_nothing_there(path):
    assert look(path) is look(path / 'deeper') is Found.NOTHING
    path.write_text('precious')
    assert look(path / 'deeper') is Found.DENIED


def test_somebody_listens(path):
    with listen(path):
        assert look(path) is Found.SERVED


def test_a_file_that_a_server_left_behind(path):
    listen(path).close()
    os.utime(path, (0, 0))
    assert look(path) is Found.STALE
    assert path.exists()


def test_a_server_that_is_about_to_listen(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        assert look(path) is Found.NEW
        server.listen()
        assert look(path) is Found.SERVED


def test_a_server_that_accepts_nobody(path):
    with listen(path, backlog=0):
        waiting = [sockets.look(path, b'graph %d' % number) for number in range(5)]
        assert waiting[-1].found is Found.BUSY
        for sight in waiting:
            if sight.connection:
                sight.connection.close()


def test_of_a_graph_one_bridge_at_a_time_is_the_client(path):
    with listen(path):
        first = sockets.look(path, GRAPH)
        assert look(path) is Found.JOINED
        other = sockets.look(path, b'0/gemma/vision')
        assert other.found is Found.SERVED
        other.connection.close()
        first.connection.close()
        assert look(path) is Found.SERVED


def test_a_link_is_not_followed(path, tmp_path):
    with listen(tmp_path / 'real'):
        path.symlink_to(tmp_path / 'real')
        assert look(path) is Found.FOREIGN


def test_a_datagram_socket_is_foreign(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        other.bind(str(path))
        assert look(path) is Found.FOREIGN


# --- serve and remove ------------------------------------------------------------------------------


def test_serving_makes_the_folder_and_sets_the_mode(tmp_path):
    path = tmp_path / 'a' / 'b' / 'socket'
    listener = sockets.serve(path, 0o640, os.getgid())
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert listener.reachable()
    listener.close()
    assert not path.exists()


def test_a_served_path_is_not_bound_again(path):
    with listen(path):
        with pytest.raises(OSError):
            sockets.serve(path, 0o660, None)
        assert look(path) is Found.SERVED


def test_nothing_is_left_when_the_group_cannot_be_set(path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(1, 'Operation not permitted')

    monkeypatch.setattr(os, 'chown', refuse)
    with pytest.raises(PermissionError):
        sockets.serve(path, 0o660, 0)
    assert not path.exists()


def test_who_stole_the_path_keeps_it(path):
    listener = sockets.serve(path, 0o660, None)
    path.unlink()
    with listen(path):
        assert not listener.reachable()
        listener.close()
        assert look(path) is Found.SERVED


def test_only_this_very_file_is_removed(path):
    listen(path).close()
    stale = sockets.identify(path)
    path.unlink()
    with listen(path):
        assert not sockets.remove(path, stale)
        assert look(path) is Found.SERVED
    assert sockets.remove(path, sockets.identify(path))
    assert list(path.parent.iterdir()) == []
    assert not sockets.remove(path, stale)


def test_a_socket_file_that_was_touched_is_still_ours(path):
    listener = sockets.serve(path, 0o660, None)
    os.utime(path, (0, 0))
    assert listener.reachable()
    listener.close()
    assert not path.exists()


def test_no_file_descriptors_left(path, monkeypatch):
    def none(*_):
        raise OSError(errno.EMFILE, 'too many open files')

    with listen(path):
        monkeypatch.setattr(sockets.socket, 'socket', none)
        sight = sockets.look(path, GRAPH)
    assert sight.found is Found.DENIED
    assert sight.detail == 'too many open files: raise the limit of open files (ulimit -n)'


# --- connections -----------------------------------------------------------------------------------


def test_a_bridge_is_known_by_its_name(path):
    with listen(path) as server:
        connection = sockets.look(path, GRAPH).connection
        accepted, name = server.accept()
        with connection, accepted:
            assert sockets.graph_of(name) == GRAPH
        with socket.socket(socket.AF_UNIX) as legacy:
            legacy.connect(str(path))
            accepted, name = server.accept()
            with accepted:
                assert sockets.graph_of(name) is None


def test_who_is_at_the_other_end():
    left, right = socket.socketpair()
    with left, right:
        assert sockets.peer_process(left) == (os.getpid(), os.getuid())


def test_the_kernel_reports_when_all_was_taken():
    assert sockets.kernel_paces()
    left, right = socket.socketpair()
    with left, right:
        assert sockets.all_taken(left)
        left.send(b'one')
        left.send(b'another')
        right.recv(4)
        assert not sockets.all_taken(left)
        right.recv(100)
        assert sockets.all_taken(left)


def descriptors():
    return len(list(Path('/proc/self/fd').iterdir()))


@pytest.mark.parametrize(
    'receive',
    [
        lambda connection: connection.recv(65536),
        lambda connection: connection.recvmsg(65536)[0],
        lambda connection: os.read(connection.fileno(), 65536),
    ],
)
def test_no_receive_reads_across_a_boundary(receive):
    left, right = socket.socketpair()
    with left, right:
        messages = [b'one', b'x' * sockets.BOUNDED_LIMIT, b'three']
        assert sockets.kernel_paces()
        before = descriptors()
        for message in messages:
            assert sockets.send_bounded(left, message) == len(message)
        assert [receive(right) for _ in messages] == messages
        assert descriptors() == before, 'nobody keeps the descriptors'


def test_a_long_message_is_not_cut_by_a_boundary():
    left, right = socket.socketpair()
    with left, right:
        left.setblocking(False)
        size = sockets.send_bounded(left, bytes(60_000))
        assert len(right.recv(65536)) == size > sockets.BOUNDED_LIMIT


def test_more_boundaries_on_their_way_than_a_user_may_have():
    class Full(socket.socket):
        def sendmsg(self, *_):
            raise OSError(errno.ETOOMANYREFS, 'too many references')

    left, right = socket.socketpair()
    with Full(fileno=left.detach()) as full, right:
        assert sockets.send_bounded(full, b'one') == 3
        assert right.recv(100) == b'one'
