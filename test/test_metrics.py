from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemma_events.metrics import Latencies


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
