"""The bridge node: topics on one side, the sockets of legacy programs on the other."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import functools
import hashlib
import time
import traceback
from collections.abc import Callable
from typing import Any

from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile
from rclpy.qos_overriding_options import QoSOverridingOptions

from gemma_events import messages, rclpy_internals
from gemma_events.bridge import health, sockets
from gemma_events.bridge.endpoint import Context, Endpoint
from gemma_events.bridge.exchange import Exchange
from gemma_events.bridge.obstacles import remedy
from gemma_events.bridge.plan import Plan, make_plan, topic_error
from gemma_events.bridge.reactor import Reactor
from gemma_events.bridge.settings import OFF, BridgeSettings, EndpointSettings, defaults_of
from gemma_events.bridge.topic import SerialisedTopic
from gemma_events.bridge.wire import FORMATS
from gemma_events.errors import ConfigurationError
from gemma_events.events import UnrecognisedMessage
from gemma_events.node import Health, ManagedNode
from gemma_events.parameters import QOS_POLICIES, Group

# As all topics of events, but with room for a burst: a legacy program's, or that of a topic while sockets are busy.
QOS = QoSProfile(depth=1000)
OVERRIDABLE = QoSOverridingOptions(QOS_POLICIES)  # rclpy writes the overrides into the profile
GRAPH_LIMIT = 60  # bytes of a graph's name; it is part of a socket's, which has at most 107


@dataclasses.dataclass
class Joined:
    """A topic that endpoints are joined with, the last message with a state, and what to release at the end."""

    topic: SerialisedTopic[Any]
    state: bytes = b''
    resources: contextlib.ExitStack = dataclasses.field(default_factory=contextlib.ExitStack)


class BridgeNode(ManagedNode[BridgeSettings]):
    """Joins each endpoint's socket with its topic.

    The reactor's thread does the work while the node is active. The executor's thread only puts messages of others
    into the exchanges' inboxes, posts live settings, and reads each endpoint's status. An endpoint whose parameters
    cannot work is left out, and says so, until they have been set.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__('bridge', BridgeSettings, **options)
        self._defaults: dict[str, dict[str, Any]] = {}
        for name in self.settings.endpoints:
            self._declare(name)
        self._report_unrecognised = self.create_event_publisher(UnrecognisedMessage, 'unrecognised')
        self._recent, self._faults = health.Recent(), 0
        self._plans: dict[str, Plan] = {}
        self._broken: dict[str, str] = {}  # lines for the user, by endpoint
        self._joined: dict[str, Joined] = {}  # by resolved name: `vision` and `/gemma/vision` may be the same topic
        self._exchanges: dict[str, Exchange[Any]] = {}
        self._reactor: Reactor | None = None

    # --- parameters -------------------------------------------------------------------------------

    def _declare(self, name: str) -> Group:
        """Declare an endpoint's parameters; a bad one is its own trouble, not the node's."""
        group, given = Group(EndpointSettings, f'{name}.'), rclpy_internals.parameter_overrides(self)
        wire_format = given[f'{name}.format'].value if f'{name}.format' in given else ''
        defaults = self._defaults.setdefault(name, defaults_of(name, str(wire_format)))
        self.parameters.declare(group, defaults, needed=False)
        return group

    def group_changed(self, prefix: str, settings: EndpointSettings) -> None:
        """An endpoint has new settings, or at last some that it can have."""
        name = prefix.removesuffix('.')
        self._follow_format(name, settings)
        if name in self._broken:
            self._plan(name)
            if plan := self._plans.get(name):
                self._open_late(plan)
            else:
                self.log.error(f'endpoint {name}: {self._broken[name]}')
        elif plan := self._plans.get(name):
            self._plans[name] = dataclasses.replace(plan, settings=settings)
            for endpoint in self._endpoints():
                if endpoint.name == name and self._reactor:
                    self._reactor.post(functools.partial(endpoint.apply, settings))

    def _follow_format(self, name: str, settings: EndpointSettings) -> None:
        """With another format come its defaults, where parameters have those of the one before."""
        before, self._defaults[name] = self._defaults[name], defaults_of(name, settings.format)
        for key, value in self._defaults[name].items():
            if key != 'format' and value != before[key] == getattr(settings, key):
                self.set_parameters([Parameter(f'{name}.{key}', value=value)])

    # --- topics -----------------------------------------------------------------------------------

    def _join(self, plan: Plan) -> None:
        """Subscribe to an endpoint's topic, and to that of its state, unless another endpoint has done so.

        Raises ConfigurationError for a topic that has another type in this process, or a QoS that cannot be.
        """
        if plan.topic in self._joined:
            return
        message_type, name = messages.MESSAGE_TYPES[plan.event_type], plan.settings.topic
        try:
            with contextlib.ExitStack() as stack:
                publisher = self.create_publisher(  # it publishes while there are sockets, thus active
                    message_type,
                    name,
                    copy.copy(QOS),
                    qos_overriding_options=OVERRIDABLE,
                )
                stack.callback(self.destroy_publisher, publisher)
                joined = Joined(SerialisedTopic(plan.event_type, publisher.publish, self.now))

                def receive(message: bytes) -> None:
                    if not joined.topic.own(message) and (exchange := self._exchanges.get(plan.topic)):
                        exchange.inbox.put(message)

                def receive_state(message: bytes) -> None:
                    joined.state = message
                    if self._reactor and (exchange := self._exchanges.get(plan.topic)):
                        self._reactor.post(functools.partial(exchange.learn, message))

                self._subscribe(stack, message_type, name, receive, QOS)
                if state_topic := FORMATS[plan.settings.format].state_topic_beside(name):
                    self._subscribe(stack, message_type, state_topic, receive_state, messages.STATE_QOS)
                joined.resources = stack.pop_all()
        except Exception as error:  # rclpy raises whatever for what a user wrote
            raise topic_error(name, error) from error
        self._joined[plan.topic] = joined

    def _subscribe(
        self,
        stack: contextlib.ExitStack,
        message_type: type,
        topic: str,
        receive: Callable[[bytes], None],
        qos: QoSProfile,
    ) -> None:
        """Receive serialised messages until the stack is closed."""
        options = {'raw': True, 'qos_overriding_options': OVERRIDABLE}
        stack.callback(
            self.destroy_reception,
            self.create_reception(message_type, topic, receive, qos_profile=copy.copy(qos), **options),
        )

    # --- life cycle -------------------------------------------------------------------------------

    def configure(self) -> None:
        """Plan each endpoint and join its topic. At least one has to be able to work; if strict, all."""
        for name in self.settings.endpoints:
            self._plan(name)
        hindered = {name: line for name, plan in self._plans.items() if (line := plan.obstacle())}
        if (self._broken or hindered) and (self.strict or hindered.keys() == self._plans.keys()):
            raise ConfigurationError('; '.join(health.told_together({**self._broken, **hindered})))
        for line in health.told_together(self._broken):
            self.log.error(line)

    def _plan(self, name: str) -> None:
        """Plan an endpoint, or say in `_broken` why that cannot be."""
        self._plans.pop(name, None)
        self._broken.pop(name, None)
        try:
            settings = self.parameters.settings(self._declare(name))
            if settings.role != OFF:
                plan = make_plan(name, settings, self.settings, self.resolve_topic_name, self._plans.values())
                self._join(plan)
                self._plans[name] = plan
        except ConfigurationError as error:
            self._broken[name] = str(error)

    def cleanup(self) -> None:
        """Leave the topics."""
        for joined in self._joined.values():
            joined.resources.close()
        self._joined, self._plans, self._broken = {}, {}, {}

    def activate(self) -> None:
        """Serve or connect: whatever is in the way of an endpoint, it keeps trying. If strict, all or none."""
        try:
            sockets.kernel_paces()  # finds it out now, while there are file descriptors
            self._reactor = reactor = Reactor('bridge', self._report_fault)
        except OSError as error:
            raise ConfigurationError(f'no socket can be made: {remedy(error)}') from error
        for plan in list(self._plans.values()):
            if endpoint := self._add(plan, reactor):
                endpoint.open()
        obstacles = {one.name: one.status.obstacle for one in self._endpoints() if one.status.obstacle}
        if obstacles and self.strict:
            raise ConfigurationError('; '.join(health.told_together(obstacles)))
        reactor.start()

    def _open_late(self, plan: Plan) -> None:
        """Open an endpoint beside others that work."""
        if self._reactor and (endpoint := self._add(plan, self._reactor)):
            self._reactor.post(endpoint.open)

    def _add(self, plan: Plan, reactor: Reactor) -> Endpoint[Any] | None:
        """Add an endpoint to its topic's exchange; None, with the reason in the log, where it cannot be."""
        joined, exchange = self._joined[plan.topic], self._exchanges.get(plan.topic)
        if exchange is None:
            context = Context(reactor, self.log, self.now, self._report_unrecognised)
            exchange = Exchange(plan.topic, joined.topic, self._graph(plan.topic), context)
            if joined.state:
                exchange.learn(joined.state)
            self._exchanges[plan.topic] = exchange
        self._broken.pop(plan.name, None)
        try:
            return exchange.add(plan.name, plan.settings, plan.path)
        except ConfigurationError as error:  # a user or group that there no longer is
            self._broken[plan.name] = str(error)
            self.log.error(f'endpoint {plan.name}: {error}')
            return None

    def deactivate(self) -> None:
        """Disconnect all programs, and remove the socket files."""
        if self._reactor:
            self._reactor.stop()
            for endpoint in self._endpoints():
                endpoint.close()
            self._reactor.close()
        self._exchanges, self._reactor = {}, None

    def _endpoints(self) -> list[Endpoint[Any]]:
        return [endpoint for exchange in self._exchanges.values() for endpoint in exchange.endpoints]

    def _graph(self, resolved: str) -> bytes:
        graph = f'{self.context.get_domain_id()}{resolved}'.encode()
        return graph if len(graph) <= GRAPH_LIMIT else hashlib.blake2s(graph, digest_size=16).hexdigest().encode()

    def _report_fault(self, error: Exception) -> None:
        self._faults += 1
        trace = ''.join(traceback.format_exception(error))
        self.throttled_log.error('fault', f'a fault in gemma_events: {trace}')

    # --- diagnostics ------------------------------------------------------------------------------

    def health(self) -> Health:
        """Each endpoint's role, peers and metrics, and what is wrong with it: see `health.CONDITIONS`."""
        statuses = {endpoint.name: endpoint.status for endpoint in self._endpoints()}
        values: dict[str, object] = {f'{name}.role': f'none: {line}' for name, line in self._broken.items()}
        values |= {f'{name}.{key}': value for name, status in statuses.items() for key, value in status.values.items()}
        for topic, exchange in self._exchanges.items():
            values |= {f'{topic}.{key}': value for key, value in exchange.values().items()}
        values |= {'faults': self._faults} if self._faults else {}
        recent = self._recent.update(health.counts_of(values), time.monotonic())
        judged = health.judge(self._broken, statuses, recent)
        peers = sum(status.peers for status in statuses.values())
        fine = f'{len(statuses)} endpoints, {peers} peers' if self.active else 'waiting'
        level = Health.ERROR if judged.errors else Health.WARN if judged.warnings else Health.OK
        return Health('; '.join(judged.errors + judged.warnings) or fine, level, values)
