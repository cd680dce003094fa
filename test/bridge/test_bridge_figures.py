from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemma_events.bridge.figures import Figures, Latencies


@given(st.floats(1e-6, 1000.0))
def test_a_latency_is_told_to_an_eighth(seconds):
    latencies = Latencies()
    latencies.add(seconds, now=0.0)
    [told] = latencies.percentiles(0.0, 0.5) or []
    assert seconds - 2e-6 <= told <= seconds * 1.13 + 2e-6


def test_percentiles():
    latencies = Latencies()
    for number in range(1000):
        latencies.add(number * 1e-3, now=1.0)
    p50, p99 = latencies.percentiles(1.0, 0.5, 0.99) or []
    assert p50 == pytest.approx(0.5, rel=0.13)
    assert p99 == pytest.approx(0.99, rel=0.13)


def test_only_the_last_minute_counts():
    latencies = Latencies()
    latencies.add(1.0, now=0.0)
    latencies.add(0.001, now=55.0)
    assert (latencies.percentiles(55.0, 1.0) or [0])[0] > 0.9
    assert (latencies.percentiles(75.0, 1.0) or [1])[0] < 0.1
    assert latencies.percentiles(200.0, 0.5) is None


def test_memory_is_constant():
    latencies = Latencies()
    for second in range(10_000):
        latencies.add(0.001, now=float(second))
    assert len(latencies._slots) <= 7


def test_counts_by_name():
    figures = Figures()
    figures.received(100, 2, now=1.0)
    figures.sent(3, 50, 0.002, now=2.0)
    figures.count('unrecognised')
    figures.count('ignored', 3)
    values = figures.values(now=4.0)
    assert {
        name: values[name]
        for name in ('events_in', 'bytes_in', 'events_out', 'bytes_out', 'unrecognised', 'ignored', 'last_event_age_s')
    } == {
        'events_in': 2,
        'bytes_in': 100,
        'events_out': 3,
        'bytes_out': 150,
        'unrecognised': 1,
        'ignored': 3,
        'last_event_age_s': 2.0,
    }
    assert values['latency_p50_ms'] == pytest.approx(2, rel=0.13)
