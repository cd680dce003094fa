"""The bridge node: topics on one side, the sockets of legacy programs on the other."""

from __future__ import annotations

import functools
import hashlib
import traceback
from pathlib import Path
from typing import Any

from rclpy.qos import QoSProfile

from gemma_events import messages, rclpy_internals
from gemma_events.bridge import sockets
from gemma_events.bridge.endpoint import Context, Endpoint
from gemma_events.bridge.exchange import Exchange
from gemma_events.bridge.reactor import Reactor
from gemma_events.bridge.settings import CLIENT, OFF, BridgeSettings, EndpointSettings, defaults_of
from gemma_events.bridge.topic import SerialisedTopic
from gemma_events.bridge.wire import FORMATS
from gemma_events.errors import ConfigurationError
from gemma_events.events import UnrecognisedMessage
from gemma_events.log import ThrottledLog
from gemma_events.node import Health, ManagedNode

# As all topics of events, but with room for a burst: a legacy program's, or that of a topic while sockets are busy.
QOS = QoSProfile(depth=1000)
GRAPH_LIMIT = 60  # bytes of a graph's name; it is part of a socket's, which has at most 107


class BridgeNode(ManagedNode[BridgeSettings]):
    """Joins each endpoint's socket with its topic.

    The reactor's thread does the work while the node is active. The executor's thread only puts messages of others
    into the exchanges' inboxes, posts live settings, and reads each endpoint's status.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__('bridge', BridgeSettings, **options)
        self.endpoint_settings = {name: self._declare_endpoint(name) for name in self.settings.endpoints}
        self.paths = {name: self.settings.resolve(endpoint.path) for name, endpoint in self._used()}
        self._check_combinations()
        self._report_unrecognised = self.create_event_publisher(UnrecognisedMessage, 'unrecognised')
        self._throttled_log = ThrottledLog(self.log)
        self._reactor: Reactor | None = None
        self._exchanges: dict[str, Exchange[Any]] = {}
        # By resolved name: `vision` and `/gemma/vision` may be the same topic.
        topics = {self.resolve_topic_name(endpoint.topic): endpoint for _, endpoint in self._used()}
        self._topics = {resolved: self._join(resolved, endpoint) for resolved, endpoint in topics.items()}

    def _used(self) -> list[tuple[str, EndpointSettings]]:
        return [(name, endpoint) for name, endpoint in self.endpoint_settings.items() if endpoint.role != OFF]

    def _declare_endpoint(self, name: str) -> EndpointSettings:
        given = rclpy_internals.parameter_overrides(self).get(f'{name}.format')
        defaults = defaults_of(name, given.value if given else '')
        try:
            settings: EndpointSettings = self.declare_settings(EndpointSettings, f'{name}.', **defaults)
        except ConfigurationError as error:
            raise ConfigurationError(f'endpoint {name}: {error}') from error
        if not settings.path:
            raise ConfigurationError(f'endpoint {name}: give it a path with the parameter {name}.path')
        return settings

    def _check_combinations(self) -> None:
        by_path: dict[Path, str] = {}
        by_topic: dict[str, str] = {}
        for name, endpoint in self._used():
            path, event_type = self.paths[name], FORMATS[endpoint.format].event_type
            if by_path.setdefault(path, name) != name:
                raise ConfigurationError(f'endpoints {by_path[path]} and {name} have the same path {path}')
            other = by_topic.setdefault(self.resolve_topic_name(endpoint.topic), name)
            if FORMATS[self.endpoint_settings[other].format].event_type is not event_type:
                raise ConfigurationError(
                    f'endpoints {other} and {name} have the same topic {endpoint.topic}, but '
                    'their formats have different events: give one of them another topic'
                )

    def group_changed(self, prefix: str, settings: EndpointSettings) -> None:
        """An endpoint has new settings."""
        name = prefix.removesuffix('.')
        self.endpoint_settings[name] = settings
        for endpoint in self._endpoints():
            if endpoint.name == name and self._reactor:
                self._reactor.post(functools.partial(endpoint.apply, settings))

    def _endpoints(self) -> list[Endpoint[Any]]:
        return [endpoint for exchange in self._exchanges.values() for endpoint in exchange.endpoints]

    # --- topics -----------------------------------------------------------------------------------

    def _join(self, resolved: str, endpoint: EndpointSettings) -> SerialisedTopic[Any]:
        """Subscribe to an endpoint's topic, and return what publishes there."""
        event_type = FORMATS[endpoint.format].event_type
        message_type = messages.MESSAGE_TYPES[event_type]
        publisher = self.create_publisher(message_type, endpoint.topic, QOS)  # while there are sockets, thus active
        topic = SerialisedTopic(event_type, publisher.publish, self.now)

        def receive(message: bytes) -> None:
            if not topic.own(message) and (exchange := self._exchanges.get(resolved)):
                exchange.inbox.put(message)

        self.create_subscription(message_type, endpoint.topic, receive, QOS, raw=True)
        return topic

    # --- life cycle -------------------------------------------------------------------------------

    def configure(self) -> None:
        """Check everything that can be checked before a socket is touched."""
        for name, endpoint in self._used():
            try:
                endpoint.group_id()
                endpoint.user_ids()
                sockets.check_path(self.paths[name], binds=endpoint.role != CLIENT)
            except ConfigurationError as error:
                raise ConfigurationError(f'endpoint {name}: {error}') from error

    def activate(self) -> None:
        """Serve or connect, all or none."""
        sockets.kernel_paces()  # finds it out now, while there are file descriptors
        self._reactor = Reactor('bridge', self._report_fault)
        context = Context(self._reactor, self.log, self.now, self._report_unrecognised)
        self._exchanges = {
            resolved: Exchange(topic, self._graph(resolved), self._joined_with(resolved), context)
            for resolved, topic in self._topics.items()
        }
        for endpoint in self._endpoints():
            endpoint.open()
        self._reactor.start()

    def deactivate(self) -> None:
        """Disconnect all programs, and remove the socket files."""
        if self._reactor:
            self._reactor.stop()
            for endpoint in self._endpoints():
                endpoint.close()
            self._reactor.close()
        self._exchanges, self._reactor = {}, None

    def _joined_with(self, resolved: str) -> list[tuple[str, EndpointSettings, Path]]:
        return [
            (name, settings, self.paths[name])
            for name, settings in self._used()
            if self.resolve_topic_name(settings.topic) == resolved
        ]

    def _graph(self, resolved: str) -> bytes:
        graph = f'{self.context.get_domain_id()}{resolved}'.encode()
        return graph if len(graph) <= GRAPH_LIMIT else hashlib.blake2s(graph, digest_size=16).hexdigest().encode()

    def _report_fault(self, error: Exception) -> None:
        trace = ''.join(traceback.format_exception(error))
        self._throttled_log.error('fault', f'a fault in gemma_events: {trace}')

    # --- diagnostics ------------------------------------------------------------------------------

    def health(self) -> Health:
        """Each endpoint's role, peers and metrics."""
        if not self.active:
            return Health('waiting')
        statuses = {endpoint.name: endpoint.status for endpoint in self._endpoints()}
        values: dict[str, object] = {
            f'{name}.{key}': value for name, status in statuses.items() for key, value in status.values.items()
        }
        for resolved, exchange in self._exchanges.items():
            if dropped := exchange.inbox.dropped:
                values[f'{resolved}.dropped_inbox_full'] = dropped
        if waiting := [name for name, status in statuses.items() if not status.connected]:
            return Health(f'no connection: {", ".join(waiting)}', Health.WARN, values)
        peers = sum(status.peers for status in statuses.values())
        return Health(f'{len(statuses)} endpoints, {peers} peers', values=values)
