"""A wall clock that is set while a robot runs: every node goes on, and ends when it is asked to."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from harness import wait_for

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from diagnostic_msgs.msg import DiagnosticArray

from gemma_events.events import SECOND, ActionEvent, ActionStatus

PROGRAM = "import sys; from gemma_events.main import main; sys.exit(main('gemma_events'))"
NODES = ('action_output', 'vision', 'face_expression', 'bridge')


@pytest.fixture
def clock(tmp_path):
    """A wall clock that can be stepped by so many seconds, and the environment in which a process sees it."""
    library, file = tmp_path / 'stepping_clock.so', tmp_path / 'step'
    source = Path(__file__).parent / 'tools' / 'stepping_clock.c'
    subprocess.run(['cc', '-O2', '-shared', '-fPIC', '-o', library, source, '-ldl', '-pthread'], check=True)

    def step(seconds):
        with file.open('r+b' if file.exists() else 'wb') as opened:
            opened.write(struct.pack('q', seconds * SECOND))

    step(0)
    # Fast DDS's shared memory waits by the wall clock, too, and takes its own port for broken after a step.
    transport = {'FASTDDS_BUILTIN_TRANSPORTS': 'UDPv4', 'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SUBNET'}
    return step, {**os.environ, **transport, 'LD_PRELOAD': str(library), 'STEPPING_CLOCK': str(file)}


def test_a_wall_clock_that_is_set_stops_nothing(ros, clock, tmp_path):
    step, environment = clock
    stamps = {}

    def note(message):
        for status in message.status:
            stamps.setdefault(status.name.strip('/'), []).append(message.header.stamp.sec)

    ros.node.create_subscription(DiagnosticArray, '/diagnostics', note, 100)
    statuses = ros.record(ActionStatus, 'action_status')
    process = subprocess.Popen(
        [sys.executable, '-c', PROGRAM, '--nodes', ','.join(NODES), '--ros-args', '-p', f'socket_root:={tmp_path}'],
        env=environment,
    )
    try:
        publish = ros.publisher(ActionEvent, 'action')
        for seconds in (0, -3600, 3600, 0):
            before = {name: len(seen) for name, seen in stamps.items()}
            step(seconds)
            wait_for(
                lambda before=before: all(len(stamps.get(name, ())) > before.get(name, 0) + 1 for name in NODES),
                f'diagnostics of all nodes, with the clock {seconds} s ahead; {before}, {stamps}',
            )
            publish(ActionEvent(id=f'at {seconds}', action='none'))
            wait_for(lambda seconds=seconds: statuses[-1:] and statuses[-1].id == f'at {seconds}', 'an answer')
        step(-3600)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
