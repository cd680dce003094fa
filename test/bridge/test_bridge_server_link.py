"""What is kept for a server that is away."""

from __future__ import annotations

import pytest

from gemma_events.bridge.metrics import Metrics
from gemma_events.bridge.send_queue import Item
from gemma_events.bridge.server_link import ServerLink
from gemma_events.bridge.wire.codec import Importance

FIRST, SECOND = (1, 1, 1), (1, 2, 2)


class Server:
    """A peer that takes all that it is given, until it is closed."""

    def __init__(self, unsent=()):
        self.got, self.items, self.unsent, self.writer = [], [], unsent, self

    def send(self, item, now):
        self.got.append(item.data)
        self.items.append(item)
        return True

    def close(self, alive):
        return [one for one in self.items if one.data in self.unsent][alive:]


def item(data, time=0.0):
    return Item(data, Importance.ORDINARY, time)


def create(limit=3, metrics=None, expected=True, awaited=True):
    return ServerLink(limit, metrics or Metrics(), expected=expected, awaited=lambda: awaited)


@pytest.fixture
def server_link():
    return create()


def test_what_comes_before_a_server_and_after_it_goes_to_the_next_one(server_link):
    first, second = Server(unsent=[b'2']), Server()
    assert not server_link.send(item(b'1'), 0.0, is_state=False)
    server_link.connected(first, FIRST, None)
    assert server_link.send(item(b'2'), 0.0, is_state=False)
    server_link.lost(alive=False)
    server_link.send(item(b'3'), 0.0, is_state=False)
    assert server_link.kept() == 2
    server_link.connected(second, SECOND, None)
    assert (first.got, second.got, server_link.kept()) == ([b'1', b'2'], [b'2', b'3'], 0)


@pytest.mark.parametrize(('state', 'expected'), [(b'state', [b'state', b'1']), (b'1', [b'1']), (None, [b'1'])])
def test_a_state_goes_first_unless_it_is_among_what_was_kept(server_link, state, expected):
    server = Server()
    server_link.send(item(b'1'), 0.0, is_state=False)
    server_link.connected(server, FIRST, state and item(state))
    assert server.got == expected


def test_a_server_that_lost_its_place_takes_what_is_under_way(server_link):
    first, second = Server(unsent=[b'1', b'2']), Server()
    server_link.connected(first, FIRST, None)
    for data in (b'1', b'2'):
        server_link.send(item(data), 0.0, is_state=False)
    server_link.lost(alive=True)
    server_link.connected(second, SECOND, None)
    assert second.got == [b'2']


def test_a_server_that_hangs_up_after_each_event_gets_a_state_once(server_link):
    server, other = Server(), Server()
    server_link.connected(server, FIRST, item(b'old'))
    server_link.send(item(b'new'), 0.0, is_state=True)
    for _ in range(3):
        server_link.lost(alive=False)
        server_link.connected(server, FIRST, item(b'new'))
    assert server.got == [b'old', b'new']
    server_link.lost(alive=False)
    server_link.connected(other, SECOND, item(b'new'))
    assert other.got == [b'new']


def test_what_one_server_has_taken_is_not_for_the_next(server_link):
    first, second = Server(), Server()
    server_link.connected(first, FIRST, None)
    server_link.send(item(b'1'), 0.0, is_state=False)
    server_link.lost(alive=False)
    server_link.connected(second, SECOND, None)
    assert second.got == []


@pytest.mark.parametrize('awaited', [True, False])
def test_what_is_dropped_counts_where_a_server_is_waited_for(awaited):
    metrics = Metrics()
    server_link = create(2, metrics, awaited=awaited)
    for number in range(5):
        server_link.send(item(b'x', time=number), 0.0, is_state=False)
    server_link.expire(5.0, age=1.0)
    dropped = {name: count for name, count in metrics.values(0.0).items() if name.startswith('dropped')}
    assert dropped == ({'dropped_backlog_full': 3, 'dropped_too_old': 1} if awaited else {})
    assert server_link.kept() == 1


@pytest.mark.parametrize(('expected', 'left'), [(True, 3), (False, 1)])
def test_a_server_that_is_not_expected_gets_only_what_it_missed_unnoticed(expected, left):
    server_link = create(expected=expected)
    for time in (1.0, 2.0, 9.0):
        server_link.send(item(b'x', time), 0.0, is_state=False)
    server_link.expire(10.0, age=10.0)
    assert server_link.kept() == left
    server_link.clear()
    assert server_link.kept() == 0


def test_a_smaller_limit_drops_the_oldest(server_link):
    server = Server()
    for data in (b'1', b'2', b'3'):
        server_link.send(item(data), 0.0, is_state=False)
    server_link.resize(1)
    server_link.connected(server, FIRST, None)
    assert server.got == [b'3']
