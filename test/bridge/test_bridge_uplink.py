"""What is kept for a server that is away."""

from __future__ import annotations

import pytest

from gemma_events.bridge.figures import Figures
from gemma_events.bridge.outbox import ORDINARY, Item
from gemma_events.bridge.uplink import Uplink

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
    return Item(data, ORDINARY, time)


def create(limit=3, figures=None, expected=True, awaited=True):
    return Uplink(limit, figures or Figures(), expected=expected, awaited=lambda: awaited)


@pytest.fixture
def uplink():
    return create()


def test_what_comes_before_a_server_and_after_it_goes_to_the_next_one(uplink):
    first, second = Server(unsent=[b'2']), Server()
    assert not uplink.send(item(b'1'), 0.0, is_state=False)
    uplink.connected(first, FIRST, None)
    assert uplink.send(item(b'2'), 0.0, is_state=False)
    uplink.lost(alive=False)
    uplink.send(item(b'3'), 0.0, is_state=False)
    assert uplink.kept() == 2
    uplink.connected(second, SECOND, None)
    assert (first.got, second.got, uplink.kept()) == ([b'1', b'2'], [b'2', b'3'], 0)


@pytest.mark.parametrize(('state', 'expected'), [(b'state', [b'state', b'1']), (b'1', [b'1']), (None, [b'1'])])
def test_a_state_goes_first_unless_it_is_among_what_was_kept(uplink, state, expected):
    server = Server()
    uplink.send(item(b'1'), 0.0, is_state=False)
    uplink.connected(server, FIRST, state and item(state))
    assert server.got == expected


def test_a_server_that_lost_its_place_takes_what_is_under_way(uplink):
    first, second = Server(unsent=[b'1', b'2']), Server()
    uplink.connected(first, FIRST, None)
    for data in (b'1', b'2'):
        uplink.send(item(data), 0.0, is_state=False)
    uplink.lost(alive=True)
    uplink.connected(second, SECOND, None)
    assert second.got == [b'2']


def test_a_server_that_hangs_up_after_each_event_is_told_a_state_once(uplink):
    server, other = Server(), Server()
    uplink.connected(server, FIRST, item(b'old'))
    uplink.send(item(b'new'), 0.0, is_state=True)
    for _ in range(3):
        uplink.lost(alive=False)
        uplink.connected(server, FIRST, item(b'new'))
    assert server.got == [b'old', b'new']
    uplink.lost(alive=False)
    uplink.connected(other, SECOND, item(b'new'))
    assert other.got == [b'new']


def test_what_one_server_has_taken_is_not_for_the_next(uplink):
    first, second = Server(), Server()
    uplink.connected(first, FIRST, None)
    uplink.send(item(b'1'), 0.0, is_state=False)
    uplink.lost(alive=False)
    uplink.connected(second, SECOND, None)
    assert second.got == []


@pytest.mark.parametrize('awaited', [True, False])
def test_what_is_dropped_counts_where_a_server_is_waited_for(awaited):
    figures = Figures()
    uplink = create(2, figures, awaited=awaited)
    for number in range(5):
        uplink.send(item(b'x', time=number), 0.0, is_state=False)
    uplink.expire(5.0, age=1.0)
    dropped = {name: count for name, count in figures.values(0.0).items() if name.startswith('dropped')}
    assert dropped == ({'dropped_backlog_full': 3, 'dropped_too_old': 1} if awaited else {})
    assert uplink.kept() == 1


@pytest.mark.parametrize(('expected', 'left'), [(True, 3), (False, 1)])
def test_who_is_not_expected_gets_only_what_it_misses_unnoticed(expected, left):
    uplink = create(expected=expected)
    for time in (1.0, 2.0, 9.0):
        uplink.send(item(b'x', time), 0.0, is_state=False)
    uplink.expire(10.0, age=10.0)
    assert uplink.kept() == left
    uplink.clear()
    assert uplink.kept() == 0


def test_a_smaller_limit_drops_the_oldest(uplink):
    server = Server()
    for data in (b'1', b'2', b'3'):
        uplink.send(item(data), 0.0, is_state=False)
    uplink.resize(1)
    uplink.connected(server, FIRST, None)
    assert server.got == [b'3']
