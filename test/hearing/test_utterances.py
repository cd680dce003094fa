"""The state machine: which frames of speech make which utterances."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sounds import frame, to_frames

from gemma_events.hearing.frames import FRAME_SAMPLES, Framer
from gemma_events.hearing.utterances import (
    Ongoing,
    Paused,
    Resumed,
    Segmenter,
    Started,
    Stopped,
    UtteranceSettings,
)

# frames: 6 of the last 10 start an utterance, a hangover of 20, 8 until it may be over, 5 of pre-roll
SETTINGS = UtteranceSettings(
    onset_window_ms=300,
    onset_ratio=0.6,
    hangover_ms=600,
    early_ms=240,
    pre_roll_ms=150,
    min_speech_ms=210,
    max_speech_ms=30_000,
)


def run(pattern, settings=SETTINGS, level=None):
    """What happens, each with the number of the frame at which it became known; a pattern like '4. 8# 30.'."""
    speech = [
        kind == '#' for count, kind in ((int(part[:-1]), part[-1]) for part in pattern.split()) for _ in range(count)
    ]
    segmenter, known = Segmenter(lambda: settings), []
    for number, is_speech in enumerate(speech):
        samples = level(number) if level else number
        known += [(number, event) for event in segmenter.feed(frame(number, samples), is_speech)]
    known += [(len(speech), event) for event in segmenter.finish()]
    return known


def shape(known):
    """The same, easier to read: kind, frame when known, utterance, its first frame, the frame behind its last."""
    return [
        (
            type(event).__name__,
            number,
            event.utterance.number,
            event.utterance.start // FRAME_SAMPLES,
            event.utterance.end // FRAME_SAMPLES,
        )
        for number, event in known
        if not isinstance(event, Ongoing)
    ]


@pytest.mark.parametrize(
    ('pattern', 'expected'),
    [
        ('50.', []),
        ('20. 5# 50.', []),  # not enough of the onset window
        ('20. 6# 40.', [('Started', 25, 1, 18, 26), ('Paused', 33, 1, 18, 28), ('Stopped', 45, 1, 18, 28)]),
        ('20. 3# 2. 3# 40.', [('Started', 27, 1, 18, 28), ('Paused', 35, 1, 18, 30), ('Stopped', 47, 1, 18, 30)]),
        ('20. 1# 12. 6# 40.', [('Started', 38, 1, 31, 39), ('Paused', 46, 1, 31, 41), ('Stopped', 58, 1, 31, 41)]),
        (
            '20. 6# 10. 1# 40.',
            [
                ('Started', 25, 1, 18, 26),
                ('Paused', 33, 1, 18, 28),
                ('Resumed', 36, 1, 18, 37),
                ('Paused', 44, 1, 18, 39),
                ('Stopped', 56, 1, 18, 39),
            ],
        ),
        (
            '20. 6# 19. 6# 1.',
            [
                ('Started', 25, 1, 18, 26),
                ('Paused', 33, 1, 18, 28),
                ('Resumed', 45, 1, 18, 46),
                ('Stopped', 52, 1, 18, 52),
            ],
        ),  # the stream ends
        ('6# 40.', [('Started', 5, 1, 0, 6), ('Paused', 13, 1, 0, 8), ('Stopped', 25, 1, 0, 8)]),
        (
            '20. 6# 20. 6# 40.',
            [
                ('Started', 25, 1, 18, 26),
                ('Paused', 33, 1, 18, 28),
                ('Stopped', 45, 1, 18, 28),
                ('Started', 51, 2, 44, 52),
                ('Paused', 59, 2, 44, 54),
                ('Stopped', 71, 2, 44, 54),
            ],
        ),
    ],
)
def test_when_utterances_start_and_stop(pattern, expected):
    assert shape(run(pattern)) == expected


def test_the_sound_goes_from_the_pre_roll_to_where_silence_was_certain():
    ((_, stopped),) = [(n, one) for n, one in run('20. 6# 40.') if isinstance(one, Stopped)]
    levels = np.frombuffer(stopped.utterance.audio, np.int16)[::FRAME_SAMPLES]
    assert list(levels) == list(range(18 - 5, 26 + 8))


def test_an_utterance_that_was_paused_early_is_the_one_that_stops():
    paused, stopped = (one for _, one in run('20. 6# 40.') if isinstance(one, Paused | Stopped))
    assert paused.utterance == stopped.utterance


def test_no_sound_is_in_two_utterances():
    first, second = (
        one.utterance
        for _, one in run('20. 9# 20. 9# 40.', replace(SETTINGS, pre_roll_ms=3000))
        if isinstance(one, Stopped)
    )
    first_levels = set(np.frombuffer(first.audio, np.int16)) - set(range(31, 100))  # its speech
    assert not first_levels & set(np.frombuffer(second.audio, np.int16))


@pytest.mark.parametrize(('min_speech_ms', 'too_short'), [(300, False), (301, True)])
def test_a_short_utterance_says_so(min_speech_ms, too_short):
    assert [
        one.too_short
        for _, one in run('20. 6# 40.', replace(SETTINGS, min_speech_ms=min_speech_ms))
        if isinstance(one, Stopped)
    ] == [too_short]


def test_an_utterance_that_goes_on_is_reported():
    lengths = [one.utterance.samples // FRAME_SAMPLES for _, one in run('20. 36# 40.') if isinstance(one, Ongoing)]
    assert lengths == [18, 28, 38]  # at the start it was 8 frames long


def test_a_long_utterance_is_cut_at_its_quietest_place():
    def level(number):
        return 5 if 55 <= number < 58 else 1000

    known = run('10. 70# 40.', replace(SETTINGS, max_speech_ms=1800), level)
    first, second = (one.utterance for _, one in known if isinstance(one, Stopped))
    assert (first.cut, first.continues, second.cut, second.continues) == (True, 0, False, 1)
    assert first.end == second.start == 57 * FRAME_SAMPLES
    joined = np.frombuffer(first.audio + second.audio, np.int16)
    assert len(joined) == second.end + (8 - 2) * FRAME_SAMPLES - (10 - 2 - 5) * FRAME_SAMPLES  # all of it, once


def test_endless_speech_makes_no_endless_utterance():
    lengths = [
        one.utterance.samples
        for _, one in run('3000#', replace(SETTINGS, max_speech_ms=1500))
        if isinstance(one, Stopped)
    ]
    assert len(lengths) > 50
    assert max(lengths) <= 1500 * 16


patterns = st.lists(st.tuples(st.integers(1, 60), st.booleans()), max_size=12)
settings = st.builds(
    UtteranceSettings,
    onset_window_ms=st.integers(30, 600),
    onset_ratio=st.floats(0.05, 1.0),
    pre_roll_ms=st.integers(0, 900),
    hangover_ms=st.integers(60, 900),
    early_ms=st.integers(60, 900),
    min_speech_ms=st.integers(0, 500),
    max_speech_ms=st.integers(1000, 3000),
)


@given(patterns, settings)
def test_every_start_has_its_stop(pattern, settings):
    known = run(' '.join(f'{count}{"#" if speech else "."}' for count, speech in pattern), settings)
    open_utterance = 0
    for _, event in known:
        if isinstance(event, Started):
            assert not open_utterance
            open_utterance = event.utterance.number
        else:
            assert event.utterance.number == open_utterance
            assert event.utterance.start < event.utterance.end
        if isinstance(event, Stopped):
            open_utterance = 0
    assert not open_utterance


@given(patterns, settings)
def test_utterances_are_numbered_in_order_and_do_not_overlap(pattern, settings):
    known = run(' '.join(f'{count}{"#" if speech else "."}' for count, speech in pattern), settings)
    utterances = [one.utterance for _, one in known if isinstance(one, Stopped)]
    assert [one.number for one in utterances] == list(range(1, len(utterances) + 1))
    assert all(a.end <= b.start for a, b in itertools.pairwise(utterances))
    assert all(len(one.audio) >= one.samples * 2 for one in utterances)


@given(patterns, settings, settings)
def test_settings_may_change_at_any_time(pattern, settings, others):
    given = [settings]
    segmenter = Segmenter(lambda: given[0])
    for number, speech in enumerate(speech for count, speech in pattern for _ in range(count)):
        given[0] = others if number % 7 == 0 else settings
        segmenter.feed(frame(number), speech)
    segmenter.finish()


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=30))
def test_no_chunking_changes_what_happens(sizes):
    """By a detector that is loud means speech: the same sound in one piece and in many."""
    sound = np.tile(np.r_[np.zeros(9000), np.full(12_000, 900), np.zeros(12_000)], 2).astype(np.int16)
    whole, framer, cut = to_frames(sound), Framer(), []
    position = 0
    while position < len(sound):
        size = sizes[len(cut) % len(sizes)]
        cut += framer.feed(sound[position : position + size])
        position += size
    assert events_of(cut) == events_of(whole)


def events_of(frames):
    segmenter = Segmenter(lambda: SETTINGS)
    return [one for each in frames for one in segmenter.feed(each, bool(each.samples.any()))] + segmenter.finish()


def test_resumed_comes_only_after_paused():
    known = [type(one) for _, one in run('20. 9# 9. 3# 9. 3# 40.') if not isinstance(one, Ongoing)]
    assert known == [Started, Paused, Resumed, Paused, Resumed, Paused, Stopped]
