"""What a bridge's health is judged by: a test for each condition, and that the documentation has them all."""

from __future__ import annotations

from pathlib import Path

import pytest

from gemma_events.bridge.health import CONDITIONS, Recent, counts_of, judge, told_together
from gemma_events.bridge.metrics import Status
from gemma_events.health import LATELY

DOCUMENTATION = Path(__file__).parents[2] / 'doc' / 'bridge.md'


def status(connected=True, obstacle='', stuck=0):
    return Status(connected, obstacle, 1, stuck, {})


def test_all_is_well():
    judged = judge({}, {'vision': status()}, {})
    assert (judged.errors, judged.warnings) == ((), ())


def test_endpoints_that_cannot_work_are_errors():
    judged = judge(
        {'my_camera': 'give it a path'}, {'vision': status(), 'main_event': status(False, '/x is a file')}, {}
    )
    assert judged.errors == ('endpoint my_camera: give it a path', 'endpoint main_event: /x is a file')
    assert judged.warnings == ()


def test_endpoints_that_wait_are_told_in_one_line():
    judged = judge({}, {'a': status(False), 'b': status(), 'c': status(False)}, {})
    assert judged.warnings == ('no connection: a, c',)


def test_peers_that_take_nothing():
    [line] = judge({}, {'vision': status(stuck=2)}, {}).warnings
    assert line.startswith('vision has 2 peers that take no events') and 'vision.direction' in line


@pytest.mark.parametrize('name', CONDITIONS)
def test_each_count(name):
    key = name if name == 'faults' else f'vision.{name}'
    recent = Recent()
    counts = counts_of({key: 7, 'vision.events_in': 9, 'vision.path': '/x', 'vision.role': 'server'})
    assert counts == {key: 7}
    [line] = judge({}, {'vision': status()}, recent.update(counts, 0.0)).warnings
    assert '7' in line and '{' not in line
    assert ':' in line, 'what to do'
    assert not judge({}, {'vision': status()}, recent.update(counts, LATELY)).warnings, 'long ago'


def test_only_what_has_risen_lately_is_told():
    recent = Recent()
    assert recent.update({'a': 1, 'b': 0}, 0.0) == {'a': 1}
    assert recent.update({'a': 1, 'b': 2}, 30.0) == {'a': 1, 'b': 2}
    assert recent.update({'a': 1, 'b': 2}, 60.0) == {'b': 2}
    assert recent.update({'b': 2}, 100.0) == {}
    assert recent.update({'a': 1, 'b': 1}, 101.0) == {'a': 1}, 'counted anew'
    assert recent.update({'a': 1, 'b': 2}, 102.0) == {'a': 1, 'b': 2}


def test_what_is_the_same_for_several_is_told_once():
    assert told_together({'a': 'x', 'b': 'y', 'c': 'x'}) == ('endpoints a, c: x', 'endpoint b: y')


def test_the_documentation_has_each_condition():
    text = DOCUMENTATION.read_text(encoding='utf-8')
    assert [name for name in CONDITIONS if f'`{name}`' not in text] == []
