"""What can be named in a parameter or an action, and which class that is: Python entry points of any package.

    registry.names(registry.DETECTORS)                            # ['person', 'face', ..., 'cats']
    registry.load(registry.DETECTORS, 'cats', Detector)           # the class
    registry.load(registry.DETECTORS, 'my_robot.eyes:Cats', Detector)

The names of this package stand in `entry_points.ini`; for them no other package's metadata is read. Nothing is
imported before it is named. doc/extending.md tells how another package adds a name.
"""

from __future__ import annotations

import configparser
import functools
import importlib
import operator
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gemma_events.errors import ConfigurationError, GemmaError
from gemma_events.words import printable

OWN = Path(__file__).with_name('entry_points.ini')
PACKAGE = 'gemma_events'
LONGEST_REASON = 300  # characters of another package's error in a line of ours
FOREIGN_FAULTS = BaseException  # what code of another package may raise without ending anything


@dataclass(frozen=True)
class Group:
    """A kind of thing that can be registered: the name of its entry points, and what to call one."""

    name: str
    kind: str


NODES = Group('gemma_events.nodes', 'node')
ACTION_HANDLERS = Group('gemma_events.action_handlers', 'action handler')
SYNTHESISERS = Group('gemma_events.synthesisers', 'synthesiser')
DETECTORS = Group('gemma_events.detectors', 'detector')
RECOGNISERS = Group('gemma_events.recognisers', 'recogniser')
VOICE_ACTIVITY = Group('gemma_events.voice_activity', 'voice activity detector')
GROUPS = (NODES, ACTION_HANDLERS, SYNTHESISERS, DETECTORS, RECOGNISERS, VOICE_ACTIVITY)


@dataclass(frozen=True)
class Entry:
    """A name, the `module:Class` it stands for, and the package that registered it."""

    name: str
    value: str
    package: str

    def __str__(self) -> str:
        return f'{self.value} ({self.package})'


@functools.cache
def own(group: Group) -> dict[str, Entry]:
    """What this package registers, by name."""
    parser = configparser.ConfigParser(delimiters=('=',))
    parser.read_string(OWN.read_text(encoding='utf-8'))
    return {name: Entry(name, value, PACKAGE) for name, value in parser[group.name].items()}


def entries(group: Group) -> Iterator[Entry]:
    """All that is registered, this package's first. Of entries with the same name the first one counts."""
    yield from own(group).values()
    yield from _others(group, tuple(sys.path))


@functools.cache
def _others(group: Group, _path: tuple[str, ...]) -> tuple[Entry, ...]:
    """What the other packages on the path register."""
    import importlib.metadata  # only here: it takes 0.1 s and 3 MB, which a robot without packages of its own can save

    found = []
    for distribution in importlib.metadata.distributions():
        try:
            entry_points = [entry for entry in distribution.entry_points if entry.group == group.name]
            package = distribution.name if entry_points else ''
        except Exception:  # metadata that cannot be read is of a package that is none of our business
            continue
        found += [Entry(entry.name, entry.value, package or 'a package without a name') for entry in entry_points]
    return tuple(found)


def names(group: Group) -> list[str]:
    """What can be named."""
    return list(dict.fromkeys(entry.name for entry in entries(group)))


def find(group: Group, name: str) -> Entry:
    """What a name, or a `module:Class`, stands for. Raises ConfigurationError, with all names, where nobody knows."""
    if name in own(group):
        return own(group)[name]
    if ':' in name:
        return Entry(name, name, 'named as module:Class')
    for entry in entries(group):
        if entry.name == name:
            return entry
    raise ConfigurationError(f'there is no {group.kind} {name!r}: {_there_are(group)}, or name one as module:Class')


def load(group: Group, name: str, protocol: type) -> Any:
    """The class (or what makes an object) that a name or a `module:Class` stands for.

    Raises ConfigurationError, a single line, where nobody registers the name, the module cannot be imported, or the
    class lacks a method of `protocol`.
    """
    entry = find(group, name)
    try:
        module, _, attribute = entry.value.partition(':')
        found = operator.attrgetter(attribute.strip())(importlib.import_module(module.strip()))
        missing = [method for method in methods(protocol) if not callable(getattr(found, method, None))]
    except FOREIGN_FAULTS as error:
        raise _broken(group, entry, f'cannot be loaded: {reason(error)}') from error
    if missing:
        raise _broken(group, entry, f'has no {" and no ".join(f"{method}()" for method in missing)}')
    return found


def create(group: Group, name: str, protocol: type, *arguments: Any, **options: Any) -> Any:
    """An object of the class that a name stands for.

    Raises what `load` raises, the class's own GemmaError, and ConfigurationError, a single line, for any other error
    of another package's class.
    """
    made = load(group, name, protocol)
    try:
        return made(*arguments, **options)
    except GemmaError:
        raise
    except FOREIGN_FAULTS as error:
        if name in own(group):
            raise
        raise _broken(group, find(group, name), f'cannot be made: {reason(error)}') from error


def check(group: Group, name: str, settings: Any) -> None:
    """Let the class that a name stands for look at the settings, in its static `check` where it has one.

    Raises ConfigurationError, a single line, where nobody registers the name or `check` raises anything. A class that
    cannot be loaded passes: whoever creates it reports that, and may go on without it.
    """
    entry = find(group, name)
    try:
        look = getattr(load(group, name, object), 'check', lambda settings: None)
    except ConfigurationError:
        return
    try:
        look(settings)
    except ConfigurationError:
        raise
    except FOREIGN_FAULTS as error:
        raise _broken(group, entry, f'cannot be checked: {reason(error)}') from error


def table() -> str:
    """All that is registered, with its package, for people."""
    lines = []
    for group in GROUPS:
        lines.append(f'{group.name}')
        known: set[str] = set()
        for entry in entries(group):
            hidden = '  not used: the name is taken' if entry.name in known else ''
            known.add(entry.name)
            lines.append(f'  {entry.name:<20} {entry.package:<24} {entry.value}{hidden}')
    return '\n'.join(lines)


def methods(protocol: type) -> list[str]:
    """The methods that a class needs to fit a protocol."""
    return [name for name, value in vars(protocol).items() if callable(value) and not name.startswith('_')]


def text(value: object) -> str:
    """What somebody else's code has where a text belongs, as a log and a message can hold it; empty for None."""
    try:
        return '' if value is None else printable(str(value))
    except FOREIGN_FAULTS:  # of its __str__
        return ''


def reason(error: BaseException) -> str:
    """An error of somebody else's code in a line that a log and a message can hold."""
    line = ' '.join(text(error).split())[:LONGEST_REASON]
    return f'{type(error).__name__}: {line}' if line else type(error).__name__


def _broken(group: Group, entry: Entry, why: str) -> ConfigurationError:
    return ConfigurationError(f'{group.kind} {entry.name!r}: {entry} {why}; {_there_are(group)}')


def _there_are(group: Group) -> str:
    return f'there are {", ".join(names(group))}'
