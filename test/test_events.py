"""Events, their times, and settings: pure."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemma_events.errors import ConfigurationError
from gemma_events.events import SECOND, from_seconds, to_seconds
from gemma_events.settings import changed, check, describe, setting


@pytest.mark.parametrize(
    'seconds, nanoseconds',
    [(0.0, 0), (2.31, 2_310_000_000), (1704110400.0, 1704110400 * SECOND), (-0.5, -500_000_000), (1e-10, 0)],
)
def test_seconds_become_nanoseconds(seconds, nanoseconds):
    assert from_seconds(seconds) == nanoseconds


@given(st.floats(min_value=1e-3, max_value=2**31))
def test_a_time_stamp_of_the_wire_comes_back_to_the_bit(seconds):
    assert to_seconds(from_seconds(seconds)) == pytest.approx(seconds, abs=5e-10, rel=0)
    if seconds > 2**24:  # where floats are coarser than nanoseconds, as today's time stamps are
        assert to_seconds(from_seconds(seconds)) == seconds


@dataclass(frozen=True)
class Example:
    hangover_ms: int = setting(700, 'silence that ends an utterance', unit='ms', low=60, high=5000, live=True)
    vad: str = setting('webrtc', 'the detector', choices=('webrtc', 'silero'))


def test_defaults_and_values():
    assert check(Example, {}) == Example(700, 'webrtc')
    assert check(Example, {'vad': 'silero'}) == Example(700, 'silero')
    assert changed(Example(), Example(hangover_ms=60)) == {'hangover_ms'}
    assert describe(Example)['hangover_ms'][1].sentence() == 'silence that ends an utterance [ms]'


@pytest.mark.parametrize(
    'values, hint',
    [({'hangover_ms': 59}, '60 to 5000 ms'), ({'hangover_ms': 5001}, '60 to 5000 ms'), ({'vad': 'ear'}, "'silero'")],
)
def test_a_bad_value_says_what_it_takes(values, hint):
    with pytest.raises(ConfigurationError, match=hint):
        check(Example, values)
