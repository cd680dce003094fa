"""The launch files for real: nodes appear under their names, end on Ctrl-C, and bad arguments are one clear line.

`launch` comes with a full ROS 2 only.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness import wait_for

pytest.importorskip('rclpy', reason='ROS 2 is not installed')
pytest.importorskip('launch_ros', reason='launch and launch_ros are not installed: they come with a full ROS 2')

from ament_index_python.packages import get_package_share_directory

ALL = {'hearing', 'vision', 'face_expression', 'action_output', 'bridge'}
RUN = """
import sys
from launch import LaunchDescription, LaunchService
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
file, *arguments = sys.argv[1:]
service = LaunchService()
service.include_launch_description(LaunchDescription([IncludeLaunchDescription(
    PythonLaunchDescriptionSource(file), launch_arguments=[argument.split(':=') for argument in arguments])]))
sys.exit(service.run())
"""


class Launched:
    """A launch file running in a process of its own."""

    def __init__(self, folder: Path, name: str, *arguments: str) -> None:
        file = Path(get_package_share_directory('gemma_events')) / 'launch' / name
        self.log = folder / 'launch.txt'
        with self.log.open('w') as log:
            self.process = subprocess.Popen(
                [sys.executable, '-c', RUN, str(file), f'socket_root:={folder}', *arguments],
                start_new_session=True,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, 'ROS_LOG_DIR': str(folder)},
            )

    def interrupt(self) -> int:
        """What Ctrl-C does: SIGINT to the whole group; the exit status."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(20)


@pytest.fixture
def start(tmp_path):
    """Start a launch file; ended with the test."""
    started = []

    def start_one(*arguments: str) -> Launched:
        started.append(Launched(tmp_path, *arguments))
        return started[-1]

    yield start_one
    for launched in started:
        if launched.process.poll() is None:
            os.killpg(launched.process.pid, signal.SIGKILL)
            launched.process.wait()


def nodes(ros, namespace):
    """Names of the nodes in a namespace."""
    return {name for name, space in ros.node.get_node_names_and_namespaces() if space == namespace}


@pytest.mark.parametrize(
    'arguments, namespace, expected',
    [
        ((), '/gemma', ALL),
        (('composed:=false', 'namespace:=robot1/head', 'nodes:=bridge,vision'), '/robot1/head', {'bridge', 'vision'}),
    ],
)
def test_nodes_run_under_their_namespace_and_end_on_ctrl_c(ros, start, arguments, namespace, expected):
    launched = start('gemma_events.launch.py', 'recogniser:=none', *arguments)
    wait_for(lambda: nodes(ros, namespace) == expected, f'the nodes; {launched.log.read_text()}')
    wait_for(lambda: launched.log.read_text().count(']: active') == len(expected), 'all of them being active')
    launched.interrupt()
    log = launched.log.read_text()
    assert 'Traceback' not in log, log
    processes = len(expected) if 'composed:=false' in arguments else 1
    assert log.count('process has finished cleanly') == processes, log


def test_the_bridge_alone(ros, start):
    start('bridge.launch.py')
    wait_for(lambda: nodes(ros, '/gemma') == {'bridge'}, 'the bridge')


def test_a_process_that_dies_is_started_again(ros, start):
    launched = start('gemma_events.launch.py', 'nodes:=vision')
    wait_for(lambda: ']: active' in launched.log.read_text(), 'the node')
    child = int(Path(f'/proc/{launched.process.pid}/task/{launched.process.pid}/children').read_text().split()[0])
    os.kill(child, signal.SIGKILL)
    wait_for(lambda: launched.log.read_text().count(']: active') == 2, 'the node again')


@pytest.mark.parametrize(
    'argument, hint',
    [
        ('namespace:=a-b', 'a-b'),
        ('nodes:=hearing,nose', 'nose'),
        ('params_file:=/none.yaml', '/none.yaml'),
        ('composed:=perhaps', 'perhaps'),
    ],
)
def test_a_bad_argument_is_said_in_a_line(start, argument, hint):
    launched = start('gemma_events.launch.py', argument)
    assert launched.process.wait(20) != 0
    lines = [line for line in launched.log.read_text().splitlines() if 'ERROR' in line]
    assert any(hint in line for line in lines), lines
