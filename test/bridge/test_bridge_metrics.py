from __future__ import annotations

import pytest

from gemma_events.bridge.metrics import Metrics


def test_counts_by_name():
    metrics = Metrics()
    metrics.received(100, 2, now=1.0)
    metrics.sent(3, 50, 0.002, now=2.0)
    metrics.count('unrecognised')
    metrics.count('ignored', 3)
    for waiting in (1, 2, 1):
        metrics.queued(waiting)
    values = metrics.values(now=4.0)
    assert {
        name: values[name]
        for name in (
            'events_in',
            'bytes_in',
            'events_out',
            'bytes_out',
            'unrecognised',
            'ignored',
            'queue_high_water',
            'last_event_age_s',
        )
    } == {
        'events_in': 2,
        'bytes_in': 100,
        'events_out': 3,
        'bytes_out': 150,
        'unrecognised': 1,
        'ignored': 3,
        'queue_high_water': 2,
        'last_event_age_s': 2.0,
    }
    assert values['latency_p50_ms'] == pytest.approx(2, rel=0.13)
