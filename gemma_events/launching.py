"""What the launch files have in common: they declare arguments and start the processes that these lead to."""

from __future__ import annotations

import os
import tempfile
from typing import Any

import yaml
from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, EmitEvent, GroupAction, OpaqueFunction
from launch.events import matches_action
from launch.events.process import ProcessExited, ShutdownProcess
from launch.logging import launch_config
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import LifecycleNode, Node

from gemma_events import launch_arguments, registry
from gemma_events.launch_arguments import ALL, ARGUMENTS, DEBUG, OWN

RESPAWN_DELAY = 2.0  # seconds
FINAL = (0, os.EX_CONFIG)  # exit statuses after which a process is not started again


def describe(**fixed: str) -> LaunchDescription:
    """The arguments, without those that are fixed or belong to a node that is not there; then what they lead to.

    Nothing that is set in here reaches what comes after it in a file that includes it.
    """
    nodes = fixed.get('nodes', '')
    arguments = {
        name: argument
        for name, argument in ARGUMENTS.items()
        if name not in fixed and (not nodes or getattr(argument, 'node', ALL) in (ALL, nodes))
    }

    def start(context: LaunchContext) -> list[Node]:
        given = {name: LaunchConfiguration(name).perform(context) for name in arguments} | fixed
        return processes({name: launch_arguments.read(name, text) for name, text in given.items()})

    declared = [
        DeclareLaunchArgument(name, default_value=argument.default, description=argument.description + argument.empty)
        for name, argument in arguments.items()
    ]
    return LaunchDescription([GroupAction([*declared, OpaqueFunction(function=start)])])


def processes(value: dict[str, Any]) -> list[Node]:
    """The processes to start, from the values of the arguments."""
    names: list[str] = value['nodes']
    common = {
        'package': registry.PACKAGE,
        'namespace': value['namespace'],
        'parameters': [file for file in (value['params_file'], _parameter_file(value)) if file],
        'output': 'screen',
        'emulate_tty': True,
        'ros_arguments': [] if value['log_level'] == DEBUG else ['--log-level', value['log_level']],
        'respawn': value['respawn'],
        'respawn_delay': RESPAWN_DELAY,
        'on_exit': _give_up if value['respawn'] else None,
    }
    more = ['--end-with', str(os.getpid()), *(['--debug'] if value['log_level'] == DEBUG else [])]
    if value['composed']:
        return [Node(executable=registry.PACKAGE, arguments=['--nodes', ','.join(names), *more], **common)]
    return [
        LifecycleNode(name=name, executable=name, arguments=more, **common)
        if name in OWN
        else Node(executable=registry.PACKAGE, arguments=['--nodes', name, *more], **common)
        for name in names
    ]


def _give_up(event: ProcessExited, _context: LaunchContext) -> EmitEvent | None:
    """Keep launch from starting it again, which it would do for every status."""
    if event.returncode not in FINAL:
        return None
    return EmitEvent(event=ShutdownProcess(process_matcher=matches_action(event.action)))


def _parameter_file(value: dict[str, Any]) -> str:
    """A file with the parameters that are given as arguments, beside the logs of this launch; '' for none."""
    parameters = launch_arguments.parameters(value)
    if not parameters:
        return ''
    with tempfile.NamedTemporaryFile(
        'w', dir=launch_config.log_dir, prefix='gemma_events_', suffix='.yaml', delete=False
    ) as file:
        yaml.safe_dump(parameters, file)
    return file.name
