"""What the executables say about arguments that cannot be read: one line, with what to do."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

PROGRAM = "import sys; from gemma_events.main import main; sys.exit(main('gemma_events'))"


@pytest.mark.parametrize(
    ('arguments', 'line'),
    [
        (['-p', 'handlers:=[speak, wave=my_robot.arm:Wave]'], 'quote what has a colon'),
        (['--params-file', '/none.yaml'], "'--params-file /none.yaml': Error opening YAML file: there is no such file"),
        (['-r', '__ns:=/a-b'], 'a namespace looks like /gemma'),
    ],
)
def test_arguments_that_cannot_be_read_are_one_line(arguments, line):
    done = subprocess.run(
        [sys.executable, '-c', PROGRAM, '--ros-args', *arguments], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == os.EX_CONFIG
    [said] = [said for said in done.stderr.splitlines() if said.startswith('gemma_events: ')]
    assert line in said
    assert 'Traceback' not in done.stderr
