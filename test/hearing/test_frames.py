"""Frames out of chunks of any size, and the time at which samples were captured."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemma_events.events import SECOND
from gemma_events.hearing.frames import FRAME_SAMPLES, NANOSECONDS_PER_SAMPLE, Framer, Timeline, mono, to_int16


@given(st.lists(st.integers(0, 2000), max_size=20))
def test_chunks_of_any_size_give_the_same_frames(sizes):
    sound = np.arange(sum(sizes)).astype(np.int16)
    framer, frames = Framer(), []
    for chunk in np.split(sound, np.cumsum(sizes)[:-1]) if sizes else []:
        frames += framer.feed(chunk)
    frames += framer.flush()
    assert [frame.position for frame in frames] == list(range(0, len(sound), FRAME_SAMPLES))
    joined = np.concatenate([frame.samples for frame in frames] or [np.empty(0, np.int16)])
    assert np.array_equal(joined[: len(sound)], sound)
    assert not joined[len(sound) :].any()


def test_a_frame_does_not_change_with_the_chunk_it_came_in():
    chunk = np.ones(FRAME_SAMPLES // 2, np.int16)
    framer = Framer()
    assert not list(framer.feed(chunk))
    chunk[:] = 7
    (frame,) = framer.feed(np.ones(FRAME_SAMPLES // 2, np.int16))
    assert set(frame.samples) == {1}


@pytest.mark.parametrize(
    ('value', 'expected'),
    [
        (0.0, 0),
        (0.5, 16384),
        (1.0, 32767),
        (-1.0, -32768),
        (7.0, 32767),
        (-7.0, -32768),
        (float('nan'), 0),
        (float('inf'), 32767),
        (float('-inf'), -32768),
    ],
)
def test_floats_become_16_bits(value, expected):
    assert to_int16(np.array([value], np.float32))[0] == expected


@pytest.mark.parametrize(('channel', 'expected'), [(0, 2.0), (1, 1.0), (3, 3.0), (64, 3.0)])
def test_one_channel_or_the_mean(channel, expected):
    assert mono(np.array([[1.0], [2.0], [3.0]]), channel)[0] == expected


def test_time_is_unknown_before_the_first_chunk():
    assert Timeline().stamp(480) == 0


def test_jitter_of_single_chunks_is_averaged_out():
    timeline, rng = Timeline(), np.random.default_rng(1)
    for n in range(1000):
        timeline.anchor(n * 480, 5 * SECOND + n * 30_000_000 + int(rng.uniform(0, 20_000_000)))
    assert timeline.stamp(480_000) == pytest.approx(35 * SECOND + 10_000_000, abs=3_000_000)


def test_drift_of_a_device_over_an_hour_is_followed():
    timeline, drift = Timeline(), 1 + 100e-6
    for n in range(120_000):
        timeline.anchor(n * 480, round(n * 30_000_000 * drift))
    end = 120_000 * 480
    assert timeline.stamp(end) == pytest.approx(end * NANOSECONDS_PER_SAMPLE * drift, abs=1_000_000)


@pytest.mark.parametrize('jump', [-3600, -1, 1, 3600])
def test_a_clock_that_jumps_is_followed_at_once(jump):
    timeline = Timeline()
    timeline.anchor(0, 10_000 * SECOND)
    timeline.anchor(480, (10_000 + jump) * SECOND)
    assert timeline.stamp(480) == (10_000 + jump) * SECOND
