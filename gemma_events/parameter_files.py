"""For which nodes a parameter file has parameters, and whether there are such nodes: ROS ignores the others silently.

A key names a node as `/gemma/hearing`, with wildcards (`/*` one level, `/**` any number), or as nested namespaces.
"""

from __future__ import annotations

import contextlib
import difflib
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

FILE, RULE = ('--params-file',), ('-p', '--param')  # arguments, each with a value behind it
NODE_OF_RULE = re.compile('([^:=]+):[^:=]+:=')  # hearing:audio_source:=speech.wav
PARAMETERS = 'ros__parameters'


def warnings(arguments: list[str], here: list[str], registered: Callable[[], Iterable[str]]) -> Iterator[str]:
    """A line for each of a process's arguments, file or single parameter, with keys that no node matches.

    `here` are the full names of the nodes in this process, `registered` the names of all nodes that may run in another
    process, in the same namespaces, with the same file.
    """
    for source, keys, wildcard in _sources(arguments):
        unknown = [key for key in keys if not matches(key, here)]
        if unknown:
            names = list(dict.fromkeys([*(name.rpartition('/')[2] for name in here), *registered()]))
            anywhere = [f'{name.rpartition("/")[0]}/{other}' for name in here for other in names]
            unknown = [key for key in unknown if not matches(key, anywhere)]
            if unknown:
                yield f'{source}: {describe(unknown, here, names, wildcard)}'


def _sources(arguments: list[str]) -> Iterator[tuple[str, list[str], str]]:
    """Where each of the parameters come from, for which nodes they are, and what may stand for any namespace there."""
    for option, value in itertools.pairwise(arguments):
        if option in FILE:
            # rcl has read the file; what it took for a value may be none for us
            with contextlib.suppress(OSError, ValueError, yaml.YAMLError):
                yield value, node_keys(yaml.safe_load(Path(value).read_text(encoding='utf-8'))), '/**/'
        elif option in RULE and (rule := NODE_OF_RULE.match(value)):
            yield f'{option} {value}', [rule[1]], ''


def node_keys(document: Any, namespace: str = '') -> list[str]:
    """The keys of the nodes in a parameter file, with the namespaces they are nested in, as they are written."""
    if not isinstance(document, dict):
        return []
    keys = [namespace] if PARAMETERS in document else []
    for key, value in document.items():
        if key != PARAMETERS:
            keys += node_keys(value, f'{namespace}/{key}' if namespace else str(key))
    return keys


def matches(key: str, names: Iterable[str]) -> bool:
    """Whether a key is meant for one of these nodes (full names), by rclpy's own rule."""
    pattern = ('' if key.startswith('/') else '/') + key
    try:
        expression = re.compile(pattern.replace('/*', r'(/\w+)'))
    except re.error:
        return False
    return any(expression.fullmatch(name) for name in names)


def describe(unknown: list[str], here: list[str], names: list[str], wildcard: str) -> str:
    """What is wrong with keys that match nothing, the names that there are, and which of them may be meant."""
    like = itertools.chain(*(difflib.get_close_matches(key.rpartition('/')[2], names, 1) for key in unknown))
    meant = ', '.join(dict.fromkeys(wildcard + name for name in like if wildcard + name not in unknown))
    hint = f': is {meant} meant?' if meant else ''
    return f'no node is called {", ".join(unknown)}; here are {", ".join(here)}{hint}'
