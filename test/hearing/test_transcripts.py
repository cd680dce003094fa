"""Invented text, and the order in which answers are given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemma_events.hearing.transcripts import NOTHING_UNDERSTOOD, PendingAnswers, Segment, Transcript, is_invented, join
from gemma_events.hearing.utterances import Utterance


@pytest.mark.parametrize(
    ('segment', 'invented'),
    [
        (Segment(' Come here.', -0.3, 0.1, 1.0), False),
        (Segment(' Come here.', -0.3, 0.9, 1.0), False),  # sure of the words: Whisper's own rule
        (Segment(' Come here.', -1.2, 0.9, 1.0), True),
        (Segment(' Come here.', -1.2, 0.1, 1.0), False),
        (Segment(' Thank you.', -0.3, 0.1, 1.0), False),  # people do say it
        (Segment(' Thank you.', -0.5, 0.4, 1.0), True),
        (Segment(' Thanks for watching!', -0.2, 0.5, 1.0), True),
        (Segment(' la la la la la la', -0.1, 0.1, 6.0), True),
        (Segment(' ...', -0.1, 0.0, 1.0), True),
        (Segment('', 0.0, 0.0, 0.0), True),
        (Segment(' 你好', -0.3, 0.1, 1.0), False),
    ],
)
def test_invented_text(segment, invented):
    assert is_invented(segment) is invented


def test_segments_become_one_transcript():
    joined = join(
        [Segment(' Come', 0.0, 0.1, 1.0), Segment(' Thank you.', -0.5, 0.9, 1.0), Segment(' here. ', -0.7, 0.1, 1.0)],
        'en',
    )
    assert joined.text == 'Come here.'
    assert 0.5 < joined.confidence < 1.0
    assert (joined.language, joined.error) == ('en', '')


def test_nothing_heard_says_so():
    assert join([], 'en') == Transcript(language='en', error=NOTHING_UNDERSTOOD)


@pytest.mark.parametrize('fields', [{'text': None}, {'language': 7}, {'error': b'no'}, {'confidence': 'high'}])
def test_a_transcript_of_other_types_is_refused(fields):
    with pytest.raises((TypeError, ValueError)):
        Transcript(**fields)


def utterance(number):
    return Utterance(number, number * 1000, number * 1000 + 500)


def numbers(answers):
    return [(one.number, transcript.text or transcript.error) for one, transcript in answers]


def pending(*dues):
    owed = PendingAnswers()
    for number, due in enumerate(dues, 1):
        owed.owe(utterance(number), due)
    return owed


def test_answers_wait_for_those_before_them():
    owed = pending(10, 20, 30)
    assert numbers(owed.settle(3, Transcript('c'))) == []
    assert numbers(owed.settle(1, Transcript('a'))) == [(1, 'a')]
    assert numbers(owed.settle(2, Transcript('b'))) == [(2, 'b'), (3, 'c')]
    assert not len(owed)


def test_what_is_overdue_is_answered_with_an_error():
    owed = pending(10, 20, 30)
    owed.settle(2, Transcript('b'))
    assert owed.next_due() == 10
    assert numbers(owed.expire(9.9, 'late')) == []
    assert numbers(owed.expire(10, 'late')) == [(1, 'late'), (2, 'b')]
    assert owed.next_due() == 30


def test_a_late_answer_changes_nothing():
    owed = pending(10)
    owed.expire(10, 'late')
    assert numbers(owed.settle(1, Transcript('a'))) == []


@given(st.lists(st.floats(0, 100), max_size=8), st.data())
def test_each_is_answered_once_and_in_order(dues, data):
    owed, answers = pending(*dues), []
    for _ in range(data.draw(st.integers(0, 20))):
        if data.draw(st.booleans()):
            answers += owed.settle(data.draw(st.integers(1, 9)), Transcript('x'))
        else:
            answers += owed.expire(data.draw(st.floats(0, 100)), 'late')
        assert owed.next_due() >= 0
    answers += owed.expire(100, 'late')
    assert [one.number for one, _ in answers] == list(range(1, len(dues) + 1))
