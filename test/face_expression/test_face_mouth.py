"""How far the mouth is open, by what is played."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemma_events.events import SECOND
from gemma_events.face_expression.mouth import HOLD, LEVELS, PATTERN, PATTERN_STEP, STEP, Envelope, pattern

RATE = 22_050
NOW = 1_700_000_000 * SECOND
PIECE = RATE // 40  # 25 ms
MS = SECOND // 1000


def tone(seconds, amplitude=8000, rate=RATE):
    return np.rint(amplitude * np.sin(np.arange(round(seconds * rate)) * 0.3)).astype(np.int16)


def played(samples, start=NOW, rate=RATE, piece=PIECE, ahead=60 * MS, lost=()):
    """Piece by piece, each told `ahead` of the time at which it is heard."""
    envelope = Envelope()
    for number, first in enumerate(range(0, len(samples), piece)):
        stamp = start + first * SECOND // rate
        if number not in lost:
            envelope = envelope.after(stamp, rate, samples[first : first + piece], stamp - ahead)
    return envelope


def openings(envelope, start, end, every=5 * MS):
    return [envelope.opening(at) for at in range(start, end, every)]


def test_nothing_played_is_no_mouth_to_move():
    assert Envelope().opening(NOW) is None


def test_the_mouth_follows_the_sound_within_60_ms():
    """0.3 s of sound, 0.2 s of silence, again and again."""
    bursts = np.concatenate([part for _ in range(4) for part in (tone(0.3), np.zeros(RATE // 5, np.int16))])
    envelope = played(bursts)
    for burst in range(4):
        begin = NOW + burst * SECOND // 2
        assert min(openings(envelope, begin + 60 * MS, begin + 300 * MS)) > 0.3, 'open while it sounds'
        assert max(openings(envelope, begin + 330 * MS, begin + 500 * MS)) == 0, 'closed in the pause'
    assert openings(envelope, NOW - 60 * MS, NOW) == [0] * 12, 'not before it is heard'


def test_it_opens_the_wider_the_louder():
    samples = np.concatenate([tone(0.2, amplitude) for amplitude in (12000, 1500, 4000, 12000)])
    envelope = played(samples)
    loudest, low, middle, again = (envelope.opening(NOW + (100 + 200 * part) * MS) for part in range(4))
    assert low < middle < again == loudest == 1


def test_a_low_volume_opens_it_too():
    assert played(tone(0.2, 1000)).opening(NOW + 100 * MS) > 0.7


def test_noise_that_nobody_hears_does_not():
    assert played(tone(0.2, 60)).opening(NOW + 100 * MS) == 0


def test_after_the_end_the_mouth_is_the_expressions_again():
    envelope = played(tone(0.2))
    end = NOW + 200 * MS
    assert envelope.opening(end + HOLD - 10 * MS) == 0
    assert envelope.opening(end + HOLD) is None


def test_an_empty_piece_ends_what_was_played():
    envelope = played(tone(0.4), ahead=500 * MS)
    assert envelope.opening(NOW + 300 * MS) > 0
    paused = envelope.after(NOW + 200 * MS, RATE, tone(0), NOW + 190 * MS)
    assert paused.opening(NOW + 190 * MS) > 0
    assert paused.opening(NOW + 220 * MS) == 0


def test_lost_pieces_close_it_and_late_ones_come_in_their_place():
    envelope = played(tone(0.4), lost=(4, 5))
    assert envelope.opening(NOW + 125 * MS) == 0
    assert envelope.opening(NOW + 200 * MS) > 0
    late = envelope.after(NOW + 100 * MS, RATE, tone(0.05), NOW + 110 * MS)
    assert late.opening(NOW + 125 * MS) > 0


@pytest.mark.parametrize('back', [SECOND, 20 * SECOND, NOW])
def test_a_clock_that_is_set_back_begins_anew(back):
    """As a simulation that is reset does, or a recording that is played again."""
    envelope = played(tone(0.4)).after(NOW - back, RATE, tone(0.02), NOW - back)
    assert envelope.opening(NOW - back + 10 * MS) > 0
    assert envelope.opening(NOW - back + 30 * MS) == 0
    assert envelope.opening(NOW + 200 * MS) in (None, 0), 'what was to be heard then has been'


@pytest.mark.parametrize(
    'stamp, rate, length',
    [
        (NOW + 60 * SECOND, RATE, 100),
        (NOW - 60 * SECOND, RATE, 100),
        (0, RATE, 100),
        (NOW, 0, 100),
        (NOW, 1, 100),
        (NOW, 2**32 - 1, 100),
        (NOW, 8000, 8000 * 6),
    ],
)
def test_what_cannot_be_sound_that_is_being_played_is_refused(stamp, rate, length):
    envelope = Envelope().after(stamp, rate, np.ones(length, np.int16), NOW)
    assert (envelope.refused, envelope.opening(NOW)) == (1, None)


def test_it_does_not_grow():
    piece, envelope = tone(0.02), Envelope()
    for number in range(1000):
        stamp = NOW + number * 20 * MS
        envelope = envelope.after(stamp, RATE, piece, stamp)
    assert len(envelope.steps) <= 5 * SECOND // STEP + 2


@given(
    st.lists(
        st.tuples(
            st.integers(-2000, 6000),
            st.sampled_from([8000, 22050, 48000]),
            st.lists(st.integers(-32768, 32767), max_size=2000),
        ),
        max_size=8,
    ),
    st.integers(-2000, 8000),
)
@settings(max_examples=60)
def test_any_sound_opens_it_from_not_at_all_to_wide(pieces, at):
    envelope = Envelope()
    for offset, rate, samples in pieces:
        envelope = envelope.after(NOW + offset * MS, rate, np.array(samples, np.int16), NOW)
    opening = envelope.opening(NOW + at * MS)
    assert opening is None or (0 <= opening <= 1 and (opening * LEVELS).is_integer())
    assert list(envelope.steps) == sorted(envelope.steps)


def test_without_sound_it_moves_in_syllables():
    seen = [pattern(step * PATTERN_STEP) for step in range(len(PATTERN))]
    assert (min(seen), max(seen)) == (0, 1)
    assert all(one != other for one, other in itertools.pairwise(seen))
