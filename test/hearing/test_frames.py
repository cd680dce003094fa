"""Frames out of chunks of any size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemma_events.hearing.frames import FRAME_SAMPLES, Framer, mono, to_int16


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
