"""Actions that another node does: a route leads to its action server, service or topic, by parameters alone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gemma_events import rclpy_internals
from gemma_events.action_output.limbs.asking import AskedAction, AskedService, AskedTopic
from gemma_events.action_output.limbs.fields import fill, load
from gemma_events.action_output.run import Run, parse_arguments
from gemma_events.errors import ConfigurationError
from gemma_events.events import ActionEvent
from gemma_events.node import ManagedNode
from gemma_events.registry import reason
from gemma_events.settings import setting

if TYPE_CHECKING:
    from gemma_events.action_output.node import ActionOutputNode

PREFIX = 'routes.'
KINDS = {'action': 'action', 'service': 'srv', 'topic': 'msg'}
ASKED: dict[str, Any] = {'action': AskedAction, 'service': AskedService, 'topic': AskedTopic}


@dataclass(frozen=True)
class RouteSettings:
    """The parameters of a route, behind `routes.<action>.`."""

    type: str = setting('action', 'what does the action: an action server, a service, or a topic', choices=tuple(KINDS))
    name: str = setting('', 'its name, such as /arm/wave; empty: that of the route')
    interface: str = setting('', 'its interface, such as example_interfaces/action/Fibonacci')
    content_field: str = setting(
        'content', 'the field that takes the content of the action; the others take its arguments, by their names'
    )
    timeout_s: float = setting(
        5.0, 'how long to wait for the server to be there, and to accept a goal', unit='s', low=0.1, high=600.0
    )
    limit_s: float = setting(
        3600.0, 'how long it may take at most; then it is cancelled, and has failed', unit='s', low=0.1, high=86_400.0
    )

    def __post_init__(self) -> None:
        if self.interface:
            load(self.interface, KINDS[self.type])


def names(node: Any) -> list[str]:
    """The routes that a node was given parameters for."""
    given = (name[len(PREFIX) :] for name in rclpy_internals.parameter_overrides(node) if name.startswith(PREFIX))
    return list(dict.fromkeys(name.partition('.')[0] for name in given if '.' in name))


class Route:
    """Hands an action on, and its feedback and result back. Fits handlers.ActionHandler."""

    def __init__(self, node: ManagedNode[Any], name: str) -> None:
        settings = node.declare_settings(RouteSettings, f'{PREFIX}{name}.', name=name)
        if not settings.interface:
            raise ConfigurationError(f'route {name!r} has no interface: set {PREFIX}{name}.interface')
        self._settings, self._type = settings, load(settings.interface, KINDS[settings.type])
        try:
            self._asked = ASKED[settings.type](node, self._type, settings.name, settings.timeout_s)
        except Exception as error:  # a name that ROS does not take, an interface that cannot be sent
            raise ConfigurationError(f'route {name!r}: {reason(error)}') from error

    def refusal(self, action: ActionEvent) -> str:
        """Content or arguments that do not fit."""
        try:
            self._message(action)
        except ValueError as error:
            return str(error)
        return ''

    def execute(self, run: Run) -> bool:
        """Ask for it, and wait."""
        return self.do(run, run.action)

    def do(self, run: Run, action: ActionEvent) -> bool:
        """Do this action, as the run."""
        if not self._asked.wait_until_there(run):
            return False
        done: bool = self._asked.do(run, self._message(action), time.monotonic() + self._settings.limit_s)
        return done

    def close(self) -> None:
        """Release what it asked with."""
        self._asked.close()

    def _message(self, action: ActionEvent) -> Any:
        values: Mapping[str, Any] = parse_arguments(action.arguments)
        made = {'action': 'Goal', 'service': 'Request'}.get(self._settings.type)
        message, field = (getattr(self._type, made) if made else self._type)(), self._settings.content_field
        if action.content:
            if field not in message.get_fields_and_field_types():
                raise ValueError(f'it takes no content: {self._settings.interface} has no field {field!r}')
            values = {**values, field: action.content}
        return fill(message, values)


class RunRoute:
    """The action `run`: a route by its name as the content. Fits handlers.ActionHandler."""

    def __init__(self, node: ActionOutputNode) -> None:
        self._node = node

    def refusal(self, action: ActionEvent) -> str:
        """No such route, or one that refuses."""
        name = action.content.strip()
        if name not in (known := names(self._node)):
            there = (
                f'there is {", ".join(known)}' if known else f'there is none: set {PREFIX}<action>.name and .interface'
            )
            return f'there is no route {name[:100]!r}: {there}'
        return self._node.handlers.refusal(replace(action, action=name, content=''))

    def execute(self, run: Run) -> bool:
        """As the route does."""
        name = run.action.content.strip()
        route: Any = self._node.handlers.get(name)  # a Route: their names go before all others
        done: bool = route.do(run, replace(run.action, action=name, content=''))
        return done
