"""What makes a node's health, without ROS."""

from __future__ import annotations

from gemma_events.health import Condition, Health, Lately

WARN = Condition(Health.WARN, 'nobody publishes')
ERROR = Condition(Health.ERROR, 'nothing works')


def test_without_conditions_the_summary_holds():
    assert Health('working').judged([]) == Health('working')


def test_the_worst_comes_first_and_nothing_is_left_out():
    health = Health('working', values={'a': 1}).judged([WARN, ERROR])
    assert health == Health('nothing works; nobody publishes', Health.ERROR, {'a': 1})


def test_what_the_node_says_of_itself_is_kept_where_it_is_bad():
    assert Health('slow', Health.WARN).judged([WARN]) == Health('slow; nobody publishes', Health.WARN)
    assert Health('slow', Health.WARN).judged([ERROR]).summary == 'nothing works; slow'


def test_the_levels_are_those_of_ros():
    from diagnostic_msgs.msg import DiagnosticStatus

    assert (Health.OK, Health.WARN, Health.ERROR) == (
        DiagnosticStatus.OK,
        DiagnosticStatus.WARN,
        DiagnosticStatus.ERROR,
    )


def test_what_happened_lately_passes_by_itself():
    now = 0.0
    lately = Lately(60.0, lambda: now)
    assert not lately
    lately.happened('a fall')
    assert lately
    assert str(lately) == 'a fall'
    now = 59.0
    assert lately
    now = 60.0
    assert not lately
    lately.happened('another')
    assert (bool(lately), str(lately), lately.count) == (True, 'another', 2)
    lately.forget()
    assert (bool(lately), lately.count) == (False, 2)
