"""What this package needs of rclpy that rclpy keeps to itself. Tested on every ROS distribution that is supported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.action import ActionServer
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.task import Task

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


def answer_impossible_transitions(node: Any, refuse: Callable[[Any], None]) -> None:
    """Let a lifecycle node's service answer a request for a transition that its state does not have.

    rclpy only raises then, and whoever asked would wait for ever. `refuse` is called with the transition.
    """
    service = node._service_change_state
    change_state = service.callback

    def answer(request: Any, response: Any) -> Any:
        try:
            return change_state(request, response)
        except RCLError:
            refuse(request.transition)
            response.success = False
            return response

    service.callback = answer


class InlineActionServer(ActionServer):
    """An action server whose goals' `execute(callback)` calls back and sends the result at once, in the same thread.

    rclpy leaves both to the executor: at the end of a process nothing runs there any more, and whoever asked would wait
    for ever. The callback must not be a coroutine.
    """

    def notify_execute(self, goal_handle: Any, execute_callback: Any) -> None:
        """See rclpy."""
        task: Any = Task
        task(self._execute_goal, (execute_callback, goal_handle))()

    def add_future(self, future: Any) -> None:
        """One that no executor knows calls back as soon as it is done."""

    def remove_future(self, future: Any) -> None:
        """Was not added."""
