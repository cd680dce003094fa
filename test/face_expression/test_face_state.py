"""What the face shows after which events, and when."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemma_events.events import SECOND, ActionStatus, FaceExpression, SpeechEvent
from gemma_events.face_expression.state import (
    BLINK_CYCLE,
    EXPRESSIONS,
    MOUTH_STEP,
    MOUTH_WIDEST,
    Face,
    FaceState,
)
from gemma_events.turns import LONGEST_SPEECH, LONGEST_UTTERANCE

NOW = 1_000 * SECOND


def after(*events, now=NOW):
    state = FaceState()
    for event in events:
        state = state.after(event, now)
    return state


def ask(expression, talking=False):
    return FaceExpression(expression=expression, talking=talking)


def status(event_type, identity='a-1', action='speak'):
    return ActionStatus(event_type, id=identity, action=action)


def talks(state, now=NOW):
    return state.at(now).mouth is not None


STARTED, FINISHED = status('action_started'), status('action_finished')
HEARD = SpeechEvent(SpeechEvent.SPEECH_STARTED)


@pytest.mark.parametrize(
    'asked, shown',
    [
        ([], 'neutral'),
        (['happy'], 'happy'),
        (['happy', ''], 'happy'),  # empty: unchanged
        (['happy', 'angry'], 'angry'),
        ([' Happy '], 'happy'),
        (['normal'], 'neutral'),
        (['happy', 'bored'], 'neutral'),  # an unknown name is a neutral face
        (['x' * 1_000_000], 'neutral'),
        (['happy\0'], 'neutral'),
    ],
)
def test_an_expression_stays_until_another_is_asked_for(asked, shown):
    assert after(*map(ask, asked)).at(NOW).expression == shown


@pytest.mark.parametrize(
    'events, talking',
    [
        ([ask('happy', True)], True),
        ([ask('happy', True), ask('', True)], True),
        ([ask('happy', True), ask('')], False),
        ([STARTED], True),
        ([STARTED, FINISHED], False),
        ([STARTED, status('action_cancelled')], False),
        ([STARTED, status('action_failed')], False),
        ([STARTED, status('action_finished', 'a-2')], True),  # another action's end
        ([STARTED, status('action_queued', 'a-2')], True),
        ([STARTED, status('action_started', 'a-2'), FINISHED], True),  # the newer one still speaks
        ([STARTED, status('action_started', 'a-2'), status('action_finished', 'a-2')], True),  # and so does the older
        ([status('action_started', action='wave')], False),
        ([status('action_queued')], False),
        ([STARTED, FINISHED, ask('', True)], True),
        ([STARTED, ask('happy')], True),  # a request does not silence speech
        ([status('action_started', ''), status('action_finished', '')], False),
    ],
)
def test_the_mouth_moves_on_request_or_while_an_action_speaks(events, talking):
    assert talks(after(*events)) is talking


def test_a_mouth_rests_after_a_limit_when_no_end_is_reported():
    state = after(STARTED)
    assert talks(state, NOW + LONGEST_SPEECH - 1)
    assert not talks(state, NOW + LONGEST_SPEECH)


@pytest.mark.parametrize(
    'events, shown',
    [
        ([HEARD], 'listening'),
        ([HEARD, SpeechEvent(SpeechEvent.TRANSCRIPT_PARTIAL)], 'listening'),
        ([HEARD, SpeechEvent(SpeechEvent.SPEECH_STOPPED)], 'neutral'),
        ([HEARD, SpeechEvent(SpeechEvent.TRANSCRIPT)], 'neutral'),
        ([HEARD, ask('happy')], 'happy'),  # a request goes first
        ([HEARD, STARTED], 'neutral'),  # a face that speaks does not listen
    ],
)
def test_a_neutral_face_listens_while_a_person_talks(events, shown):
    assert after(*events).at(NOW).expression == shown


def test_listening_ends_after_a_limit_when_no_end_is_reported():
    assert after(HEARD).at(NOW + LONGEST_UTTERANCE).expression == 'neutral'


def test_the_mouth_opens_and_closes_while_talking_and_the_eyes_blink_now_and_then():
    state = after(STARTED)
    faces = [state.at(NOW + step * MOUTH_STEP) for step in range(BLINK_CYCLE // MOUTH_STEP)]
    assert {face.mouth for face in faces} == set(range(MOUTH_WIDEST + 1))
    closed = sum(face.eyes_closed for face in faces) / len(faces)
    assert 0 < closed < 0.1


events = st.one_of(
    st.builds(FaceExpression, expression=st.one_of(st.text(), st.sampled_from(EXPRESSIONS)), talking=st.booleans()),
    st.builds(
        ActionStatus,
        st.sampled_from(['action_started', 'action_finished', 'x']),
        id=st.text(max_size=1),
        action=st.sampled_from(['speak', 'wave']),
    ),
    st.builds(SpeechEvent, st.sampled_from(['speech_started', 'speech_stopped', 'transcript', ''])),
)


@given(st.lists(events), st.integers(0, 10**19))
def test_any_events_make_a_face_that_can_be_drawn(happened, now):
    face = after(*happened, now=0).at(now)
    assert face.expression in EXPRESSIONS
    assert face.mouth is None or 0 <= face.mouth <= MOUTH_WIDEST
    assert face == Face(face.expression, face.mouth, face.eyes_closed)
