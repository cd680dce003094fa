"""What keeps a socket from being at a path, what is said of it, and that endpoints work once it has gone."""

from __future__ import annotations

import errno
import logging
import os
import socket
from pathlib import Path

import pytest
from bridging import in_file

from gemma_events.bridge import obstacles, sockets
from gemma_events.bridge.obstacles import PATH_LIMIT, check_name, obstacle
from gemma_events.errors import ConfigurationError
from gemma_events.events import SpeechEvent
from harness import wait_for

STARTED = SpeechEvent('speech_started', stamp=1_704_110_400 * 10**9, event_number=7)


def no(number):
    def fail(*_arguments, **_options):
        raise OSError(number, os.strerror(number))

    return fail


# --- what is said ----------------------------------------------------------------------------------


def test_a_path_that_is_one_byte_too_long(tmp_path):
    folder = tmp_path / ('x' * (PATH_LIMIT - len(str(tmp_path)) - 3))
    longest = folder / 'y'
    assert len(str(longest)) == PATH_LIMIT
    check_name(longest)
    assert obstacle(longest, binds=True) == ''
    sockets.serve(longest, 0o660, None).close()
    with pytest.raises(ConfigurationError, match='has 108 bytes, a socket path at most 107'):
        check_name(folder / 'yy')


def test_a_path_that_is_not_utf8_is_refused_in_a_line_that_can_be_logged(folder):
    path = Path(os.fsdecode(os.fsencode(folder) + b'/caf\xe9'))
    with pytest.raises(ConfigurationError, match='is not UTF-8') as raised:
        check_name(path)
    str(raised.value).encode()
    check_name(folder / 'café')


def test_what_is_at_the_path_already(path, tmp_path):
    assert obstacle(path, binds=True) == ''
    path.write_text('precious')
    assert f'{path} is a file, not a socket: move it away' in obstacle(path, binds=True)
    for binds in (True, False):
        assert 'cannot be used: not a directory: ' in obstacle(path / 'deeper', binds=binds)
    assert '/dev/null is a device, not a socket' in obstacle(Path('/dev/null'), binds=True)
    link = tmp_path / 'link'
    link.symlink_to(tmp_path / 'nowhere')
    assert 'is a symbolic link' in obstacle(link, binds=False)
    assert f'{link} is not a folder: move it away' in obstacle(link / 'socket', binds=True)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / 'served'))
        assert obstacle(tmp_path / 'served', binds=True) == ''


def test_a_folder_that_is_not_writable(path, monkeypatch):
    monkeypatch.setattr(os, 'access', lambda *_: False)  # root may write everywhere
    assert f'{path.parent} is not writable: change its permissions' in obstacle(path, binds=True)
    assert obstacle(path, binds=False) == ''


@pytest.mark.parametrize('number', [errno.EMFILE, errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO])
def test_each_error_says_what_to_do(number):
    said, what_to_do = obstacles.remedy(OSError(number, os.strerror(number))).split(': ')
    assert said == os.strerror(number).lower()
    assert what_to_do.split()[0] in ('raise', 'make', 'change')


# --- that come and go ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    'make',
    [
        lambda path: path.mkdir(),
        lambda path: path.write_text('precious'),
        lambda path: path.symlink_to(path.parent / 'elsewhere'),
    ],
)
@pytest.mark.parametrize('role', ['auto', 'server', 'client'])
def test_what_is_not_a_socket_is_left_alone_until_it_goes_away(bridge, path, make, role, caplog):
    make(path)
    before = in_file(path)
    one = bridge(main_event={'path': path, 'role': role})
    role_said = one.values('main_event')['role']
    assert role_said.startswith(f'none: {path} is a ') and 'not a socket: move it away' in role_said
    assert in_file(path) == before
    assert not (path.parent / 'elsewhere').exists()
    path.rename(path.parent / 'moved')
    if role != 'client':
        one.wait_role('main_event', 'server')
    else:
        one.wait_role('main_event', 'none: nobody serves it')
    lines = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert lines == [f'endpoint main_event: {role_said.removeprefix("none: ")}'], 'once'


def test_a_folder_that_was_a_file_becomes_one(bridge, client, folder):
    (folder / 'sockets').write_text('precious')
    one = bridge(main_event={'path': folder / 'sockets' / 'main'}, vision={'path': folder / 'vision'})
    assert 'not a directory' in one.values('main_event')['role']
    client(folder / 'vision')
    one.wait_peers('vision', 1)
    (folder / 'sockets').unlink()
    one.wait_role('main_event', 'server')
    listener = client(folder / 'sockets' / 'main')
    one.wait_peers('main_event', 1)
    one.publish('speech', STARTED)
    assert '#7' in listener.receive()


@pytest.mark.parametrize('number', [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EMFILE, errno.ENOENT, errno.EIO])
@pytest.mark.parametrize('function', ['socket.socket.bind', 'pathlib.Path.mkdir'])
def test_a_path_that_cannot_be_bound_is_bound_once_it_can(bridge, path, monkeypatch, number, function):
    with monkeypatch.context() as patched:
        patched.setattr(function, no(number))
        one = bridge(main_event={'path': path})
        assert os.strerror(number).lower() in one.values('main_event')['role']
    one.wait_role('main_event', 'server')


def test_a_stale_file_that_cannot_be_removed(bridge, path, monkeypatch):
    with socket.socket(socket.AF_UNIX) as crashed:
        crashed.bind(str(path))
    os.utime(path, (0, 0))
    with monkeypatch.context() as patched:
        patched.setattr(sockets, 'remove', no(errno.EACCES))
        one = bridge(main_event={'path': path})
        assert 'permission denied: change the permissions' in one.values('main_event')['role']
    one.wait_role('main_event', 'server')


def test_attempts_that_fail_leave_nothing_open(bridge, path, monkeypatch):
    def descriptors():
        return len(list(Path('/proc/self/fd').iterdir()))

    attempts = []

    def refuse(*_, **_options):
        attempts.append(None)
        raise PermissionError(errno.EPERM, 'operation not permitted')

    with monkeypatch.context() as patched:
        patched.setattr(os, 'chown', refuse)
        patched.setattr(sockets, 'remove', no(errno.EACCES))
        one = bridge(main_event={'path': path, 'group': '12345'})
        assert 'may not give a file to group 12345' in one.values('main_event')['role']
        before = descriptors()
        path.unlink()
        wait_for(lambda: len(attempts) > 1 or path.unlink(missing_ok=True), 'another attempt')
        wait_for(lambda: descriptors() <= before, 'the socket to be closed')
    path.unlink(missing_ok=True)


def test_a_server_that_does_not_let_the_bridge_in_may_do_so_later(bridge, path, monkeypatch):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        with monkeypatch.context() as patched:
            patched.setattr('socket.socket.connect', no(errno.EACCES))
            one = bridge(main_event={'path': path})
            assert 'permission denied: change the permissions' in one.values('main_event')['role']
        one.wait_role('main_event', 'client')


def test_pauses_between_attempts_grow(path):
    from types import SimpleNamespace

    from gemma_events.bridge.metrics import Metrics
    from gemma_events.bridge.path_owner import PathOwner
    from gemma_events.bridge.settings import EndpointSettings

    path.write_text('precious')
    pauses = []
    reactor = SimpleNamespace(call_later=lambda seconds, _: pauses.append(seconds))
    owner = PathOwner('one', path, EndpointSettings('one'), b'', None, reactor, Metrics(), logging.getLogger())
    for _ in range(7):
        owner._seek()
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]


def test_clients_that_cannot_be_accepted_are_counted(bridge, client, path, monkeypatch):
    one = bridge(main_event={'path': path})
    with monkeypatch.context() as patched:
        patched.setattr('socket.socket.accept', no(errno.EMFILE))
        waiting = client(path)
        wait_for(lambda: one.values('main_event').get('clients_not_accepted'), 'the count')
    one.wait_peers('main_event', 1)
    one.publish('speech', STARTED)
    assert 'Speech started' in waiting.receive()
