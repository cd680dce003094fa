"""What a loudspeaker plays block by block, with pauses anywhere: nothing is lost, and nothing clicks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemma_events.action_output.speech.playout import FADE, REWIND, Playout, quiet_spot

RATE = 8000
BLOCK = 160  # 20 ms
LATENCY = 480


def tone(seconds, loudness=9000, frequency=200):
    return (loudness * np.sin(2 * np.pi * frequency * np.arange(round(seconds * RATE)) / RATE)).astype(np.int16)


def silence(seconds):
    return np.zeros(round(seconds * RATE), np.int16)


def words(*lengths, gap=0.06):
    return np.concatenate([part for length in lengths for part in (tone(length), silence(gap))])


def play(playout, blocks, paused=(), size=BLOCK):
    """What so many blocks hold, with a pause in those numbers."""
    out = np.ones((blocks, size), np.int16)
    for number in range(blocks):
        playout.fill(out[number], number in paused)
    return out.reshape(-1)


def fed(*sounds, finish=True):
    playout = Playout(RATE)
    for sound in sounds:
        playout.feed(sound)
    if finish:
        playout.finish()
    return playout


@given(st.lists(st.integers(0, 500), max_size=8), st.lists(st.integers(1, 700), min_size=1, max_size=8))
def test_whatever_the_pieces_and_the_blocks_the_sound_is_the_same(lengths, sizes):
    sounds = [np.arange(1, length + 1, dtype=np.int16) for length in lengths]
    playout, out = fed(*sounds), []
    while not playout.over(0) or not out:
        for size in sizes:
            out.append(np.ones(size, np.int16))
            playout.fill(out[-1], False)
    whole, heard = np.concatenate([*sounds, np.empty(0, np.int16)]), np.concatenate(out)
    assert playout.heard(0) == playout.fed == len(whole)
    assert np.array_equal(heard[: len(whole)], whole)
    assert not heard[len(whole) :].any()


@given(st.sets(st.integers(0, 120), max_size=9), st.lists(st.integers(1, 4000), max_size=4), st.integers(60, 500))
def test_pauses_anywhere_lose_nothing_and_do_not_click(begins, lengths, size):
    source = np.arange(1, 1 + sum(lengths), dtype=np.int16)  # whose samples can be told apart; as good as silent
    playout = fed(*np.split(source, np.cumsum(lengths)[:-1]) if lengths else ())
    paused = {begin + more for begin in begins for more in range(3)}  # longer than it takes to fade
    positions, heard, softened = [0], [], set()
    while not playout.over(LATENCY):
        number, block = len(heard), np.ones(size, np.int16)
        if number in paused and number - 1 not in paused:
            softened |= set(range(positions[-1], positions[-1] + 160))
        playout.fill(block, number in paused)
        heard.append(block)
        positions.append(playout.heard(0))
    assert positions == sorted(positions)
    assert positions[-1] == len(source), 'all has been heard'
    assert set(source) - set(np.concatenate([[0], *heard])) <= softened


@given(st.sets(st.integers(0, 120)), st.lists(st.floats(0.02, 0.5), min_size=1, max_size=5), st.integers(60, 500))
def test_pauses_of_any_length_do_not_click(paused, lengths, size):
    source = words(*lengths)
    out = play(fed(*np.array_split(source, 3)), 300, paused, size).astype(int)
    steepest = np.abs(np.diff(source.astype(int))).max()
    assert np.abs(np.diff(out)).max() <= steepest + 9000 / (FADE * RATE) + 2


@pytest.mark.parametrize('at', [0.1, 0.25, 0.33, 0.5, 0.7])
def test_it_is_silent_a_fade_after_the_pause_and_stays_so(at):
    first = round(at * RATE / BLOCK)
    out = play(fed(tone(1)), 60, range(first, 60))
    end = first * BLOCK + round(FADE * RATE)
    assert out[first * BLOCK : end].any()
    assert not out[end:].any()


def test_it_goes_on_at_the_beginning_of_the_word_that_was_cut():
    source = words(0.3, 0.3, 0.3)
    out = play(fed(source), 100, range(28, 60))  # the pause begins 0.56 s: in the second word, which begins at 0.36
    again = out[60 * BLOCK :]
    begin = round(0.36 * RATE)
    assert np.array_equal(np.trim_zeros(again), np.trim_zeros(source[begin:]))


def test_a_pause_between_words_repeats_nothing():
    source = words(0.3, 0.3)
    out = play(fed(source), 100, range(16, 40))  # at 0.32
    assert np.array_equal(out[out != 0], source[source != 0])


def test_a_short_pause_that_is_over_before_the_fade_just_goes_on():
    playout = fed(tone(1))
    out = play(playout, 400, {5}, size=20)
    assert np.abs(out[:RATE]).astype(int).max() > 8900
    assert playout.over(0)
    assert np.array_equal(out[200:RATE], tone(1)[200:])


def test_what_was_heard_whole_is_not_repeated_where_more_is_to_come():
    playout = fed(tone(0.4), finish=False)
    play(playout, 30)
    assert not play(playout, 10, range(10)).any()
    playout.feed(tone(0.1))
    playout.finish()
    assert np.count_nonzero(play(playout, 20)) <= 800


def test_paused_before_it_begins_it_waits_and_then_begins_with_the_first_sample():
    playout = fed(tone(0.2))
    assert not play(playout, 5, range(5)).any()
    assert playout.silent
    assert playout.heard(0) == 0
    out = play(playout, 30)
    assert np.array_equal(out[80:1600], tone(0.2)[80:])


def test_what_was_heard_lags_by_the_latency():
    playout = fed(tone(1))
    play(playout, 10)
    assert playout.heard(0) == 10 * BLOCK
    assert playout.heard(LATENCY) == 10 * BLOCK - LATENCY
    assert playout.heard(10 * BLOCK) == 0
    assert playout.heard(20 * BLOCK) == 0
    play(playout, 6, range(6))  # pauses: what the device holds is still heard
    assert playout.heard(LATENCY) == 10 * BLOCK + round(FADE * RATE)


def test_fill_says_whether_it_goes_on():
    playout, block = fed(tone(0.02), finish=False), np.empty(BLOCK, np.int16)
    assert [playout.fill(block, paused) for paused in (True, False, False, True)] == [False, True, True, False]
    playout.feed(tone(0.02))
    playout.finish()
    assert [playout.fill(block, False) for _ in range(2)] == [True, False]


@pytest.mark.parametrize(
    'sound, seconds',
    [
        (words(0.1, 0.1, gap=0.05), 0.3),  # ends in silence
        (np.concatenate([tone(0.2), silence(0.03), tone(0.05)]), 0.215),
        (np.concatenate([tone(0.1), tone(0.02, 500), tone(0.1)]), 0.11),
        (np.concatenate([silence(0.05), tone(0.1), silence(0.05), tone(0.1)]), 0.195),  # the last one
        (tone(0.3), 0.29),  # nowhere quiet
        (tone(0.005), 0.005),
        (silence(0), 0),
    ],
)
def test_the_quiet_spot(sound, seconds):
    assert quiet_spot(sound, RATE) / RATE == pytest.approx(seconds, abs=0.016)


def test_it_never_goes_back_by_more_than_its_limit():
    playout = fed(np.concatenate([silence(0.1), tone(2)]))
    play(playout, 60)
    play(playout, 3, range(3))
    before = playout.heard(0)
    left = len(np.trim_zeros(play(playout, 200)))
    assert before + left - playout.fed <= REWIND * RATE + BLOCK
