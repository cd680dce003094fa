"""What is wrong with the action_output node, as a table."""

from __future__ import annotations

import pytest

from gemma_events.action_output.health import Doing, Outcomes, conditions
from gemma_events.events import ActionStatus
from gemma_events.health import Health

WARN, ERROR = Health.WARN, Health.ERROR


class Ended:
    """Outcomes, and a clock that is set by hand."""

    def __init__(self, *event_types):
        self.now = 1000.0
        self.outcomes = Outcomes(lambda: self.now)
        self.add(*event_types)

    def add(self, *event_types):
        for number, event_type in enumerate(event_types):
            self.outcomes.add(ActionStatus(f'action_{event_type}', detail=f'{event_type} {number}'))
        return self

    def said(self):
        return [(condition.level, condition.text) for condition in self.outcomes.conditions()]


@pytest.mark.parametrize(
    'event_types, expected',
    [
        ([], []),
        (['queued', 'started', 'finished'], []),
        (['queued', 'started', 'cancelled'], []),
        (['queued', 'started', 'failed'], [(ERROR, 'failed 2')]),
        (['failed', 'queued', 'started', 'cancelled'], [(ERROR, 'failed 0')]),
        (['failed', 'queued', 'started', 'finished'], []),
        (['rejected'] * 2, []),
        (['rejected'] * 3, [(WARN, 'the last 3 actions were rejected: rejected 2')]),
        (['rejected'] * 3 + ['queued'], []),
        (['failed', *['rejected'] * 3], [(ERROR, 'failed 0'), (WARN, 'the last 3 actions were rejected: rejected 3')]),
    ],
)
def test_how_the_last_actions_ended(event_types, expected):
    assert Ended(*event_types).said() == expected


def test_what_is_long_past_is_no_trouble_any_more():
    ended = Ended('failed', *['rejected'] * 3)
    ended.now += 59.0
    assert len(ended.said()) == 2
    ended.now += 1.0
    assert ended.said() == [(ERROR, 'failed 0')]
    ended.now += 540.0
    assert ended.said() == []
    assert ended.add('failed').said() == [(ERROR, 'failed 0')]


def test_a_queue_without_room_is_a_warning_for_a_minute():
    ended = Ended()
    for count in (0, 3, 3):
        ended.outcomes.dropped(count)
    [(level, text)] = ended.said()
    assert (level, 'queue_limit' in text) == (WARN, True)
    ended.now += 60.0
    ended.outcomes.dropped(3)
    assert ended.said() == []
    ended.outcomes.dropped(4)
    assert len(ended.said()) == 1


@pytest.mark.parametrize(
    'doing, level, words',
    [
        (None, None, []),
        (Doing('speak', 1299.0, None), None, []),
        (Doing('walk', 1300.0, None), WARN, ["'walk'", '22 min', 'deactivate']),
        (Doing('walk', 2.0, 0.2), None, []),
        (Doing('walk', 9.0, 5.0), ERROR, ["'walk'", 'goes on 5 s after it was cancelled', 'run.cancelled']),
        (Doing('walk', 9999.0, 5.0), ERROR, ['cancelled']),
    ],
)
def test_what_is_being_done(doing, level, words):
    found = list(conditions(doing, [], []))
    assert [condition.level for condition in found] == ([level] if level else [])
    assert all(word in found[0].text for word in words)


def test_handlers_that_are_broken_or_work_in_part():
    assert [*conditions(None, ['no wave'], ['only the log'])] == [(WARN, 'no wave'), (WARN, 'only the log')]
