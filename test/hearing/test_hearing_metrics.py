"""What the diagnostics say in figures."""

from __future__ import annotations

from gemma_events.hearing.metrics import ListenerMetrics, RecognitionMetrics


def test_shares_of_nothing():
    assert ListenerMetrics().values(0.0)['speech share'] == '0.00'
    assert ListenerMetrics().values(0.0)['detection p50/p95 s'] == '0.000/0.000'
    assert RecognitionMetrics().values(0.0)['real-time factor'] == '0.00'


def test_the_real_time_factor_is_work_for_a_second_of_sound():
    metrics = RecognitionMetrics()
    for sound, work in ((1.0, 1.0), (3.0, 1.0)):
        metrics.add(sound, work, 0.0)
    assert metrics.values(0.0)['real-time factor'] == '0.50'


def test_percentiles_are_about_the_last_ten_minutes():
    metrics = RecognitionMetrics()
    metrics.add(1.0, 8.0, 0.0)
    for _ in range(9):
        metrics.add(1.0, 0.5, 500.0)
    half, most = (float(part) for part in str(metrics.values(500.0)['recognition p50/p95 s']).split('/'))
    assert (round(half, 1), round(most)) == (0.5, 8)
    assert metrics.values(2000.0)['recognition p50/p95 s'] == '0.000/0.000'


def test_noise_share():
    metrics = ListenerMetrics(frames=200, speech_frames=50, noise_frames=20)
    assert metrics.values(0.0)['noise share'] == '0.10'
