"""The executables' arguments: one node each, and `gemma_events`, which runs any set of them in one process."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import NoReturn, Protocol

from gemma_events import environment, registry
from gemma_events.arguments import explain
from gemma_events.errors import ConfigurationError

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
    _open_standard_streams()
    try:
        environment.check(os.environ, environment.installed_rmw())
    except ConfigurationError as error:
        return refuse(str(error))
    os.environ.update(environment.for_pictures(os.environ, Path.cwd()))
    from rclpy.utilities import remove_ros_args  # only now: see environment.py

    try:
        own = remove_ros_args(arguments)[1:]
    except Exception as error:
        return refuse(explain(error))
    options = _options(executable, own)
    if executable == 'hearing' and options.list_devices:
        from gemma_events.hearing import microphone

        return microphone.print_devices()
    if executable == 'gemma_events' and options.list:
        print(registry.table())
        return 0
    from gemma_events.process import run

    return run(options.nodes, arguments, options.end_with, options.debug)


def refuse(line: str) -> int:
    """Say why this process cannot start, and with which status it ends."""
    print(f'gemma_events: {line}', file=sys.stderr)
    return os.EX_CONFIG


def _open_standard_streams() -> None:
    """Where one is closed, a socket would take its place, and be printed to."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)  # for programs that nodes start
    os.close(number)
    sys.stdout = sys.stdout or os.fdopen(1, 'w')
    sys.stderr = sys.stderr or os.fdopen(2, 'w')


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Arguments do not get better by trying again, which a status other than EX_CONFIG may lead to."""
        self.print_usage(sys.stderr)
        self.exit(os.EX_CONFIG, f'gemma_events: {message}\n')


def _options(executable: str, arguments: list[str]) -> argparse.Namespace:
    if executable in registry.own(registry.NODES):
        parser = _Parser(executable, description=f'The {executable} node.')
        parser.epilog = 'ROS arguments come after --ros-args.'
        parser.set_defaults(nodes=[executable])
        if executable == 'hearing':
            parser.add_argument('--list-devices', action='store_true', help='print the microphones and exit')
    else:
        parser = _Parser(
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
    parser.add_argument(
        '--debug', action='store_true', help="log what the nodes do; --ros-args --log-level debug logs ROS's own too"
    )
    parser.add_argument(
        '--end-with', type=int, metavar='PID', help='end when that process, which started this one, has ended'
    )
    return parser.parse_args(arguments)


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(',') if name.strip()]
    try:
        for name in names or [text]:
            registry.find(registry.NODES, name)
    except ConfigurationError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return list(dict.fromkeys(names))
