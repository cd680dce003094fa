"""A node's settings as ROS parameters: what they were given at the start, and what set requests may change.

A value that was given at the start and cannot be taken is kept as a fault: the parameter has its default, and whoever
needs the settings is told, until the parameter has been set.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.exceptions import InvalidParameterTypeException
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import QoSPolicyKind, QoSProfile
from rclpy.qos_overriding_options import QoSOverridingOptions

from gemma_events import rclpy_internals
from gemma_events.errors import ConfigurationError
from gemma_events.settings import Description, check, describe, read, setting
from gemma_events.words import meant

TYPES = {
    bool: Parameter.Type.BOOL,
    int: Parameter.Type.INTEGER,
    float: Parameter.Type.DOUBLE,
    str: Parameter.Type.STRING,
    tuple: Parameter.Type.STRING_ARRAY,
}
# When a parameter can be set: the `additional_constraints` of its descriptor.
AT_ANY_TIME = 'can be set at any time'
WHILE_UNCONFIGURED = 'can be set while the node is unconfigured: deactivate, cleanup, set, configure, activate'
AT_THE_START = 'can only be given at the start'
ROUND_TRIPS = {  # from a state to unconfigured and back
    'active': ('deactivate and cleanup', 'configure and activate'),
    'inactive': ('cleanup', 'configure'),
}
QOS_POLICIES = (QoSPolicyKind.HISTORY, QoSPolicyKind.DEPTH, QoSPolicyKind.RELIABILITY, QoSPolicyKind.DURABILITY)


@dataclass(frozen=True)
class StartSettings:
    """The parameters that every node has."""

    autostart: bool = setting(True, 'whether the node becomes active by itself', fixed=True)
    strict: bool = setting(
        False,
        'whether the process ends when this node, or a part of it, cannot work; otherwise the node stays unconfigured, '
        'says so in /diagnostics, and the others go on',
        fixed=True,
    )


@dataclass(frozen=True)
class Group:
    """Parameters that are one settings class: each field's name after the prefix."""

    settings_type: type
    prefix: str = ''

    def names(self) -> list[str]:
        """The parameters' full names."""
        return [self.prefix + name for name in describe(self.settings_type)]


class Parameters:
    """The parameters of one node that settings classes describe. Others are left to rclpy."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._declared: dict[str, tuple[Any, Description]] = {}  # default and description by full name
        self._faults: dict[str, str] = {}  # lines about what was given at the start, by full name
        self._groups: tuple[Group, ...] = ()
        self._needed: list[Group] = []
        self._refused: list[str] = []  # lines about what no set request can mend

    def declare(self, group: Group, defaults: dict[str, Any], needed: bool) -> None:
        """Declare what is not declared yet. `defaults` replaces defaults of the settings class.

        What is `needed` is what `check` is about.
        """
        for name, (default, description) in describe(group.settings_type).items():
            if not self._node.has_parameter(group.prefix + name):
                self._declare(group.prefix + name, defaults.get(name, default), description)
        # Another class with the same prefix takes the place of the one before. Not in place: another thread may be
        # going through it.
        self._groups = (*(other for other in self._groups if not other.prefix or other.prefix != group.prefix), group)
        if needed and group not in self._needed:
            self._needed.append(group)

    def check(self) -> None:
        """Raise ConfigurationError, one line, for all that the node needs and that cannot be taken."""
        lines = list(self._refused)
        for group in self._needed:
            try:
                self.settings(group)
            except ConfigurationError as error:
                lines.append(str(error))
        if lines:
            raise ConfigurationError('; '.join(lines))

    def _declare(self, name: str, default: Any, description: Description) -> None:
        value, fault = default, ''
        given = rclpy_internals.parameter_overrides(self._node).get(name)
        if given is not None:
            try:
                value = read(name, given.value, default, description)
            except ConfigurationError as error:
                fault = str(error)
        described = descriptor(default, description)
        if value == ():  # which rclpy would take for a list of bytes
            self._node.declare_parameter(name, Parameter.Type.STRING_ARRAY, described, ignore_override=True)
            self._node.set_parameters([Parameter(name, Parameter.Type.STRING_ARRAY, [])])
        else:
            self._node.declare_parameter(name, value, described, ignore_override=True)
        if fault:
            self._faults[name] = fault
        self._declared = {**self._declared, name: (default, description)}

    def settings(self, group: Group) -> Any:
        """The group's settings. Raises ConfigurationError, one line, for all that cannot be taken."""
        if faults := [self._faults[name] for name in group.names() if name in self._faults]:
            raise ConfigurationError('; '.join(faults))
        return self._with(group, {})

    def accept(self, parameters: Iterable[Parameter], state: str) -> list[Parameter]:
        """The parameters of a set request with values of the right type, for a node in this state.

        Raises ConfigurationError, one line, for values that cannot be taken, for settings that work and would no
        longer do so, and for what cannot be set in this state. Settings that do not work, which thus are not in use,
        may be mended step by step and in every state.
        """
        accepted = [self._accept(parameter, state) for parameter in parameters]
        changes = {parameter.name: parameter.value for parameter in accepted}
        for group in filter(self._works, self._concerned(accepted)):
            self._with(group, changes)
        return accepted

    def _accept(self, parameter: Parameter, state: str) -> Parameter:
        name = parameter.name
        if name not in self._declared or parameter.type_ is Parameter.Type.NOT_SET:  # rclpy says no to a removal
            return parameter
        default, description = self._declared[name]
        value = read(name, parameter.value, default, description)
        held = self._node.get_parameter(name).value
        if value != (tuple(held or ()) if isinstance(value, tuple) else held):
            if description.fixed:
                raise ConfigurationError(f'parameter {name} {AT_THE_START}')
            if not description.live and state != 'unconfigured' and all(map(self._works, self._concerned([parameter]))):
                undo, redo = ROUND_TRIPS.get(state, ('cleanup', 'configure'))
                raise ConfigurationError(
                    f'parameter {name} cannot be set while the node is {state}: ros2 lifecycle set '
                    f'{self._node.get_fully_qualified_name()} {undo}, set it, then {redo}'
                )
        return Parameter(name, TYPES[type(default)], value)

    def unknown(self, parameters: Iterable[Parameter]) -> str:
        """A line about what is not declared."""
        names = rclpy_internals.parameter_names(self._node)
        missing = [parameter.name for parameter in parameters if parameter.name not in names]
        return '; '.join(f'there is no parameter {name}{meant(name, names)}' for name in missing)

    def changed(self, parameters: Iterable[Parameter]) -> list[tuple[Group, Any]]:
        """What has been set, as the settings of the groups concerned; without those that still cannot work."""
        groups = []
        for parameter in parameters:
            self._faults.pop(parameter.name, None)
        for group in self._concerned(parameters):
            with contextlib.suppress(ConfigurationError):  # `check` will say so
                groups.append((group, self.settings(group)))
        return groups

    def _concerned(self, parameters: Iterable[Parameter]) -> list[Group]:
        names = {parameter.name for parameter in parameters}
        return [group for group in self._groups if not names.isdisjoint(group.names())]

    def with_overrides(
        self, create: Callable[..., Any], qos: QoSProfile, message_type: type, topic: str, *more: Any
    ) -> Any:
        """A publisher or subscription, of rclpy's `create`, whose QoS the user can change.

        With parameters such as `qos_overrides./gemma/speech.publisher.depth`. `check` fails for a bad value there.
        """
        options = QoSOverridingOptions(QOS_POLICIES)
        try:
            # A copy: rclpy writes into it.
            return create(message_type, topic, *more, qos_profile=copy.copy(qos), qos_overriding_options=options)
        except Exception as error:  # of whatever type, for what a user wrote there
            made = create(message_type, topic, *more, qos_profile=qos)
            self._refused.append(f'qos_overrides of {self._node.resolve_topic_name(topic)}: {_without_name(error)}')
            return made

    def _works(self, group: Group) -> bool:
        try:
            self.settings(group)
        except ConfigurationError:
            return False
        return True

    def _with(self, group: Group, changes: dict[str, Any]) -> Any:
        values = {}
        for name in describe(group.settings_type):
            full = group.prefix + name
            values[name] = changes[full] if full in changes else self._node.get_parameter(full).value
        return check(group.settings_type, values, group.prefix)


def descriptor(default: Any, description: Description) -> ParameterDescriptor:
    """What ROS is told of a setting: description, range, and when it can be set."""
    described = ParameterDescriptor(
        description=description.sentence(),
        additional_constraints=_when(description),
        read_only=description.fixed,
    )
    if description.low is not None and description.high is not None:
        if isinstance(default, int):
            described.integer_range = [IntegerRange(from_value=int(description.low), to_value=int(description.high))]
        else:
            described.floating_point_range = [
                FloatingPointRange(from_value=float(description.low), to_value=float(description.high))
            ]
    return described


def _without_name(error: Exception) -> str:
    """What rclpy says of a bad override; a type's error ends with the parameter's name, which it has said."""
    line = str(error)
    return line.rpartition(': ')[0] if isinstance(error, InvalidParameterTypeException) else line


def _when(description: Description) -> str:
    if description.fixed:
        return AT_THE_START
    return AT_ANY_TIME if description.live else WHILE_UNCONFIGURED
