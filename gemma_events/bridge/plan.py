"""Whether the parameters of an endpoint can work, and beside those of the others."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from gemma_events.bridge import obstacles
from gemma_events.bridge.settings import CLIENT, BridgeSettings, EndpointSettings
from gemma_events.bridge.wire import FORMATS
from gemma_events.errors import ConfigurationError


@dataclass(frozen=True)
class Plan:
    """An endpoint that can work: its path, absolute, and its topic's resolved name."""

    name: str
    settings: EndpointSettings
    path: Path
    topic: str

    @property
    def event_type(self) -> type:
        """The class of its events."""
        return FORMATS[self.settings.format].event_type

    def obstacle(self) -> str:
        """What is in its way at present, and may go away by itself."""
        return obstacles.obstacle(self.path, binds=self.settings.role != CLIENT)


def topic_error(topic: str, error: Exception) -> ConfigurationError:
    """What a user is told of a topic that rclpy does not take."""
    reason = str(error).splitlines()[0].split(', at /')[0].rstrip(': ')  # the rest names its source files
    return ConfigurationError(f'topic is {topic!r}: {reason}: take another one')


def _real(path: Path) -> str:
    """The path without links and detours on the way to it."""
    return os.path.join(os.path.realpath(path.parent), path.name)  # noqa: PTH118 - pathlib's fails for links in a circle


def make_plan(
    name: str,
    settings: EndpointSettings,
    bridge: BridgeSettings,
    resolve_topic: Callable[[str], str],
    others: Iterable[Plan],
) -> Plan:
    """The plan of an endpoint beside others. Raises ConfigurationError, with what to do, where it cannot work.

    `resolve_topic` raises whatever for what is not the name of a topic.
    """
    if not settings.path:
        raise ConfigurationError(f'give it a path with the parameter {name}.path')
    path = bridge.resolve(settings.path)
    obstacles.check_name(path)
    settings.group_id()
    settings.user_ids()
    try:
        topic = resolve_topic(settings.topic)
    except Exception as error:
        raise topic_error(settings.topic, error) from error
    plan = Plan(name, settings, path, topic)
    for other in others:
        if _real(other.path) == _real(path):
            raise ConfigurationError(f'endpoint {other.name} has the same path {other.path}: take another one')
        if other.topic == topic and other.event_type is not plan.event_type:
            raise ConfigurationError(
                f'endpoint {other.name} has the same topic {settings.topic}, but the formats have '
                f'different events: set {name}.topic to another one'
            )
    return plan
