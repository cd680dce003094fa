"""The executables: one node each, and `gemma_events`, which runs any set of them in one process."""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from typing import Any, Protocol

import rclpy
from rclpy.signals import SignalHandlerOptions
from rclpy.utilities import remove_ros_args

from gemma_events import rclpy_internals, registry
from gemma_events.errors import ConfigurationError, GemmaError
from gemma_events.executor import Stop, create_executor, spin

# Seconds for which a busy thread keeps the others waiting. Python's 0.005 would show in each latency: a node's
# callbacks, its sockets and its sound have threads of their own.
SWITCH_INTERVAL = 0.0005

HINTS = {  # by a part of what rcl says about arguments that it cannot read
    'Error parsing': "in a list, quote what has a colon: ['name=module:Class']",
    'Error opening': 'there is no such file, or this user may not read it',
    '': 'a namespace looks like /gemma, a parameter like -p name:=value',
}

EXAMPLES = """examples:
  gemma_events                                         all nodes of this package
  gemma_events --nodes hearing,bridge                  two of them
  gemma_events --list                                  what is registered, by this package and by others
  gemma_events --ros-args -r __ns:=/gemma -p audio_source:=speech.wav
"""


class RunnableNode(Protocol):
    """What a registered node needs beyond an rclpy node; a ManagedNode has it. It is made without arguments."""

    def start_to(self, state: str) -> bool:
        """Take the step to `inactive` or to `active`; false, with the reason in the log, if it failed."""

    def close(self) -> None:
        """Shut down from whatever state, and release everything."""


def main(executable: str, arguments: list[str] | None = None) -> int:
    """Run one executable until a signal ends it; the exit status."""
    arguments = sys.argv if arguments is None else arguments
    try:
        own = remove_ros_args(arguments)[1:]
    except Exception as error:
        return _refuse_arguments(error)
    if executable == 'hearing' and '--list-devices' in own:
        from gemma_events.hearing import microphone

        return microphone.print_devices()
    if executable == 'gemma_events' and '--list' in own:
        print(registry.table())
        return 0
    return run(_node_names(executable, own), arguments)


def _node_names(executable: str, arguments: list[str]) -> list[str]:
    if executable in registry.own(registry.NODES):
        parser = argparse.ArgumentParser(
            executable, description=f'The {executable} node.', epilog='ROS arguments come after --ros-args.'
        )
        if executable == 'hearing':
            parser.add_argument('--list-devices', action='store_true', help='print the microphones and exit')
        parser.parse_args(arguments)
        return [executable]
    parser = argparse.ArgumentParser(
        executable,
        description='Run any set of the nodes in one process.',
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--list', action='store_true', help='print what is registered, with its package, and exit')
    parser.add_argument(
        '--nodes',
        type=_names,
        default=list(registry.own(registry.NODES)),
        metavar='NAME[,NAME...]',
        help=f'of {", ".join(registry.own(registry.NODES))} (default: all of these), and of other packages',
    )
    names: list[str] = parser.parse_args(arguments).nodes
    return names


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(',') if name.strip()]
    try:
        for name in names or [text]:
            registry.find(registry.NODES, name)
    except ConfigurationError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return list(dict.fromkeys(names))


def run(names: list[str], arguments: list[str]) -> int:
    """Run nodes in this process until SIGINT or SIGTERM; 0, or EX_CONFIG when one of them cannot start."""
    sys.setswitchinterval(SWITCH_INTERVAL)
    stop = Stop()
    try:
        rclpy.init(args=arguments, signal_handler_options=SignalHandlerOptions.NO)
    except Exception as error:
        return _refuse_arguments(error)
    executor = create_executor()
    nodes: list[Any] = []
    try:
        for name in names:
            nodes.append(registry.create(registry.NODES, name, RunnableNode))
            executor.add_node(nodes[-1])
        configured = all(node.start_to('inactive') for node in nodes)
        warn_of_unknown_parameters(nodes)  # only now: handlers and the like declare their own while being configured
        if not configured or not all(node.start_to('active') for node in nodes):
            return os.EX_CONFIG
        spin(executor, stop.future)
    except GemmaError as error:
        print(f'gemma_events: {error}', file=sys.stderr)
        return os.EX_CONFIG
    finally:
        for node in reversed(nodes):
            executor.remove_node(node)  # no callbacks while it shuts down
            node.close()
        executor.shutdown()
        rclpy.try_shutdown()
        stop.close()
    return 0


def _refuse_arguments(error: Exception) -> int:
    reasons = [part.split(', at ')[0] for part in str(error).split('. Error: ')]  # the rest names rcl's source files
    reason = ': '.join(dict.fromkeys(reasons))
    hint = next((hint for part, hint in HINTS.items() if part in reason), HINTS[''])
    print(f'gemma_events: {reason}: {hint}', file=sys.stderr)
    return os.EX_CONFIG


def warn_of_unknown_parameters(nodes: list[Any]) -> None:
    """ROS ignores a misspelt parameter silently. What one node of the process does not know, another may."""
    known = {name for node in nodes for name in node.list_parameters([], 0).names}
    given = {name for node in nodes for name in rclpy_internals.parameter_overrides(node)}
    for name in sorted(given - known):
        like = difflib.get_close_matches(name, known, 1)
        hint = f': is {like[0]} meant?' if like else ''
        nodes[0].get_logger().warning(f'no node here has a parameter {name}{hint}')
