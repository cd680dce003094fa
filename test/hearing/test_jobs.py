"""The queue of recognition, without threads."""

from __future__ import annotations

import pytest

from gemma_events.hearing.jobs import QUEUE_LIMIT, Jobs, Kind
from gemma_events.hearing.metrics import RecognitionMetrics
from gemma_events.hearing.transcripts import Transcript
from gemma_events.hearing.utterances import Utterance


@pytest.fixture
def metrics():
    return RecognitionMetrics()


@pytest.fixture
def jobs(metrics):
    return Jobs(metrics)


def utterance(number, end=100):
    return Utterance(number, 0, end)


def test_an_early_job_that_is_done_is_the_answer(jobs, metrics):
    jobs.start_early(utterance(1))
    jobs.take().transcript = Transcript('come')
    assert jobs.add_final(utterance(1)) == Transcript('come')
    assert (len(jobs), metrics.wasted) == (0, 0)


@pytest.mark.parametrize('taken', [False, True])
def test_an_early_job_that_is_not_done_becomes_the_final_one(jobs, taken):
    jobs.start_early(utterance(1))
    early = jobs.take() if taken else None
    assert jobs.add_final(utterance(1)) is None
    early = early or jobs.take()
    assert (early.kind, len(jobs)) == (Kind.FINAL, 0)


@pytest.mark.parametrize('cancel', [False, True])
def test_an_early_job_of_another_length_is_wasted(jobs, metrics, cancel):
    jobs.start_early(utterance(1))
    if cancel:
        jobs.cancel_early()
    assert jobs.add_final(utterance(1, 200)) is None
    assert (len(jobs), jobs.take().utterance.end, metrics.wasted) == (1, 200, 1)


def test_nothing_is_started_early_while_others_wait(jobs):
    jobs.add_final(utterance(1))
    jobs.start_early(utterance(2))
    assert len(jobs) == 1


def test_the_oldest_final_one_is_refused_when_too_many_wait(jobs, metrics):
    jobs.add_partial(utterance(0))
    for number in range(1, QUEUE_LIMIT + 1):
        jobs.add_final(utterance(number))
        assert jobs.refuse() is None
    jobs.add_final(utterance(QUEUE_LIMIT + 1))
    assert jobs.refuse() == utterance(1)
    assert (jobs.refuse(), metrics.refused, len(jobs)) == (None, 1, QUEUE_LIMIT + 1)


def test_what_was_answered_is_dropped(jobs):
    for number in (1, 2, 3):
        jobs.add_final(utterance(number))
    jobs.drop({1, 3})
    assert (jobs.take().utterance.number, len(jobs)) == (2, 0)
