"""Actions that another node does: a route leads to its action server, service or topic, by parameters alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rclpy.action import ActionClient

from gemma_events import rclpy_internals
from gemma_events.action_output.limbs.fields import fill, load, to_json
from gemma_events.action_output.run import Run, parse_arguments
from gemma_events.errors import ConfigurationError, DeviceError
from gemma_events.events import ActionEvent
from gemma_events.node import ManagedNode
from gemma_events.settings import setting

if TYPE_CHECKING:
    from gemma_events.action_output.node import ActionOutputNode

PREFIX = 'routes.'
TICK = 0.02  # seconds between looks at `cancelled`
GONE = 3.0  # seconds without a server after which what it was asked for has failed
KINDS = {'action': 'action', 'service': 'srv', 'topic': 'msg'}
SUCCEEDED = 4  # action_msgs/GoalStatus


@dataclass(frozen=True)
class RouteSettings:
    """The parameters of a route, behind `routes.<action>.`."""

    type: str = setting('action', 'what does the action: an action server, a service, or a topic', choices=tuple(KINDS))
    name: str = setting('', 'its name, such as /arm/wave; empty: that of the route')
    interface: str = setting('', 'its interface, such as example_interfaces/action/Fibonacci')
    content_field: str = setting(
        'content', 'the field that takes the content of the action; the others take its arguments, by their names'
    )
    timeout_s: float = setting(5.0, 'how long to wait for the server', unit='s', low=0.1, high=600.0)

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
        self._node = node
        settings = node.declare_settings(RouteSettings, f'{PREFIX}{name}.', name=name)
        if not settings.interface:
            raise ConfigurationError(f'route {name!r} has no interface: set {PREFIX}{name}.interface')
        self._settings, self._type = settings, load(settings.interface, KINDS[settings.type])
        self._end = _ENDS[settings.type](node, self._type, settings.name)

    def refusal(self, action: ActionEvent) -> str:
        """Content or arguments that do not fit."""
        try:
            self._message(action)
        except ValueError as error:
            return str(error)
        return ''

    def execute(self, run: Run) -> bool:
        """Ask for it, and wait."""
        if not self._wait(run, self._end.ready, self._settings.timeout_s):
            if run.cancelled.is_set():
                return False
            raise DeviceError(f'nobody is there for {self._settings.type} {self._settings.name!r}')
        done: bool = self._end.do(self, run, self._message(run.action))
        return done

    def close(self) -> None:
        """Release what it asked with."""
        self._end.close()

    def answer(self, run: Run, future: Any) -> Any:
        """What a future brings; None when cancelled. Raises DeviceError when its server is gone."""
        done, gone = threading.Event(), 0.0
        future.add_done_callback(lambda _future: done.set())
        while not done.wait(TICK):
            if run.cancelled.is_set():
                return None
            now = time.monotonic()
            gone = 0.0 if self._end.ready() else gone or now
            if gone and now - gone > GONE:
                raise DeviceError(f'{self._settings.type} {self._settings.name!r} has gone in the middle')
        return future.result()

    def _wait(self, run: Run, condition: Any, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while not condition():
            if run.cancelled.wait(TICK) or time.monotonic() > end:
                return False
        return True

    def _message(self, action: ActionEvent) -> Any:
        values: Mapping[str, Any] = parse_arguments(action.arguments)
        if action.content:
            values = {**values, self._settings.content_field: action.content}
        made = {'action': 'Goal', 'service': 'Request'}.get(self._settings.type)
        return fill((getattr(self._type, made) if made else self._type)(), values)


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
        asked, name = run.action, run.action.content.strip()
        run.action = replace(asked, action=name, content='')
        try:
            return self._node.handlers.get(name).execute(run)
        finally:
            run.action = asked


class _Action:
    def __init__(self, node: Any, interface: Any, name: str) -> None:
        self._client = ActionClient(node, interface, name)
        self.ready, self.close = self._client.server_is_ready, self._client.destroy

    def do(self, route: Route, run: Run, goal: Any) -> bool:
        """Send a goal, and wait for its result."""
        sent = self._client.send_goal_async(goal, feedback_callback=lambda each: run.progress(to_json(each.feedback)))
        handle = route.answer(run, sent)
        if handle is None:
            sent.add_done_callback(_cancel_late)  # it may yet be accepted
            return False
        if not handle.accepted:
            raise DeviceError('the server rejected it')
        ended = route.answer(run, handle.get_result_async())
        if ended is None:
            handle.cancel_goal_async()
            return False
        run.content_done = to_json(ended.result)
        if ended.status != SUCCEEDED:
            raise DeviceError(f'the server did not succeed: its status is {ended.status}')
        return True


def _cancel_late(sent: Any) -> None:
    if (handle := sent.result()) and handle.accepted:
        handle.cancel_goal_async()


class _Service:
    def __init__(self, node: Any, interface: Any, name: str) -> None:
        client = node.create_client(interface, name)
        self._call, self.ready = client.call_async, client.service_is_ready
        self.close = lambda: node.destroy_client(client)

    def do(self, route: Route, run: Run, request: Any) -> bool:
        """Call it; `content_done` has the response. A call cannot be cancelled: its answer is not waited for."""
        response = route.answer(run, self._call(request))
        if response is None:
            return False
        run.content_done = to_json(response)
        return True


class _Topic:
    def __init__(self, node: Any, interface: Any, name: str) -> None:
        publisher = node.create_publisher(interface, name, 10)
        self._publish, self.ready = publisher.publish, publisher.get_subscription_count
        self.close = lambda: node.destroy_publisher(publisher)

    def do(self, _route: Route, _run: Run, message: Any) -> bool:
        """Publish it, to somebody."""
        self._publish(message)
        return True


_ENDS: dict[str, Any] = {'action': _Action, 'service': _Service, 'topic': _Topic}
