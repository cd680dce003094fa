"""Who gets a path when several want it: other bridges, and servers that come, go and steal."""

from __future__ import annotations

import logging
import socket
from types import SimpleNamespace

import pytest
from bridging import in_file

from gemma_events.bridge import path_owner, roles
from gemma_events.bridge.metrics import Metrics
from gemma_events.bridge.settings import EndpointSettings, defaults_of
from gemma_events.events import SpeechEvent
from gemma_events.settings import check
from harness import wait_for

STARTED = SpeechEvent('speech_started', stamp=1_704_110_400 * 10**9, event_number=7)


@pytest.fixture
def serve(path):
    """Serve as a legacy program does: whatever is at the path is removed."""
    servers = []

    def start():
        path.unlink(missing_ok=True)
        servers.append(socket.socket(socket.AF_UNIX))
        servers[-1].settimeout(10)
        servers[-1].bind(str(path))
        servers[-1].listen()
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def accept(server):
    connection, _ = server.accept()
    connection.settimeout(10)
    return connection


# --- two bridges -----------------------------------------------------------------------------------


def test_of_two_bridges_of_a_graph_one_is_the_client_and_the_other_takes_over(bridge, path, serve):
    server = serve()
    first, second = bridge(main_event={'path': path}), bridge(main_event={'path': path})
    assert first.values('main_event')['role'] == 'client'
    assert second.values('main_event')['role'] == 'none: another bridge is the client of its server'
    with accept(server) as connection:
        for one in (first, second):  # both are subscribed
            one.publish('speech', STARTED)
        assert b'Speech started' in connection.recv(1024)
        first.stop()
        assert connection.recv(1024) == b''
    with accept(server) as connection:
        second.wait_role('main_event', 'client')
        second.publish('speech', SpeechEvent('speech_started', stamp=STARTED.stamp, event_number=8))
        assert b'#8' in connection.recv(1024), 'nothing that the first bridge has written already'


def test_bridges_of_different_graphs_are_both_clients(bridge, path, serve):
    serve()
    for graph in ('first', 'second'):
        assert bridge(graph=graph, main_event={'path': path}).values('main_event')['role'] == 'client'


# --- servers that are out of reach -----------------------------------------------------------------


@pytest.mark.parametrize('role', ['auto', 'client'])
def test_a_server_that_steals_from_a_server_gets_the_client(bridge, path, serve, role):
    old = serve()
    one = bridge(main_event={'path': path, 'role': role})
    with accept(old) as before, accept(serve()) as after:
        assert before.recv(1024) == b''
        one.wait_role('main_event', 'client')
        one.publish('speech', STARTED)
        assert b'Speech started' in after.recv(1024)


def test_a_path_whose_server_keeps_only_its_connections_is_served(bridge, client, path, serve):
    server = serve()
    one = bridge(main_event={'path': path})
    with accept(server) as connection:
        path.unlink()
        server.close()
        assert connection.recv(1024) == b''
        one.wait_role('main_event', 'server')
        client(path)
        one.wait_peers('main_event', 1)


def test_a_bridge_that_never_serves_stays_with_a_server_that_cannot_be_reached(bridge, path, serve):
    server = serve()
    one = bridge(main_event={'path': path, 'role': 'client'})
    with accept(server) as connection:
        path.unlink()
        for _ in range(3):
            one.ask(one.endpoints['main_event']._owner.check)
        one.publish('speech', STARTED)
        assert b'Speech started' in connection.recv(1024)


# --- servers that start ----------------------------------------------------------------------------


def test_a_server_between_bind_and_listen_is_not_robbed(bridge, path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        theirs = in_file(path)
        one = bridge(main_event={'path': path})
        assert one.values('main_event')['role'] == 'none: nobody serves it yet'
        server.listen()
        one.wait_role('main_event', 'client')
        assert in_file(path) == theirs


def test_a_new_file_that_nobody_comes_to_serve_is_replaced(bridge, path):
    with socket.socket(socket.AF_UNIX) as crashed:
        crashed.bind(str(path))
    bridge(main_event={'path': path}).wait_role('main_event', 'server')


def test_a_server_between_unlink_and_bind_is_not_forestalled(bridge, path, serve, monkeypatch):
    monkeypatch.setattr(roles, 'UNLINKED', 60.0)
    server = serve()
    one = bridge(main_event={'path': path})
    accept(server).close()
    path.unlink()
    server.close()
    wait_for(lambda: one.values('main_event')['role'] == 'none: nobody serves it', 'the bridge to wait')
    with accept(serve()):
        one.wait_role('main_event', 'client')


def test_after_serving_pauses_start_anew(bridge, path, serve):
    server = serve()
    one = bridge(main_event={'path': path, 'role': 'server'})
    backoff = one.endpoints['main_event']._owner._backoff
    wait_for(lambda: backoff._next > path_owner.SHORTEST_PAUSE, 'a longer pause')
    path.unlink()
    server.close()
    one.wait_role('main_event', 'server')
    assert backoff._next == path_owner.SHORTEST_PAUSE


@pytest.mark.parametrize(('role', 'longest'), [('client', 2.0), ('server', 2.0), ('auto', 0.2)])
def test_a_bridge_that_may_have_to_serve_never_pauses_for_long(bridge, path, serve, role, longest):
    backoff = bridge(main_event={'path': path, 'role': role}).endpoints['main_event']._owner._backoff
    assert [backoff.failed() for _ in range(9)][-1] == longest


@pytest.mark.parametrize(('lasted', 'pause'), [(0.01, 0.4), (1.5, 0.0)])
def test_a_server_that_closes_at_once_is_not_connected_to_at_once(path, lasted, pause):
    pauses = []
    reactor = SimpleNamespace(call_later=lambda seconds, _: pauses.append(seconds))
    settings = check(EndpointSettings, {**defaults_of('main_event', ''), 'role': 'client'})
    owner = path_owner.PathOwner('main_event', path, settings, b'graph', None, reactor, Metrics(), logging.getLogger())
    for before in (0.0, 0.0, lasted):
        owner.lost(before)
    assert pauses == [0.1, 0.2, pause]
