"""What is kept for a server that is away."""
from __future__ import annotations

import pytest

from gemma_events.bridge.figures import Figures
from gemma_events.bridge.outbox import ORDINARY, Item
from gemma_events.bridge.uplink import Uplink


class Server:
    """A peer that takes all that it is given, until it is closed."""

    def __init__(self, unsent=()):
        self.got, self.unsent, self.writer = [], unsent, self

    def send(self, item, now):
        self.got.append(item.data)
        return True

    def close(self):
        return [item(data) for data in self.unsent]


def item(data, time=0.0):
    return Item(data, ORDINARY, time)


@pytest.fixture
def uplink():
    return Uplink(3, Figures())


def test_what_comes_before_a_server_and_after_it_goes_to_the_next_one(uplink):
    first, second = Server(unsent=[b'2']), Server()
    assert not uplink.send(item(b'1'), 0.0, awaited=True)
    uplink.connected(first, None)
    assert uplink.send(item(b'2'), 0.0, awaited=True)
    uplink.lost()
    uplink.send(item(b'3'), 0.0, awaited=True)
    assert uplink.kept() == 2
    uplink.connected(second, None)
    assert (first.got, second.got, uplink.kept()) == ([b'1', b'2'], [b'2', b'3'], 0)


@pytest.mark.parametrize(('state', 'expected'), [(b'state', [b'state', b'1']), (b'1', [b'1']), (None, [b'1'])])
def test_a_state_goes_first_unless_it_is_among_what_was_kept(uplink, state, expected):
    server = Server()
    uplink.send(item(b'1'), 0.0, awaited=True)
    uplink.connected(server, state and item(state))
    assert server.got == expected


@pytest.mark.parametrize('awaited', [True, False])
def test_what_is_dropped_counts_where_a_server_is_waited_for(awaited):
    figures = Figures()
    uplink = Uplink(2, figures)
    for number in range(5):
        uplink.send(item(b'x', time=number), 0.0, awaited=awaited)
    uplink.expire(before=4.0, awaited=awaited)
    dropped = {name: count for name, count in figures.values(0.0).items() if name.startswith('dropped')}
    assert dropped == ({'dropped_backlog_full': 3, 'dropped_too_old': 1} if awaited else {})
    assert uplink.kept() == 1


def test_a_smaller_limit_drops_the_oldest(uplink):
    server = Server()
    for data in (b'1', b'2', b'3'):
        uplink.send(item(data), 0.0, awaited=True)
    uplink.resize(1)
    uplink.connected(server, None)
    assert server.got == [b'3']
