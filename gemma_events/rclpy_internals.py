"""What this package needs of rclpy that rclpy keeps to itself. Tested on every ROS distribution that is supported."""

from __future__ import annotations

from typing import Any

from rclpy.impl.implementation_singleton import rclpy_implementation

RCLError: type[Exception] = rclpy_implementation.RCLError  # what rcl and the layers below it cannot do


def parameter_overrides(node: Any) -> dict[str, Any]:
    """The parameters (rclpy.parameter.Parameter) that a node was given at its start, by name.

    A change of this dictionary holds for parameters that are declared after it.
    """
    overrides: dict[str, Any] = node._parameter_overrides
    return overrides


def parameter_names(node: Any) -> list[str]:
    """The parameters that a node has declared, in that order."""
    return list(node._parameters)


def lifecycle_state(node: Any) -> str:
    """A lifecycle node's state: `unconfigured`, `inactive`, `active`, `finalized`, or that of a transition."""
    _number, label = node._state_machine.current_state
    return str(label)
