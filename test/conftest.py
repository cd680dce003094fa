"""An isolated ROS domain for the whole run, and the fixture `ros`."""

from __future__ import annotations

import itertools
import os
import sys
import threading
from collections.abc import Iterator

import hypothesis
import pytest

from harness import Ros

# Before rclpy is imported: tests hear neither each other's runs nor the robot next door.
os.environ.setdefault('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
FIRST_DOMAIN = int(os.environ.setdefault('ROS_DOMAIN_ID', str(os.getpid() % 60)))
WORKER = int(os.environ.get('PYTEST_XDIST_WORKER', 'gw0').removeprefix('gw'))
WORKERS = int(os.environ.get('PYTEST_XDIST_WORKER_COUNT', '1'))
test_numbers = itertools.count()

# No test is timed: the machine may be busy.
hypothesis.settings.register_profile('untimed', deadline=None)
hypothesis.settings.load_profile('untimed')


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Let the lines that a test marked `uncounted` runs not be counted: that takes ten times as long as to run them.

    (pytest-cov has `no_cover` for that, but in a worker of xdist it changes nothing.)
    """
    if not item.get_closest_marker('uncounted'):
        yield
        return
    ours, theirs = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)  # type: ignore[arg-type]
    try:
        yield
    finally:
        sys.settrace(ours)
        threading.settrace(theirs)  # type: ignore[arg-type]


@pytest.fixture
def ros() -> Iterator[Ros]:
    """A fresh `Ros` in a domain of its own; skipped where ROS 2 is not installed, so that pure tests need none.

    A process that a test has killed stays in its domain for the 20 s that DDS waits for it.
    """
    pytest.importorskip('rclpy', reason='ROS 2 is not installed')
    number = FIRST_DOMAIN + WORKERS * next(test_numbers) + WORKER
    os.environ['ROS_DOMAIN_ID'] = str(1 + number % 60)
    harness = Ros()
    try:
        yield harness
    finally:
        harness.close()
