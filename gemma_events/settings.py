"""A node's parameters as a frozen dataclass, without ROS.

    @dataclass(frozen=True)
    class HearingSettings:
        hangover_ms: int = setting(700, 'silence that ends an utterance', unit='ms', low=60, high=5000)

    check(HearingSettings, {'hangover_ms': 20})    # ConfigurationError, with a line for the user

`gemma_events.parameters` declares them to ROS. A field's name is the parameter's name, its default the parameter's
default, and the type of its default the parameter's type: bool, int, float, str, or a tuple of str.

What people write does not always arrive as what they meant: ROS's YAML makes False of `off`, 432 of `0660`, and
nothing of `[]` or `#fff`. `read` has the rules for that, for the start and for set requests alike.
"""

from __future__ import annotations

import array
import dataclasses
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from gemma_events.errors import ConfigurationError
from gemma_events.registry import reason
from gemma_events.words import printable

_KEY = 'gemma_events.setting'
SettingsT = TypeVar('SettingsT')

LONGEST_TEXT = 4096  # characters of a string
LONGEST_LIST = 1000  # strings of a list
LONGEST_SHOWN = 100  # characters of a value in a line about it
INT64 = range(-(2**63), 2**63)  # what ROS can hold
WHOLE_NUMBER = re.compile('[+-]?(0|[1-9][0-9]{0,18})')
NUMBER = re.compile(r'[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?')
# What YAML, as ROS reads it, takes for a bool, in whatever case. All but the first of each are often meant as words.
YAML_WORDS = {False: ('false', 'off', 'no', 'n'), True: ('true', 'on', 'yes', 'y')}


@dataclass(frozen=True)
class Description:
    """What a setting means, which values it takes, and when it can be set.

    `low` and `high` are inclusive. A string, or each of a list, has to match the regular expression `pattern` as a
    whole; `form` says in words what that is. A setting that is `live` can be set at any time, one that is `fixed` only
    at the start of the process, any other one while the node is unconfigured.
    """

    text: str
    unit: str = ''
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    pattern: str = ''
    form: str = ''
    live: bool = False
    fixed: bool = False

    def sentence(self) -> str:
        """The description that `ros2 param describe` and the configuration file show."""
        unit = f' [{self.unit}]' if self.unit else ''
        choices = f' ({", ".join(choice or repr("") for choice in self.choices)})' if self.choices else ''
        return f'{self.text}{unit}{choices}'

    def allows(self, value: Any) -> bool:
        """Whether a value of the right type is within the bounds, among the choices, and of the form."""
        if self.low is not None and self.high is not None and not self.low <= value <= self.high:
            return False
        if self.choices and value not in self.choices:
            return False
        texts = value if isinstance(value, tuple) else (value,)
        return not self.pattern or all(re.fullmatch(self.pattern, text) for text in texts)

    def wanted(self, default: Any) -> str:
        """Which values it takes, in words."""
        if self.choices:
            return f'one of {", ".join(map(repr, self.choices))}'
        bounds = ''
        if self.low is not None and self.high is not None:
            bounds = f' from {plain(self.low)} to {plain(self.high)}{self.unit and " " + self.unit}'
        return (
            self.form
            or {
                bool: 'true or false',
                int: f'a whole number{bounds}',
                float: f'a number{bounds}',
                str: 'a string',
                tuple: 'a list of strings',
            }[type(default)]
        )


def setting(
    default: Any,
    text: str,
    *,
    unit: str = '',
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    pattern: str = '',
    form: str = '',
    live: bool = False,
    fixed: bool = False,
) -> Any:
    """A field of a settings class; see Description."""
    description = Description(text, unit, low, high, choices, pattern, form, live, fixed)
    return dataclasses.field(default=default, metadata={_KEY: description})


def describe(settings_type: type) -> dict[str, tuple[Any, Description]]:
    """Each setting's default and description, by name."""
    return {field.name: (field.default, field.metadata[_KEY]) for field in dataclasses.fields(settings_type)}


def check(settings_type: type[SettingsT], values: dict[str, Any], prefix: str = '') -> SettingsT:
    """Settings from values by name, each as `read` takes it, with defaults for the rest.

    Raises ConfigurationError, one line, for all values that cannot be taken, and for whatever the class itself raises
    in `__post_init__` for values that do not fit together. `prefix` comes before the names in that line.
    """
    taken, faults = dict(values), []
    for name, (default, description) in describe(settings_type).items():
        if name in values:
            try:
                taken[name] = read(prefix + name, values[name], default, description)
            except ConfigurationError as error:
                faults.append(str(error))
    if faults:
        raise ConfigurationError('; '.join(faults))
    try:
        return settings_type(**taken)
    except Exception as error:  # a ValueError, say, of a class that another package has
        line = str(error) if isinstance(error, ConfigurationError) else reason(error)
        raise ConfigurationError(f'parameters {prefix}*: {line}' if prefix else line) from error


def read(name: str, given: Any, default: Any, description: Description) -> Any:
    """A setting's value from what a parameter was given; None is a parameter without a value.

    Raises ConfigurationError, one line, where it is not clear what is meant, or where the setting does not take it.
    """
    hint = ''
    try:
        value = _READERS[type(default)](given, default, description)
        if description.allows(value):
            return value
    except _UnclearError as unclear:
        hint = f', {unclear}' if str(unclear) else ''
    raise ConfigurationError(f'parameter {name} {_shown(given)}: it takes {description.wanted(default)}{hint}')


class _UnclearError(Exception):
    """A value that may mean this or that; the text says how to write it, where that helps."""


def _bool(given: Any, _default: bool, _description: Description) -> bool:
    if isinstance(given, str):  # that was quoted
        given = next((value for value, words in YAML_WORDS.items() if given.lower() in words), given)
    if not isinstance(given, bool):
        raise _UnclearError
    return given


def _int(given: Any, _default: int, _description: Description) -> int:
    if isinstance(given, str) and WHOLE_NUMBER.fullmatch(given):
        given = int(given)
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    if type(given) is not int or given not in INT64:
        raise _UnclearError
    return given


def _float(given: Any, _default: float, _description: Description) -> float:
    if type(given) is int or (isinstance(given, str) and NUMBER.fullmatch(given)):
        given = float(given)
    if not isinstance(given, float) or not math.isfinite(given):
        raise _UnclearError
    return given


def _permissions(number: int) -> str:
    """Permissions of a file, octal, that YAML took for a number: 0660 comes as 432, and 660 as it is.

    Those that anybody would give let the owner read and write, and the group no less than all others.
    """
    written = [text for text in (f'0{number:o}', f'0{number}') if re.fullmatch('0[67]([0-7])([0-7])', text)]
    sensible = [text for text in written if int(text[3]) & ~int(text[2]) == 0]
    if number < 0 or len(sensible) != 1:
        raise _UnclearError("in quotes, such as '0660'")
    return sensible[0]


def _str(given: Any, default: str, description: Description) -> str:
    if given is None and not default:
        return ''
    if given is None:
        raise _UnclearError('in quotes where it begins with #')
    if isinstance(given, bool):  # `role: off`
        meant = [choice for choice in description.choices if choice in YAML_WORDS[given]]
        if len(meant) == 1:
            return meant[0]
        raise _UnclearError(f'in quotes: {", ".join(YAML_WORDS[given])} are all {str(given).lower()} in YAML')
    if type(given) is int and default.startswith('0'):
        return _permissions(given)
    if type(given) is int:
        return str(given)
    if isinstance(given, (int, float)):
        raise _UnclearError(f'in quotes, such as {default!r}' if default else 'in quotes')
    if not isinstance(given, str):
        raise _UnclearError
    if len(given) > LONGEST_TEXT:
        raise _UnclearError(f'at most {LONGEST_TEXT} characters')
    if given != printable(given):
        raise _UnclearError('without null characters and what has no UTF-8 form')
    return given


def _strings(given: Any, _default: tuple[str, ...], description: Description) -> tuple[str, ...]:
    if isinstance(given, str):
        raise _UnclearError(
            "each in quotes, such as ['one', 'two']" if '[' in given else f'such as [{_shortened(given)}]'
        )
    if given is None:
        return ()
    if not isinstance(given, (list, tuple, array.array)):
        raise _UnclearError
    if len(given) > LONGEST_LIST:
        raise _UnclearError(f'at most {LONGEST_LIST}')
    return tuple(_str(item, '', description) for item in given)


_READERS: dict[type, Callable[[Any, Any, Description], Any]] = {
    bool: _bool,
    int: _int,
    float: _float,
    str: _str,
    tuple: _strings,
}


def _shown(given: Any) -> str:
    if given is None:
        return 'has no value'
    if isinstance(given, bool):
        return f'is {str(given).lower()}'
    return f'is {_shortened(given.tolist() if isinstance(given, array.array) else given)}'


def _shortened(given: Any) -> str:
    text = repr(given)
    return text if len(text) <= LONGEST_SHOWN else f'{text[:LONGEST_SHOWN]}...'


def path_of(name: str, text: str) -> Path:
    """A path that a parameter holds, with ~ expanded. Raises ConfigurationError where it cannot be looked at."""
    try:
        expanded = Path(text).expanduser()
        expanded.exists()
    except (OSError, RuntimeError) as error:  # a name that is too long, a folder that is closed; nobody's ~
        why = (getattr(error, 'strerror', '') or 'there is no such user').lower()
        raise ConfigurationError(f'parameter {name} is {_shortened(text)}: {why}') from error
    return expanded


def plain(number: float) -> str:
    """A number as people write it: no exponent, no trailing zeros."""
    return f'{number:g}' if number != int(number) else str(int(number))


def changed(old: Any, new: Any) -> set[str]:
    """Names of the settings that differ."""
    return {field.name for field in dataclasses.fields(new) if getattr(old, field.name) != getattr(new, field.name)}


def live(settings_type: type) -> set[str]:
    """Names of the settings that can change while the node runs."""
    return {name for name, (_, description) in describe(settings_type).items() if description.live}
