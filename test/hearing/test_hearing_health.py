"""What can be wrong with hearing, each with how bad it is and what to do."""

from __future__ import annotations

from dataclasses import fields

import pytest

from gemma_events.health import Growth, Health
from gemma_events.hearing.health import TABLE, Facts, conditions
from gemma_events.hearing.metrics import RecognitionMetrics

WARN, ERROR = Health.WARN, Health.ERROR


@pytest.mark.parametrize(
    ('fact', 'level', 'text'),
    [
        ({'lost': 'no microphone: plug one in'}, ERROR, 'no microphone: plug one in'),
        ({'silent': 'nobody publishes /microphone'}, WARN, 'nobody publishes /microphone'),
        ({'dropped': True}, WARN, 'sound was lost lately because this computer is too busy: let it do less'),
        ({'no_recogniser': 'no recogniser: {x}'}, WARN, 'no recogniser: {x}'),
        ({'failing': 'out of memory'}, WARN, 'the recogniser fails each time (out of memory): set recogniser'),
        ({'late': True}, WARN, 'no time to recognise an utterance: take a smaller model'),
        ({'not_recorded': 'the disk is full: make room'}, WARN, 'the disk is full: make room'),
    ],
)
def test_each_condition(fact, level, text):
    (condition,) = conditions(Facts(**fact))
    assert condition.level == level
    assert text in condition.text


def test_every_fact_is_judged():
    assert [row.fact for row in TABLE] == [field.name for field in fields(Facts)]
    assert not list(conditions(Facts()))


def test_a_counter_that_has_grown_lately():
    now = 0.0
    drops = Growth(60.0, lambda: now)
    assert not drops.lately(0)
    assert drops.lately(2)
    now = 59.0
    assert drops.lately(2)
    now = 60.0
    assert not drops.lately(2)
    assert not drops.lately(0), 'a source was opened again'
    assert drops.lately(1)


def test_a_recogniser_that_fails_each_time():
    metrics = RecognitionMetrics()
    for error, failing in (('a', ''), ('b', ''), ('c', 'c'), ('', ''), ('d', ''), ('e', ''), ('f', 'f')):
        metrics.errors.append(error)
        assert metrics.failing == failing
