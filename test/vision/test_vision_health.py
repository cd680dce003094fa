"""What is wrong with the vision node, as a table."""

from __future__ import annotations

import pytest

from gemma_events.health import Health
from gemma_events.vision.health import Looking, conditions

TOPIC = {'topic': '/detections', 'publishers': 1, 'matched': 1}
WARN, ERROR = Health.WARN, Health.ERROR


@pytest.mark.parametrize(
    'looking',
    [
        Looking(4.9, '/detections'),  # it may not have been found yet
        Looking(4.9, **TOPIC),
        Looking(0.1, **TOPIC, ignored='object_appeared'),  # beside detections
        Looking(0.1, **TOPIC, delay=9.0),
        Looking(0.1, **TOPIC, delay=-9.0),
        Looking(99.0, '/detections', publishers=1, matched=0),  # of the wrong QoS or type: any node says that
        Looking(99.0, **TOPIC, may_be_silent=True),
        Looking(4.9),
        Looking(14.9, period=10.0),
    ],
)
def test_nothing_is_wrong(looking):
    assert list(conditions(looking)) == []


@pytest.mark.parametrize(
    'looking, level, words',
    [
        (Looking(5.0, '/robot/detections'), WARN, ['nobody publishes on /robot/detections', 'source']),
        (Looking(5.0, **TOPIC), WARN, ['nothing has come on /detections for 5 s', 'camera']),
        (Looking(5.0, **TOPIC, ignored='object_appeared'), WARN, ['is object_appeared', 'object_detected']),
        (Looking(0.1, **TOPIC, delay=7300.0), WARN, ['stamped 2 h before they come', 'chrony', 'use_sim_time']),
        (Looking(0.1, **TOPIC, delay=-90.0), WARN, ['stamped 2 min after they come']),
        (Looking(0.1, **TOPIC, delay=11.0), WARN, ['stamped 11 s before']),
        (Looking(99.0, ended='the video is over'), WARN, ['the video is over', 'deactivate and activate']),
        (Looking(5.0), ERROR, ['the detector has not answered for 5 s']),
        (Looking(15.0, period=10.0), ERROR, ['15 s']),
        (Looking(0.1, failing='the detector fails: x', failed='the detector fails: x'), ERROR, ['detector fails: x']),
        (Looking(0.1, failed='the detector fails: x'), WARN, ['now and then the detector fails: x']),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(looking, level, words):
    [condition] = conditions(looking)
    assert condition.level == level
    assert [word for word in words if word not in condition.text] == []


def test_several_at_once_are_all_said():
    looking = Looking(99.0, **TOPIC, delay=99.0)
    assert len(list(conditions(looking))) == 2
