"""What diagnostics tell in metrics."""

from __future__ import annotations

import pytest

from gemma_events.hearing.metrics import HISTORY, Heard, Recognised, Times


@pytest.mark.parametrize(
    ('seconds', 'half', 'most'),
    [([], 0, 0), ([3], 3, 3), ([1, 2], 2, 2), (range(100), 50, 95), ([9] * 50 + [1] * HISTORY, 1, 1)],
)
def test_within_what_time_most_is_done(seconds, half, most):
    times = Times()
    for one in seconds:
        times.add(one)
    assert (times.within(0.5), times.within(0.95)) == (half, most)


def test_shares_of_nothing():
    assert Heard().values()['speech share'] == '0.00'
    assert Recognised().values()['real-time factor'] == '0.00'


def test_the_real_time_factor_is_work_for_a_second_of_sound():
    metrics = Recognised()
    for sound, work in ((1.0, 1.0), (3.0, 1.0)):
        metrics.add(sound, work)
    assert metrics.values()['real-time factor'] == '0.50'
    assert metrics.values()['recognition p50/p95 s'] is metrics.work


def test_noise_share():
    assert Heard(frames=200, speech_frames=50, noise_frames=20).values()['noise share'] == '0.10'
