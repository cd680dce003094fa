"""A node's parameters as a frozen dataclass, without ROS.

    @dataclass(frozen=True)
    class HearingSettings:
        hangover_ms: int = setting(700, 'silence that ends an utterance', unit='ms', low=60, high=5000)

    check(HearingSettings, {'hangover_ms': 20})    # ConfigurationError, with a line for the user

`gemma_events.node` declares them to ROS with descriptors. A field's name is the parameter's name, its
default the parameter's default.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, TypeVar

from gemma_events.errors import ConfigurationError

_KEY = 'gemma_events.setting'
SettingsT = TypeVar('SettingsT')


@dataclass(frozen=True)
class Description:
    """What a setting means, its bounds (both inclusive), and whether it can change while the node runs."""

    text: str
    unit: str = ''
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    live: bool = False

    def sentence(self) -> str:
        """The description that `ros2 param describe` and the configuration file show."""
        unit = f' [{self.unit}]' if self.unit else ''
        choices = f' ({", ".join(choice or repr("") for choice in self.choices)})' if self.choices else ''
        return f'{self.text}{unit}{choices}'


def setting(
    default: Any,
    text: str,
    *,
    unit: str = '',
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    live: bool = False,
) -> Any:
    """A field of a settings class. The type is that of `default`: bool, int, float, str or a tuple of str."""
    description = Description(text, unit, low, high, choices, live)
    return dataclasses.field(default=default, metadata={_KEY: description})


def describe(settings_type: type) -> dict[str, tuple[Any, Description]]:
    """Each setting's default and description, by name."""
    return {field.name: (field.default, field.metadata[_KEY]) for field in dataclasses.fields(settings_type)}


def check(settings_type: type[SettingsT], values: dict[str, Any]) -> SettingsT:
    """Settings from values by name, with defaults for the rest.

    Raises ConfigurationError for a value outside its bounds or choices, and whatever the class itself raises in
    `__post_init__` for values that do not fit together.
    """
    for name, (default, description) in describe(settings_type).items():
        if name in values:
            _check_value(name, values[name], default, description)
    return settings_type(**values)


def _check_value(name: str, value: Any, default: Any, description: Description) -> None:
    if isinstance(default, tuple) and not (isinstance(value, tuple) and all(isinstance(item, str) for item in value)):
        raise ConfigurationError(f"parameter {name} is {value!r}: it takes a list of strings, such as ['one', 'two']")
    if description.choices and value not in description.choices:
        raise ConfigurationError(
            f'parameter {name} is {value!r}: it takes one of {", ".join(map(repr, description.choices))}'
        )
    low, high = description.low, description.high
    if low is not None and high is not None and not low <= value <= high:
        unit = f' {description.unit}' if description.unit else ''
        raise ConfigurationError(f'parameter {name} is {value}: it takes {plain(low)} to {plain(high)}{unit}')


def plain(number: float) -> str:
    """A number as people write it: no exponent, no trailing zeros."""
    return f'{number:g}' if number != int(number) else str(int(number))


def changed(old: Any, new: Any) -> set[str]:
    """Names of the settings that differ."""
    return {field.name for field in dataclasses.fields(new) if getattr(old, field.name) != getattr(new, field.name)}
