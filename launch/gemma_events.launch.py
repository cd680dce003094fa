"""Start the robot's senses, face, voice and bridge, or some of them."""

from __future__ import annotations

import os
from pathlib import Path

from ament_index_python.packages import get_package_share_directory
from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction, TimerAction
from launch.events.process import ProcessExited
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node
from rclpy.exceptions import InvalidNamespaceException
from rclpy.validate_namespace import validate_namespace

from gemma_events import registry
from gemma_events.errors import ConfigurationError

PACKAGE = 'gemma_events'
NODES = list(registry.own(registry.NODES))
RESPAWN_DELAY = 2.0  # seconds
SWITCH = ('true', 'false')
CHOICES = {
    'composed': SWITCH,
    'respawn': SWITCH,
    'log_level': ('debug', 'info', 'warn', 'error', 'fatal'),
}
ARGUMENTS = {
    'namespace': ('gemma', 'namespace of all nodes and topics'),
    'params_file': (
        str(Path(get_package_share_directory(PACKAGE)) / 'config' / 'gemma_events.yaml'),
        'YAML file with the parameters of the nodes',
    ),
    'nodes': (','.join(NODES), 'which nodes to start; those of other packages too'),
    'composed': ('true', 'all nodes in one process (a third of the memory), or false: a process for each node'),
    'respawn': ('true', 'start a process again that has died; not when it says that its configuration is wrong'),
    'log_level': ('info', 'debug, info, warn, error or fatal'),
    'socket_root': ('', 'folder that relative socket paths start from; empty: as in params_file'),
    'audio_source': ('', 'a microphone or an audio file; empty: as in params_file'),
    'recogniser': ('', 'auto, none, a name (gemma_events --list) or module:Class; empty: as in params_file'),
    'model': ('', "the recogniser's model, a name or a folder; empty: as in params_file"),
}
PARAMETERS = {'socket_root': 'bridge', 'audio_source': 'hearing', 'recogniser': 'hearing', 'model': 'hearing'}


def start(context: LaunchContext) -> list[Node]:
    """The processes to start, from the arguments."""
    value = {name: LaunchConfiguration(name).perform(context) for name in ARGUMENTS}
    namespace = '/' + value['namespace'].strip('/')
    try:
        validate_namespace(namespace)
    except InvalidNamespaceException:
        raise RuntimeError(
            f'namespace: {value["namespace"]!r} is no name: it takes letters, digits, _ and /, '
            f'such as gemma or robot1/head'
        ) from None
    if not Path(value['params_file']).is_file():
        raise RuntimeError(f'params_file: there is no file {value["params_file"]}')
    names = [name.strip() for name in value['nodes'].split(',') if name.strip()]
    try:
        for name in names or ['']:
            registry.find(registry.NODES, name)
    except ConfigurationError as error:
        raise RuntimeError(f'nodes: {error}') from None

    def process(executable: str, nodes: list[str], *arguments: str) -> Node:
        def respawn(event: ProcessExited, context: LaunchContext) -> TimerAction | None:
            if value['respawn'] == 'false' or context.is_shutdown or event.returncode in (0, os.EX_CONFIG):
                return None  # a configuration that cannot work does not get better by itself
            return TimerAction(period=RESPAWN_DELAY, actions=[process(executable, nodes, *arguments)])

        overrides = {name: value[name] for name, node in PARAMETERS.items() if value[name] and node in nodes}
        return Node(
            package=PACKAGE,
            executable=executable,
            namespace=namespace,
            arguments=arguments,
            parameters=[value['params_file'], overrides],
            output='screen',
            emulate_tty=True,
            ros_arguments=['--log-level', value['log_level']],
            on_exit=respawn,
        )

    if value['composed'] == 'true':
        return [process(PACKAGE, names, '--nodes', ','.join(names))]
    return [process(name, [name]) if name in NODES else process(PACKAGE, [name], '--nodes', name) for name in names]


def generate_launch_description() -> LaunchDescription:
    """The arguments, then what they lead to."""
    arguments = [
        DeclareLaunchArgument(name, default_value=default, description=description, choices=CHOICES.get(name))
        for name, (default, description) in ARGUMENTS.items()
    ]
    return LaunchDescription([*arguments, OpaqueFunction(function=start)])
