"""What moves in a face by itself."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemma_events.events import EXPRESSIONS, SECOND
from gemma_events.face_expression.life import TURN, Turning, blink, breath, face, saccade
from gemma_events.face_expression.looks import LOOKS, Face, mixed
from gemma_events.face_expression.state import Habits, Mood

TICK = SECOND // 50
MINUTE = range(0, 60 * SECOND, TICK)
STILL = Habits(blinking=False, saccades=False, breathing=False)


def runs(values):
    """Beginnings of what is not 0."""
    return [at for at, (one, other) in enumerate(itertools.pairwise(values)) if other and not one]


def test_the_eyes_blink_irregularly_and_not_for_long():
    closed = [blink(at) for at in range(0, 600 * SECOND, TICK)]
    assert set(closed) == {0.0, 0.5, 1.0}
    assert 0.03 < sum(map(bool, closed)) / len(closed) < 0.08
    begins = runs(closed)
    pauses = [(other - one) * TICK / SECOND for one, other in itertools.pairwise(begins)]
    assert 130 < len(begins) < 200
    assert max(pauses) < 8.5
    assert len({round(pause, 1) for pause in pauses}) > 20


def test_the_eyes_move_now_and_then_by_little():
    seen = [saccade(at) for at in MINUTE]
    changes = sum(one != other for one, other in itertools.pairwise(seen))
    assert 10 < changes < 50
    assert max(max(abs(x), abs(y)) for x, y in seen) < 0.3


def test_breathing_goes_up_and_down_step_by_step():
    seen = [breath(at) for at in MINUTE]
    assert (min(seen), max(seen)) == (0, 1)
    assert max(abs(one - other) for one, other in itertools.pairwise(seen)) <= 0.34
    changes = sum(one != other for one, other in itertools.pairwise(seen))
    assert changes < 75, 'at rest few pictures a second are drawn'


def test_the_same_time_is_the_same_face():
    mood, look = Mood(), LOOKS['neutral']
    assert all(face(mood, look, None, at, Habits()) == face(mood, look, None, at, Habits()) for at in MINUTE)


def test_each_habit_can_be_switched_off():
    mood, look = Mood(), LOOKS['neutral']
    assert {face(mood, look, None, at, STILL) for at in MINUTE} == {Face(look, breath=0.5)}
    for habit, field in {'blinking': 'blink', 'saccades': 'glance', 'breathing': 'breath'}.items():
        others = {f'{name}': name == habit for name in ('blinking', 'saccades', 'breathing')}
        moving = {getattr(face(mood, look, None, at, Habits(**others)), field) for at in MINUTE}
        assert len(moving) > 1


def test_who_sleeps_does_not_blink_but_breathes():
    faces = [face(Mood('asleep'), LOOKS['asleep'], None, at, Habits()) for at in MINUTE]
    assert {(each.blink, each.glance) for each in faces} == {(0.0, (0.0, 0.0))}
    assert len({each.breath for each in faces}) > 1


@pytest.mark.parametrize(
    'talking, opening, mouth',
    [(False, None, None), (False, 0.0, 0.0), (False, 0.5, 0.5), (True, 0.0, 0.0), (True, 0.25, 0.25)],
)
def test_the_mouth_goes_by_what_is_played(talking, opening, mouth):
    assert face(Mood(talking=talking), LOOKS['happy'], opening, 0, STILL).mouth == mouth


def test_it_moves_in_syllables_where_nothing_is_played():
    assert len({face(Mood(talking=True), LOOKS['happy'], None, at, STILL).mouth for at in MINUTE}) > 2


def test_a_glance_goes_before_what_the_eyes_do_by_themselves():
    mood = Mood(glance=(-0.7, 0.1))
    assert {face(mood, LOOKS['neutral'], None, at, Habits()).glance for at in MINUTE} == {(-0.7, 0.1)}


def test_one_expression_turns_into_another():
    calm = Turning()
    turning = calm.toward('happy', 5 * SECOND)
    assert calm.toward('neutral', 5 * SECOND) is calm
    assert calm.look(5 * SECOND) is LOOKS['neutral']
    smiles = [turning.look(5 * SECOND + step * TURN // 20).smile for step in range(21)]
    assert smiles == sorted(smiles)
    assert LOOKS['neutral'].smile < smiles[2] < smiles[10] < LOOKS['happy'].smile
    assert turning.look(5 * SECOND + TURN) is LOOKS['happy']
    half = 5 * SECOND + TURN // 2
    back = turning.toward('sad', half)
    assert back.source == turning.look(half), 'from how it looks then: no jump'
    assert back.look(half + TURN) is LOOKS['sad']


@given(st.sampled_from(EXPRESSIONS), st.sampled_from(EXPRESSIONS), st.floats(0, 1))
def test_between_two_looks_all_is_between(one, other, share):
    first, second = LOOKS[one], LOOKS[other]
    between = mixed(first, second, share)
    for name in ('smile', 'opened', 'shut', 'frown'):
        low, high = sorted((getattr(first, name), getattr(second, name)))
        assert low - 1e-9 <= getattr(between, name) <= high + 1e-9
    assert {name for name, _ in between.marks} <= {name for name, _ in first.marks + second.marks}
    assert all(0 <= amount <= 1 + 1e-9 for _, amount in between.marks)
