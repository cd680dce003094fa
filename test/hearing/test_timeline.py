"""When samples were captured: jitter, bursts, gaps, drift, and clocks that are set."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemma_events.events import SECOND
from gemma_events.hearing.frames import NANOSECONDS_PER_SAMPLE
from gemma_events.hearing.timeline import Timeline, captured

MILLISECOND = SECOND // 1000
CHUNK = 960  # samples, 60 ms
START = 10**18


def arrive(lateness, chunk=CHUNK, timeline=None):
    """Anchor a chunk for each lateness, in milliseconds; by how many ms each one's stamp is wrong."""
    timeline, errors = timeline or Timeline(), []
    for number, late in enumerate(lateness):
        true = START + number * chunk * NANOSECONDS_PER_SAMPLE
        timeline.anchor(number * chunk, true + round(late * MILLISECOND))
        errors.append((timeline.stamp(number * chunk) - true) / MILLISECOND)
    return errors


def test_time_is_unknown_before_the_first_chunk():
    assert Timeline().stamp(480) == 0


def test_time_is_unknown_until_the_clock_is_known():
    timeline = Timeline()
    timeline.anchor(0, captured(0, CHUNK, 16_000))
    assert timeline.stamp(0) == 0
    timeline.anchor(CHUNK, captured(7 * SECOND, CHUNK, 16_000))
    assert timeline.stamp(2 * CHUNK) == 7 * SECOND


def test_sound_from_before_simulated_time_began_has_no_stamp():
    timeline = Timeline()
    timeline.anchor(0, captured(SECOND // 100, CHUNK, 16_000))
    assert (timeline.stamp(0), timeline.stamp(16_000)) == (0, 950 * MILLISECOND)


def test_jitter_of_single_chunks_is_left_out():
    timeline, rng = Timeline(), np.random.default_rng(1)
    for n in range(1000):
        timeline.anchor(n * 480, 5 * SECOND + n * 30_000_000 + int(rng.uniform(0, 20_000_000)))
    assert timeline.stamp(480_000) == pytest.approx(35 * SECOND, abs=3_000_000)


@pytest.mark.uncounted
def test_drift_of_a_device_over_an_hour_is_followed():
    for drift in (1 + 100e-6, 1 - 100e-6):
        timeline = Timeline()
        for n in range(120_000):
            timeline.anchor(n * 480, round(n * 30_000_000 * drift))
        end = 120_000 * 480
        assert timeline.stamp(end) == pytest.approx(end * NANOSECONDS_PER_SAMPLE * drift, abs=1_000_000)


@pytest.mark.parametrize('jump', [-3600, -30, -1, 1, 30, 3600])
def test_a_clock_that_jumps_is_followed_at_once(jump):
    timeline = Timeline()
    timeline.anchor(0, 10_000 * SECOND)
    timeline.anchor(480, (10_000 + jump) * SECOND)
    assert timeline.stamp(480) == (10_000 + jump) * SECOND


@pytest.mark.parametrize('chunk', [160, 480, 960])
@pytest.mark.parametrize('step', [-900, -50, 50, 900])
def test_a_small_step_of_the_clock_is_followed_soon(step, chunk):
    errors = arrive([0] * 50 + [step] * 50, chunk)
    steps = 4 * CHUNK // chunk
    assert errors[:50] == [0] * 50
    assert errors[50 + steps :] == [step] * (50 - steps)


@pytest.mark.parametrize('chunk', [160, 480, 960])
@pytest.mark.parametrize('held_up', [100, 500, 700])
def test_a_burst_after_something_was_held_up_changes_nothing(held_up, chunk):
    length = chunk / 16
    burst = [held_up - n * length for n in range(int(held_up / length))]
    assert set(arrive([0] * 50 + burst + [0] * 50, chunk)) == {0}


def test_the_first_chunk_may_come_late():
    """As in a burst that was held up while a model was loaded."""
    assert arrive([400, 340, 280, 220, 160, 100, 40, 0, 0])[-2:] == [0, 0]


def test_sound_that_was_lost_is_no_jitter():
    """What comes later and stays late: a device that was starved for 0.3 s."""
    assert arrive([0] * 50 + [300] * 4)[-1] == 300


@given(st.lists(st.integers(0, 40), min_size=5, max_size=100))
def test_stamps_are_as_good_as_the_chunks_whatever_comes(lateness):
    errors = arrive(lateness)
    assert all(min(lateness) <= error <= 40 for error in errors)


def test_what_lies_between_two_sounds_does_not_depend_on_the_clock():
    timeline = Timeline(7 * SECOND)
    timeline.anchor(0, START)
    timeline.anchor(16_000, START - 30 * SECOND)
    assert timeline.steady(16_000) - timeline.steady(0) == SECOND
