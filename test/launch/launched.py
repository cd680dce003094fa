"""Launch files running in a process of their own, for the tests of this folder."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from harness import Ros, wait_for

RUN = """
import signal, sys
for number, action in ((signal.SIGINT, signal.default_int_handler), (signal.SIGQUIT, signal.SIG_DFL)):
    signal.signal(number, action)  # in the background of a shell both are ignored
from launch import LaunchDescription, LaunchService
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
file, *arguments = sys.argv[1:]
service = LaunchService()
service.include_launch_description(LaunchDescription([IncludeLaunchDescription(
    PythonLaunchDescriptionSource(file), launch_arguments=[argument.split(':=') for argument in arguments])]))
sys.exit(service.run())
"""
HEAD = """
from launch import LaunchDescription
from launch.actions import *
from launch.event_handlers import *
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import *
from launch_ros.event_handlers import *
from launch_ros.events.lifecycle import ChangeState
from launch_ros.events.matchers import matches_node_name
from ament_index_python.packages import get_package_share_directory
from lifecycle_msgs.msg import Transition

def include(name='gemma_events.launch.py', **arguments):
    file = f"{get_package_share_directory('gemma_events')}/launch/{name}"
    return IncludeLaunchDescription(PythonLaunchDescriptionSource(file), launch_arguments=arguments.items())

def generate_launch_description():
    return LaunchDescription([
"""


def launch_file(folder: Path, actions: str) -> Path:
    """A launch file of another package, with these actions; `include` includes one of ours."""
    file = folder / 'robot.launch.py'
    file.write_text(f'{HEAD}{actions}\n    ])\n')
    return file


class Launched:
    """A launch file in a process of its own: a name of ours, or a path."""

    def __init__(self, folder: Path, file: str | Path, *arguments: str) -> None:
        from ament_index_python.packages import get_package_share_directory

        path = Path(get_package_share_directory('gemma_events')) / 'launch' / file  # or `file`, where it is absolute
        self.log = folder / 'launch.txt'
        with self.log.open('w') as log:
            self.process = subprocess.Popen(
                [sys.executable, '-c', RUN, str(path), *arguments],
                start_new_session=True,
                cwd=folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, 'ROS_LOG_DIR': str(folder / 'log')},
            )

    def wait_for(self, text: str, times: int = 1) -> None:
        """Wait until its output has a text this often."""
        wait_for(
            lambda: self.log.read_text().count(text) >= times or self.process.poll() is not None,
            f'{times} times {text!r}',
        )
        assert self.log.read_text().count(text) >= times, self.log.read_text()

    def children(self) -> list[int]:
        """The processes that it has started and that still run."""
        pid = self.process.pid
        return [int(child) for child in Path(f'/proc/{pid}/task/{pid}/children').read_text().split()]

    def interrupt(self) -> int:
        """What Ctrl-C does: SIGINT to the whole group; the exit status."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(20)

    def kill(self) -> None:
        """End it and all that it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def nodes(ros: Ros) -> set[str]:
    """The full names of the nodes that there are, but for those of tools."""
    tools = ('test', 'launch_ros_', '_')
    names = ros.node.get_node_names_and_namespaces()
    return {f'{space.rstrip("/")}/{name}' for name, space in names if not name.startswith(tools)}


def parameter(ros: Ros, node: str, name: str) -> Any:
    """A parameter's value, asked for from outside."""
    from rcl_interfaces.srv import GetParameters
    from rclpy.parameter import parameter_value_to_python

    client = ros.node.create_client(GetParameters, f'{node}/get_parameters')

    def ask() -> Any:
        """The answer; None when none comes, as from a process that was just killed."""
        future = client.call_async(GetParameters.Request(names=[name]))
        end = time.monotonic() + 1.0
        while not future.done() and time.monotonic() < end:
            time.sleep(0.01)
        return future.result()

    wait_for(client.service_is_ready, f'the parameters of {node}')
    [value] = wait_for(ask, f'the parameter {name} of {node}').values
    return parameter_value_to_python(value)


def alive(pid: int) -> bool:
    """Whether a process is there, and has not just ended."""
    try:
        return Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0] != 'Z'
    except (FileNotFoundError, ProcessLookupError):
        return False
