"""An isolated ROS domain for the whole run, and the fixture `ros`."""

from __future__ import annotations

import itertools
import os
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
