"""Settings as ROS parameters."""

from __future__ import annotations

from typing import Any

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor

from gemma_events.settings import Description


def from_ros(value: Any, default: Any) -> Any:
    """A parameter's value as settings hold it: lists as tuples; rclpy gives None for an empty list."""
    return tuple(value or ()) if isinstance(default, tuple) and not isinstance(value, str) else value


def descriptor(default: Any, description: Description) -> ParameterDescriptor:
    """What ROS is told of a setting: description, range, and whether it can change while the node runs."""
    # An empty list has no type in ROS, so `settings` checks the type of lists.
    described = ParameterDescriptor(
        description=description.sentence(), read_only=not description.live, dynamic_typing=isinstance(default, tuple)
    )
    if description.low is not None and description.high is not None:
        if isinstance(default, int):
            described.integer_range = [IntegerRange(from_value=int(description.low), to_value=int(description.high))]
        else:
            described.floating_point_range = [
                FloatingPointRange(from_value=float(description.low), to_value=float(description.high))
            ]
    return described


def type_name(default: Any) -> str:
    """The type of a setting, in words."""
    names = {
        bool: 'bool',
        int: 'whole number',
        float: 'number with a decimal point',
        str: 'string (in quotes)',
        tuple: 'list of strings',
    }
    return names[type(default)]
