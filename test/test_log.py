from __future__ import annotations

import pytest

from gemma_events.log import ONCE, ThrottledLog, Trouble


class Log:
    """Keeps what it is told."""

    def __init__(self):
        self.lines = []

    def info(self, message):
        self.lines.append(('info', message))

    def warning(self, message):
        self.lines.append(('warning', message))

    def error(self, message):
        self.lines.append(('error', message))


def test_a_kind_of_trouble_is_logged_once_in_a_period():
    log, times = Log(), [0.0]
    throttled = ThrottledLog(log, 'vision', lambda: times[-1])
    for now in (0.0, 1.0, 9.9, 10.0, 11.0):
        times.append(now)
        throttled.warning('refused', 'no')
        throttled.error('shortened', 'cut', ONCE)
    assert log.lines == [
        ('warning', 'vision: no'),
        ('error', 'vision: cut'),
        ('warning', 'vision: no (2 more like this before)'),
    ]


def test_a_trouble_is_logged_when_it_changes():
    lines = []
    trouble = Trouble(lines.append)
    assert not trouble.clear()
    for text in ('no microphone', 'no microphone', 'no sound', 'no microphone'):
        trouble.set(text, '; trying again')
        assert (bool(trouble), str(trouble)) == (True, text)
    assert trouble.clear()
    assert not trouble
    trouble.set('no microphone')
    assert lines == [
        'no microphone; trying again',
        'no sound; trying again',
        'no microphone; trying again',
        'no microphone',
    ]


def test_a_real_logger_takes_warnings_and_errors_in_any_order(capfd):
    """rclpy refuses a second severity from the same line of code."""
    logging = pytest.importorskip('rclpy.logging', reason='ROS 2 is not installed')
    throttled = ThrottledLog(logging.get_logger('both'))
    throttled.warning('a', 'a warning')
    throttled.error('b', 'an error')
    throttled.warning('c', 'another warning')
    said = capfd.readouterr().err
    assert [line.split(']: ')[1] for line in said.splitlines()] == ['a warning', 'an error', 'another warning']
