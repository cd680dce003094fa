"""The bridge node: topics on one side, the sockets of legacy programs on the other."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rclpy.qos import QoSProfile

from gemma_events import messages, rclpy_internals
from gemma_events.bridge import cdr, sockets
from gemma_events.bridge.endpoint import Context, Endpoint
from gemma_events.bridge.exchange import Echoes, Exchange
from gemma_events.bridge.reactor import Reactor
from gemma_events.bridge.settings import CLIENT, OFF, BridgeSettings, EndpointSettings, defaults_of
from gemma_events.bridge.wire import FORMATS
from gemma_events.errors import ConfigurationError
from gemma_events.events import Event, UnrecognisedMessage
from gemma_events.node import Health, ManagedNode

# As all topics of events, but with room for a burst: a legacy program's, or that of a topic while sockets are busy.
QOS = QoSProfile(depth=1000)


class BridgeNode(ManagedNode[BridgeSettings]):
    """Joins each endpoint's socket with its topic."""

    def __init__(self, **options: Any) -> None:
        super().__init__('bridge', BridgeSettings, **options)
        self.endpoint_settings = {name: self._declare_endpoint(name) for name in self.settings.endpoints}
        self.paths = {name: self.settings.resolve(endpoint.path) for name, endpoint in self._used()}
        self._check_combinations()
        self._report_unrecognised = self.create_event_publisher(UnrecognisedMessage, 'unrecognised')
        # By resolved name: `vision` and `/gemma/vision` may be the same topic.
        topics = {self.resolve_topic_name(endpoint.topic): endpoint for _, endpoint in self._used()}
        self._publish_to = {resolved: self._join(resolved, endpoint) for resolved, endpoint in topics.items()}
        self._exchanges: dict[str, Exchange] = {}
        self._endpoints: list[Endpoint] = []
        self._reactor: Reactor | None = None

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
        for endpoint in self._endpoints:
            if endpoint.name == name:
                endpoint.apply(settings)

    # --- topics -----------------------------------------------------------------------------------

    def _join(self, resolved: str, endpoint: EndpointSettings) -> Callable[[Event], None]:
        """Subscribe to an endpoint's topic, and return what publishes there.

        Messages are taken and published as bytes, by which own ones are known when they come back.
        """
        event_type = FORMATS[endpoint.format].event_type
        message_type = messages.MESSAGE_TYPES[event_type]
        publisher = self.create_publisher(message_type, endpoint.topic, QOS)  # while there are sockets, thus active
        echoes = Echoes()

        def publish(event: Event) -> None:
            data = cdr.encode(event)
            echoes.published(data)
            publisher.publish(data)

        def receive(data: bytes) -> None:
            if not echoes.own(data) and self.active:
                try:
                    self._exchanges[resolved].deliver(cdr.decode(event_type, data, self.now))
                except Exception as error:  # of one message: the next one may be better
                    self._report_fault(error)

        self.create_subscription(message_type, endpoint.topic, receive, QOS, raw=True)
        return publish

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
        around = Context(self._reactor, self.get_logger(), self.now, self._report_unrecognised, self._report_fault)
        self._exchanges = {topic: Exchange(publish) for topic, publish in self._publish_to.items()}
        for name, settings in self._used():
            exchange = self._exchanges[self.resolve_topic_name(settings.topic)]
            endpoint = Endpoint(name, settings, self.paths[name], exchange, self._graph(settings.topic), around)
            exchange.outlets.append(endpoint)
            self._endpoints.append(endpoint)
        for endpoint in self._endpoints:
            endpoint.open()
        self._reactor.start()

    def deactivate(self) -> None:
        """Let all programs go, and remove the socket files."""
        if self._reactor:
            self._reactor.stop()
        for endpoint in self._endpoints:
            endpoint.close()
        if self._reactor:
            self._reactor.close()
        self._endpoints, self._reactor = [], None

    def _graph(self, topic: str) -> bytes:
        domain = self.context.get_domain_id()
        return f'{domain}{self.resolve_topic_name(topic)}'.encode()

    def _report_fault(self, error: Exception) -> None:
        trace = ''.join(traceback.format_exception(error))
        self.get_logger().error(f'a fault in gemma_events: {trace}', throttle_duration_sec=10.0)

    # --- diagnostics ------------------------------------------------------------------------------

    def health(self) -> Health:
        """Each endpoint's role, peers and metrics."""
        values = {endpoint.name: endpoint.values() for endpoint in self._endpoints}
        waiting = [endpoint.name for endpoint in self._endpoints if not endpoint.connected]
        peers = sum(int(str(metrics['peers'])) for metrics in values.values())
        flat = {f'{name}.{key}': value for name, metrics in values.items() for key, value in metrics.items()}
        if not self.active:
            return Health('waiting')
        if waiting:
            return Health(f'no connection: {", ".join(waiting)}', Health.WARN, flat)
        return Health(f'{len(values)} endpoints, {peers} peers', values=flat)
