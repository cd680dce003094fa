"""The arguments of the launch files: what each is for, its default, and what it takes. No launch in here."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rclpy.exceptions import InvalidNamespaceException
from rclpy.validate_namespace import validate_namespace

from gemma_events import registry
from gemma_events.errors import ConfigurationError

OWN = tuple(registry.own(registry.NODES))
ALL = ''  # nodes
DEBUG = 'debug'
LEVELS = (DEBUG, 'info', 'warn', 'error', 'fatal')


def _boolean(text: str) -> bool:
    """As launch's conditions read it."""
    value = {'true': True, '1': True, 'false': False, '0': False}.get(text.strip().lower())
    if value is None:
        raise ValueError('it takes true or false')
    return value


def _namespace(text: str) -> str:
    namespace = text.rstrip('/') or text[:1]
    try:
        validate_namespace(namespace if namespace.startswith('/') else f'/{namespace}')
    except InvalidNamespaceException:
        raise ValueError('it takes letters, digits, _ and /, such as gemma or robot1/head') from None
    return namespace


def _file(text: str) -> str:
    if not text:
        return ''
    path = Path(text)
    with contextlib.suppress(RuntimeError):  # no such user
        path = path.expanduser()  # shells do not, behind :=
    if not path.is_file():
        raise ValueError('there is no such file')
    return str(path)


def _nodes(text: str) -> list[str]:
    names = [name.strip() for name in text.split(',') if name.strip()]
    try:
        for name in names or ['']:
            registry.find(registry.NODES, name)
    except ConfigurationError as error:
        raise ValueError(str(error)) from None
    return list(dict.fromkeys(names))


def _level(text: str) -> str:
    if text.lower() not in LEVELS:
        raise ValueError(f'it takes {", ".join(LEVELS)}')
    return text.lower()


@dataclass(frozen=True)
class Argument:
    """A launch argument. `read` takes its text, and raises ValueError with what it takes."""

    default: str
    description: str
    read: Callable[[str], Any] = str
    empty = ''


@dataclass(frozen=True)
class ParameterArgument(Argument):
    """An argument that is a parameter of a node, or of all, and is not set where the text is empty."""

    node: str = ALL
    empty = '; empty: as in params_file'


ARGUMENTS = {
    'namespace': Argument(
        'gemma', 'namespace of all nodes and topics, below one that is pushed already; /name: not below it', _namespace
    ),
    'params_file': Argument(
        '', 'YAML file with parameters; empty: the defaults, which config/gemma_events.yaml lists', _file
    ),
    'nodes': Argument(','.join(OWN), 'which nodes to start; those of other packages too', _nodes),
    'composed': Argument(
        'true', 'all nodes in one process (a third of the memory); false: a lifecycle node process for each', _boolean
    ),
    'respawn': Argument(
        'true', 'start a process again that has died; not when it says that its configuration is wrong', _boolean
    ),
    'log_level': Argument('info', f'{", ".join(LEVELS)}; debug: of the nodes, not of ROS itself', _level),
    'use_sim_time': ParameterArgument('', 'true: the time is that of the topic /clock', _boolean),
    'autostart': ParameterArgument('', 'whether the nodes become active by themselves (true)', _boolean),
    'strict': ParameterArgument('', 'whether one node that cannot work ends its process (false)', _boolean),
    'socket_root': ParameterArgument('', 'folder that relative socket paths start from', node='bridge'),
    'audio_source': ParameterArgument('', 'a microphone or an audio file', node='hearing'),
    'recogniser': ParameterArgument('', 'auto, none, a name (gemma_events --list) or module:Class', node='hearing'),
    'model': ParameterArgument('', "the recogniser's model, a name or a folder", node='hearing'),
}


def read(name: str, text: str) -> Any:
    """An argument's value; None for a parameter that is not given. Raises ConfigurationError, a single line."""
    argument = ARGUMENTS[name]
    if isinstance(argument, ParameterArgument) and not text:
        return None
    try:
        return argument.read(text)
    except ValueError as error:
        raise ConfigurationError(f'{name} is {text!r}: {error}') from None


def parameters(value: dict[str, Any]) -> dict[str, Any]:
    """The content of a parameter file with those of the arguments that are parameters; empty for none.

    Of the keys that match a node, ROS lets that one win which none of the earlier files has. So an argument has a key
    that nobody writes, and wins over all files.
    """
    keys: dict[str, Any] = {}
    for name, argument in ARGUMENTS.items():
        if isinstance(argument, ParameterArgument) and value.get(name) is not None:
            key = f'/**/**/{argument.node}' if argument.node else '/**/**'
            keys.setdefault(key, {'ros__parameters': {}})['ros__parameters'][name] = value[name]
    return keys
