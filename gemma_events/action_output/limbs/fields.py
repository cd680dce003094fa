"""ROS messages from JSON and back, field by field: rclpy's C code ends the process at a value of a wrong type."""

from __future__ import annotations

import importlib
import json
import math
import re
import sys
from collections.abc import Mapping
from typing import Any

from gemma_events.errors import ConfigurationError
from gemma_events.registry import FOREIGN_FAULTS, reason
from gemma_events.words import meant, printable

INTERFACE = re.compile(r'([a-z][a-z0-9_]*)/(msg|srv|action)/([A-Za-z][A-Za-z0-9]*)')
LONGEST = 2000  # characters of a message as JSON
MOST = 50  # items of an array as JSON
DEEPEST = 20  # messages within messages

_INTEGERS = {
    f'{sign}int{bits}': range(-(2 ** (bits - 1)) if not sign else 0, 2 ** (bits - (not sign)))
    for bits in (8, 16, 32, 64)
    for sign in ('', 'u')
} | {'octet': range(256), 'char': range(256), 'byte': range(256)}
_LARGEST_FLOAT = {'float': 3.4028234663852886e38, 'double': sys.float_info.max}
_ARRAY = re.compile(r'sequence<(.+?)(?:, (\d+))?>|(.+)\[(\d+)\]')
_STRING = re.compile(r'w?string(?:<(\d+)>)?')


def load(interface: str, kind: str) -> Any:
    """The class of an interface such as `example_interfaces/action/Fibonacci`, which has to be of a kind: msg, srv or
    action.

    Raises ConfigurationError, a line, where there is none.
    """
    found = INTERFACE.fullmatch(interface)
    if not found or found[2] != kind:
        raise ConfigurationError(f'interface {interface[:100]!r}: it takes package/{kind}/Name')
    try:
        return getattr(importlib.import_module(f'{found[1]}.{kind}'), found[3])
    except FOREIGN_FAULTS as error:
        raise ConfigurationError(f'interface {interface!r} cannot be loaded: {reason(error)}') from error


def fill(message: Any, values: Mapping[str, Any], path: str = '') -> Any:
    """The message, with the values in its fields. Raises ValueError, a line, for what does not fit."""
    fields = message.get_fields_and_field_types()
    if path.count('.') > DEEPEST:
        raise ValueError(f'{path} is too deep')
    for name, value in values.items():
        if name not in fields:
            raise ValueError(f'there is no field {path + name[:100]!r}{meant(name, fields)}')
        setattr(message, name, _value(fields[name], value, path + name))
    return message


def to_json(message: Any) -> str:
    """A message for people and programs to read; long ones are cut, and are no JSON then."""
    text = json.dumps(_plain(message), ensure_ascii=False)
    return printable(text if len(text) <= LONGEST else f'{text[:LONGEST]}...')


def _value(kind: str, value: Any, path: str) -> Any:
    if array := _ARRAY.fullmatch(kind):
        item, most, exact = array[1] or array[3], array[2], array[4]
        if not isinstance(value, list):
            raise ValueError(f'{path} takes a list')
        if (exact and len(value) != int(exact)) or (most and len(value) > int(most)):
            raise ValueError(f'{path} has {len(value)} items: it takes {"" if exact else "at most "}{exact or most}')
        return [_value(item, each, f'{path}[{number}]') for number, each in enumerate(value)]
    if kind == 'boolean':
        return _checked(isinstance(value, bool), value, path, 'true or false')
    if kind in _INTEGERS:
        bounds = _INTEGERS[kind]
        fits = type(value) is int and value in bounds
        wanted = f'a whole number from {bounds[0]} to {bounds[-1]}'
        return _octet(kind, _checked(fits, value, path, wanted))
    if kind in _LARGEST_FLOAT:
        fits = type(value) in (int, float) and abs(value) <= _LARGEST_FLOAT[kind]
        return float(_checked(fits, value, path, 'a number'))
    if string := _STRING.fullmatch(kind):
        fits = isinstance(value, str) and value == printable(value) and len(value) <= int(string[1] or 2**31)
        return _checked(fits, value, path, f'a text{f" of at most {string[1]} characters" if string[1] else ""}')
    if not isinstance(value, dict):
        raise ValueError(f'{path} takes an object, of {kind}')
    package, _, name = kind.partition('/')
    return fill(load(f'{package}/msg/{name}', 'msg')(), value, f'{path}.')


def _octet(kind: str, value: int) -> Any:
    return bytes((value,)) if kind == 'octet' else value


def _checked(fits: bool, value: Any, path: str, wanted: str) -> Any:
    if not fits:
        raise ValueError(f'{path} is {repr(value)[:100]}: it takes {wanted}')
    return value


def _plain(value: Any, depth: int = 0) -> Any:
    if hasattr(value, 'get_fields_and_field_types') and depth < DEEPEST:
        return {name: _plain(getattr(value, name), depth + 1) for name in value.get_fields_and_field_types()}
    if isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, bytes):
        return list(value[:MOST]) if len(value) != 1 else value[0]
    try:
        return [_plain(each.item() if hasattr(each, 'item') else each, depth + 1) for each in list(value[:MOST])]
    except TypeError:
        return str(value)
