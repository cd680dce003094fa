"""An isolated ROS domain for the whole run, and the fixture `ros`."""

from __future__ import annotations

import os
from collections.abc import Iterator

import hypothesis
import pytest

from harness import Ros

# Before rclpy is imported: tests hear neither each other's runs nor the robot next door.
os.environ.setdefault('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
domain = int(os.environ.setdefault('ROS_DOMAIN_ID', str(1 + os.getpid() % 100)))
if worker := os.environ.get('PYTEST_XDIST_WORKER'):  # of which each hears itself only
    os.environ['ROS_DOMAIN_ID'] = str(1 + (domain + int(worker.removeprefix('gw'))) % 100)

# No test is timed: the machine may be busy.
hypothesis.settings.register_profile('untimed', deadline=None)
hypothesis.settings.load_profile('untimed')


@pytest.fixture
def ros() -> Iterator[Ros]:
    """A fresh `Ros`; skipped where ROS 2 is not installed, so that pure tests need none."""
    pytest.importorskip('rclpy', reason='ROS 2 is not installed')
    harness = Ros()
    try:
        yield harness
    finally:
        harness.close()
