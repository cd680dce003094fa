"""The worker: order, bound, faults, end."""

from __future__ import annotations

import threading

from gemma_events.worker import Ticker, Worker


def test_items_are_handled_in_order_and_a_fault_ends_nothing():
    handled, faults, done = [], [], threading.Event()

    def handle(item):
        if item == 'bad':
            raise ValueError(item)
        handled.append(item)
        if item == 'last':
            done.set()

    worker = Worker('test', handle, lambda item, error: faults.append((item, str(error))), limit=10)
    for item in ('first', 'bad', 'last'):
        assert worker.offer(item)
    assert done.wait(10)
    assert worker.close(10) == []
    assert (handled, faults) == (['first', 'last'], [('bad', 'bad')])


def test_a_full_queue_refuses_and_close_gives_back_what_waited():
    started, release = threading.Event(), threading.Event()

    def handle(_item):
        started.set()
        release.wait(10)

    worker = Worker('test', handle, lambda item, error: None, limit=2)
    assert worker.offer(0)
    assert started.wait(10)
    assert [worker.offer(item) for item in (1, 2, 3)] == [True, True, False]
    assert (len(worker), worker.refused) == (2, 1)
    assert worker.close(0.01) == [1, 2]
    assert not worker.offer(4)
    release.set()
    worker._thread.join(10)
    assert not worker._thread.is_alive()


def test_a_ticker_calls_until_it_is_closed_whatever_happens():
    ticks, faults, third = [], [], threading.Event()

    def tick():
        ticks.append(None)
        if len(ticks) == 3:
            third.set()
        raise ValueError(len(ticks))

    ticker = Ticker('ticker', 0.001, tick, lambda error: faults.append(str(error)))
    assert third.wait(10)
    assert faults[:2] == ['1', '2']
    ticker.close()
    assert not any(thread.name == 'ticker' for thread in threading.enumerate())
