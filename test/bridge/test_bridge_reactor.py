"""The reactor's thread, and what others hand to it."""

from __future__ import annotations

import os
import threading

import pytest
from bridging import ask

from gemma_events.bridge.reactor import BATCH, Inbox, Reactor
from harness import wait_for


@pytest.fixture
def faults():
    return []


@pytest.fixture
def reactor(faults):
    reactor = Reactor('test reactor', faults.append)
    yield reactor
    reactor.stop()
    reactor.close()


def test_what_is_posted_runs_in_its_thread_and_in_order(reactor):
    called = []
    for number in range(3):
        reactor.post(lambda number=number: called.append((number, threading.current_thread().name)))
    reactor.start()
    reactor.post(lambda: called.append((3, threading.current_thread().name)))
    wait_for(lambda: len(called) == 4, 'the calls')
    assert called == [(number, 'test reactor') for number in range(4)]


def test_what_many_threads_post_is_all_called(reactor):
    called = []
    reactor.start()

    def post():
        for _ in range(1000):
            reactor.post(lambda: called.append(None))

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ask(reactor, lambda: len(called)) == 4000


def test_a_callback_that_fails_ends_nothing(reactor, faults):
    reactor.start()
    reactor.post(lambda: 1 / 0)
    assert ask(reactor, lambda: 'still there') == 'still there'
    assert [type(fault) for fault in faults] == [ZeroDivisionError]


def test_posting_when_it_has_ended_harms_nobody(faults):
    reactor = Reactor('test reactor', faults.append)
    reactor.start()
    reactor.stop()
    reactor.close()
    others = os.eventfd(0)  # which may have the number of the one that was closed
    reactor.post(lambda: None)
    with pytest.raises(BlockingIOError):
        os.set_blocking(others, False)
        os.eventfd_read(others)
    os.close(others)


def test_timers_come_in_their_order_unless_cancelled(reactor):
    called = []
    reactor.call_later(0.02, lambda: called.append('late'))
    reactor.call_later(0.0, lambda: called.append('early'))
    reactor.call_later(0.01, lambda: called.append('never')).cancel()
    reactor.start()
    wait_for(lambda: len(called) == 2, 'the timers')
    assert called == ['early', 'late']


# --- inboxes ---------------------------------------------------------------------------------------


def test_a_full_inbox_drops_the_oldest_and_counts_them(reactor):
    taken = []
    inbox = Inbox(3, taken.append, reactor)
    for number in range(5):
        inbox.put(number)
    reactor.start()
    wait_for(lambda: len(taken) == 3, 'the items')
    assert (taken, inbox.dropped, len(inbox)) == ([2, 3, 4], 2, 0)


def test_an_item_that_fails_takes_no_other_with_it(reactor, faults):
    taken = []

    def take(item):
        taken.append(1 / item)

    inbox = Inbox(10, take, reactor)
    for item in (1, 0, 2):
        inbox.put(item)
    reactor.start()
    wait_for(lambda: len(taken) == 2, 'the others')
    assert [type(fault) for fault in faults] == [ZeroDivisionError]


def test_a_busy_inbox_lets_the_others_have_their_turn(reactor):
    taken = []
    busy, other = (Inbox(10 * BATCH, taken.append, reactor) for _ in range(2))
    read, write = os.pipe()

    def readable():
        taken.append(os.read(read, 1))

    reactor.add_reader(read, readable)
    for _ in range(3 * BATCH):
        busy.put('busy')
    other.put('other')
    os.write(write, b'x')
    reactor.start()
    wait_for(lambda: len(taken) == 3 * BATCH + 2, 'all')
    assert taken.index('other') == BATCH
    assert taken.index(b'x') <= BATCH + 1
    os.close(read)
    os.close(write)
