"""What the face should express after which events, and until when."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemma_events.events import (
    EXPRESSIONS,
    SECOND,
    ActionStatus,
    DetectedObject,
    FaceExpression,
    SpeechEvent,
    VisionEvent,
)
from gemma_events.face_expression.state import GLANCE, HOUR, LONGEST_THOUGHT, TALKING_LASTS, FaceState, Habits
from gemma_events.turns import LONGEST_UTTERANCE

NOW = 100_000 * SECOND
HABITS = Habits()


def after(*events, now=NOW):
    state = FaceState(stirred=now)
    for event in events:
        state = state.after(event, now)
    return state


def ask(expression, talking=False):
    return FaceExpression(expression=expression, talking=talking)


def status(event_type, identity='a-1', action='speak'):
    return ActionStatus(event_type, id=identity, action=action)


def said(text):
    return SpeechEvent(SpeechEvent.TRANSCRIPT, transcript=text)


def appears(x, y=100, size=50, width=640, event_type='object_appeared'):
    thing = DetectedObject('person', x=x - size / 2, y=y - size / 2, width=size, height=size)
    return VisionEvent(event_type, objects=(thing,), image_width=width, image_height=480)


def shown(state, later=0, **habits):
    return state.at(NOW + later, Habits(**habits)).expression


STARTED, FINISHED = status('action_started'), status('action_finished')
HEARD = SpeechEvent(SpeechEvent.SPEECH_STARTED)
SILENT = SpeechEvent(SpeechEvent.SPEECH_STOPPED)


@pytest.mark.parametrize(
    'asked, expected',
    [
        ([], 'neutral'),
        (['happy'], 'happy'),
        (['happy', ''], 'happy'),  # empty: unchanged
        (['happy', 'angry'], 'angry'),
        ([' Happy '], 'happy'),
        (['normal'], 'neutral'),
        (['happy', 'grumpy'], 'neutral'),  # an unknown name is a neutral face
        (['x' * 1_000_000], 'neutral'),
        (['happy' + 1_000_000 * ' ' + 'x'], 'neutral'),
        (['happy\0'], 'neutral'),
    ],
)
def test_an_expression_stays_until_another_is_asked_for(asked, expected):
    assert shown(after(*map(ask, asked))) == expected


def test_of_a_long_text_only_the_beginning_is_kept():
    assert len(after(ask('x' * 1_000_000)).expression) == 100


def test_all_expressions_can_be_asked_for():
    assert [shown(after(ask(name))) for name in EXPRESSIONS if name != 'normal'] == list(EXPRESSIONS)[:-1]


def test_an_expression_lapses_after_an_hour_unless_that_is_never():
    state = after(ask('happy'))
    assert shown(state, HOUR - 1, sleep=False) == 'happy'
    assert shown(state, HOUR, sleep=False) == 'neutral'
    assert shown(state, 1000 * HOUR, expression_lasts=0) == 'happy'
    talked = state.after(ask('', True), NOW + HOUR // 2)
    assert shown(talked, HOUR, sleep=False) == 'neutral', 'to talk is not to ask for the expression again'


@pytest.mark.parametrize(
    'events, talking',
    [
        ([ask('happy', True)], True),
        ([ask('happy', True), ask('', True)], True),
        ([ask('happy', True), ask('')], False),
        ([STARTED], False),  # what is played moves the mouth, when it is heard
        ([STARTED, FINISHED, ask('', True)], True),
        ([ask('', True), FINISHED], True),
    ],
)
def test_a_program_can_ask_for_talking(events, talking):
    assert after(*events).at(NOW).talking is talking


def test_talking_lapses_unless_it_is_asked_for_again():
    state = after(ask('', True))
    assert state.at(NOW + TALKING_LASTS - 1).talking
    assert not state.at(NOW + TALKING_LASTS).talking
    renewed = state.after(ask('', True), NOW + 20 * SECOND)
    assert renewed.at(NOW + TALKING_LASTS + 19 * SECOND).talking


@pytest.mark.parametrize(
    'events, expected',
    [
        ([HEARD], 'listening'),
        ([HEARD, SpeechEvent(SpeechEvent.TRANSCRIPT_PARTIAL)], 'listening'),
        ([HEARD, SILENT], 'neutral'),
        ([HEARD, said('')], 'neutral'),
        ([HEARD, said(' \n')], 'neutral'),
        ([HEARD, said('hello')], 'thinking'),
        ([HEARD, said('hello'), HEARD], 'listening'),
        ([HEARD, said('hello'), HEARD, SILENT], 'thinking'),
        ([HEARD, said('hello'), STARTED], 'neutral'),
        ([HEARD, said('hello'), status('action_started', action='wave')], 'thinking'),
        ([HEARD, said('hello'), status('action_queued')], 'thinking'),
        ([HEARD, said('hello'), ask('', True), ask('')], 'neutral'),
        ([HEARD, said('hello'), STARTED, FINISHED], 'neutral'),
        ([HEARD, ask('happy')], 'happy'),  # a request goes first
        ([said('hello'), ask('happy')], 'happy'),
        ([HEARD, ask('', True)], 'neutral'),  # a face that speaks does not listen
        ([HEARD, STARTED, ask('', True)], 'neutral'),
        ([STARTED, ask('', True), HEARD], 'neutral'),  # nor to its own voice
        ([STARTED, ask('', True), HEARD, ask('')], 'listening'),  # but when it pauses for a person
        ([STARTED, ask('', True), HEARD, ask(''), SILENT], 'neutral'),
    ],
)
def test_a_neutral_face_listens_and_thinks(events, expected):
    assert shown(after(*events)) == expected


def test_listening_and_thinking_end_after_a_limit():
    assert shown(after(HEARD), LONGEST_UTTERANCE - 1) == 'listening'
    assert shown(after(HEARD), LONGEST_UTTERANCE) == 'neutral'
    assert shown(after(said('hello')), LONGEST_THOUGHT - 1) == 'thinking'
    assert shown(after(said('hello')), LONGEST_THOUGHT) == 'neutral'
    assert shown(after(said('hello')).sounded(NOW)) == 'neutral'


def test_it_falls_asleep_when_nothing_happens_and_wakes_when_something_does():
    minutes = HABITS.sleep_after
    state = after()
    assert shown(state, minutes - 1) == 'neutral'
    assert shown(state, minutes) == 'asleep'
    for event in (ask(''), STARTED, HEARD, appears(0), appears(0, event_type='object_detected')):
        assert shown(state.after(event, NOW + minutes), minutes) != 'asleep'
    assert shown(state.sounded(NOW + minutes), minutes) == 'neutral'
    assert shown(after(ask('happy')), minutes) == 'happy', 'as long as that was asked for'


@pytest.mark.parametrize(
    'habit, events, later', [('listening', [HEARD], 0), ('thinking', [said('hello')], 0), ('sleep', [], HOUR)]
)
def test_each_habit_can_be_switched_off(habit, events, later):
    assert shown(after(*events), later) == habit.replace('sleep', 'asleep')
    assert shown(after(*events), later, **{habit: False}) == 'neutral'


def test_the_eyes_turn_to_who_appears_for_a_moment():
    state = after(appears(640))
    right, down = state.at(NOW).glance
    assert right < -0.8, "the camera's right is the left of the picture of a face that looks the same way"
    assert -1 < down < 0
    assert state.at(NOW + GLANCE).glance is None
    assert state.at(NOW, Habits(glance=False)).glance is None
    assert after(appears(320)).at(NOW).glance[0] == pytest.approx(0)


@pytest.mark.parametrize(
    'event',
    [
        appears(0, event_type='object_detected'),
        appears(0, event_type='object_disappeared'),
        appears(0, width=0),  # the picture's width is not known
        appears(0, size=0),  # nor where it is
        VisionEvent('object_appeared', image_width=640),
    ],
)
def test_no_glance_without_a_place(event):
    assert after(event).at(NOW).glance is None


def test_the_largest_of_several_is_looked_at():
    near, far = appears(600, size=200).objects[0], appears(10, size=20).objects[0]
    event = VisionEvent('object_appeared', objects=(far, near), image_width=640, image_height=480)
    assert after(event).at(NOW).glance[0] < 0


numbers = st.floats(allow_nan=True, allow_infinity=True)
events = st.one_of(
    st.builds(FaceExpression, expression=st.one_of(st.text(), st.sampled_from(EXPRESSIONS)), talking=st.booleans()),
    st.builds(
        ActionStatus,
        st.sampled_from(['action_started', 'action_finished', 'x']),
        id=st.text(max_size=1),
        action=st.sampled_from(['speak', 'wave']),
    ),
    st.builds(
        SpeechEvent,
        st.sampled_from(['speech_started', 'speech_stopped', 'transcript', '']),
        transcript=st.sampled_from(['', 'hello']),
    ),
    st.builds(
        VisionEvent,
        st.sampled_from(['object_appeared', 'object_detected']),
        objects=st.lists(
            st.builds(DetectedObject, st.just('x'), x=numbers, y=numbers, width=numbers, height=numbers), max_size=2
        ).map(tuple),
        image_width=st.integers(0, 2**32 - 1),
        image_height=st.integers(0, 2**32 - 1),
    ),
)
habits = st.builds(Habits, *[st.booleans()] * 7, st.integers(0, 2 * HOUR), st.integers(0, 2 * HOUR))


@given(st.lists(events), st.integers(0, 10**19), habits)
def test_any_events_make_a_mood_that_can_be_drawn(happened, later, having):
    state = after(*happened, now=0)
    mood = state.at(later, having)
    assert mood.expression in EXPRESSIONS
    assert mood.glance is None or all(-1 <= each <= 1 for each in mood.glance)


@given(st.lists(events), habits)
def test_whatever_happened_lapses(happened, having):
    much_later = 10**15
    mood = after(*happened, now=0).at(much_later, having)
    asleep = 'asleep' if having.sleep else 'neutral'
    assert not mood.talking
    assert mood.glance is None
    if having.expression_lasts:
        assert mood.expression in (asleep, 'neutral')
