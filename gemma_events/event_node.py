"""What a node that exchanges events on topics is made of: its clock, its log, publishers and subscriptions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from rclpy.event_handler import PublisherEventCallbacks, SubscriptionEventCallbacks
from rclpy.impl.logging_severity import LoggingSeverity
from rclpy.lifecycle import LifecycleNode
from rclpy.qos import QoSProfile

from gemma_events import diagnostics, messages
from gemma_events.events import EVENT_TYPES, Event, recognised
from gemma_events.health import Condition, Health, Lately
from gemma_events.log import Log, ThrottledLog
from gemma_events.messages import EventT
from gemma_events.parameters import Parameters
from gemma_events.reception import Reception

USE_SIM_TIME = 'use_sim_time'
# rclpy would tell at once of what does not match. But Jazzy's EventsExecutor uses memory that is freed when something
# with such a callback, the default ones too, is destroyed (rclpy issue 1644), and the process may crash. `look_around`
# says more.
NO_PUBLISHER_EVENTS = PublisherEventCallbacks(use_default_callbacks=False)
NO_SUBSCRIPTION_EVENTS = SubscriptionEventCallbacks(use_default_callbacks=False)


class EventNode(LifecycleNode):
    """Publishes events, and calls back with those of others, while it is `active`."""

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(name, **options)
        self.active = False
        self.parameters = Parameters(self)
        self._receptions: list[Reception] = []
        self._strangers: list[Condition] = []  # who is not connected with this node
        self.throttled_log, self._unknown = ThrottledLog(self.log), Lately()
        self.follow_clock()

    def now(self) -> int:
        """Nanoseconds of the node's clock, which follows `use_sim_time`."""
        if not self._simulated_time:  # the ROS clock would say the same, ten times slower
            return time.time_ns()
        nanoseconds: int = self.get_clock().now().nanoseconds
        return nanoseconds

    def follow_clock(self) -> None:
        """`use_sim_time` may have changed."""
        self._simulated_time: bool = self.get_parameter(USE_SIM_TIME).value

    @property
    def log(self) -> Log:
        """The node's logger, for its parts."""
        log: Log = self.get_logger()
        return log

    @property
    def debugging(self) -> bool:
        """Whether lines for debugging are logged: a line costs more than to ask."""
        return bool(self.get_logger().is_enabled_for(LoggingSeverity.DEBUG))

    def create_publisher(self, *arguments: Any, **options: Any) -> Any:
        """See rclpy; without event callbacks."""
        return super().create_publisher(*arguments, **{'event_callbacks': NO_PUBLISHER_EVENTS, **options})

    def create_lifecycle_publisher(self, *arguments: Any, **options: Any) -> Any:
        """See rclpy; without event callbacks."""
        return super().create_lifecycle_publisher(*arguments, **{'event_callbacks': NO_PUBLISHER_EVENTS, **options})

    def create_subscription(self, *arguments: Any, **options: Any) -> Any:
        """See rclpy; without event callbacks."""
        return super().create_subscription(*arguments, **{'event_callbacks': NO_SUBSCRIPTION_EVENTS, **options})

    def create_event_publisher(
        self, event_type: type[EventT], topic: str, qos: QoSProfile = messages.EVENT_QOS
    ) -> Callable[[EventT], None]:
        """A function that publishes an event, and discards it while the node is not active.

        An empty `source` becomes this node's name. With STATE_QOS, late subscribers get the last one.
        """
        message_type = messages.MESSAGE_TYPES[event_type]
        publisher = self.parameters.with_overrides(self.create_lifecycle_publisher, qos, message_type, topic)
        if self.active:  # by a part that is made while the node works
            publisher.on_activate(None)

        def publish(event: EventT) -> None:
            if publisher.is_activated:
                message = messages.to_message(event)
                message.source = message.source or self.get_name()
                publisher.publish(message)
                if self.debugging:
                    self.get_logger().debug(f'published on {topic}: {messages.brief(event)}')

        return publish

    def create_event_subscription(
        self,
        event_type: type[EventT],
        topic: str,
        callback: Callable[[EventT], None],
        unknown: Callable[[EventT, str], None] = lambda event, reason: None,
    ) -> Reception:
        """Call back with each event while the node is active; `destroy_reception` ends that.

        One with an event_type that its class does not have is reported, and goes to `unknown` with the reason.
        """

        def receive(message: Any) -> None:
            if self.active:
                event = messages.to_event(message)
                if self.debugging:
                    self.get_logger().debug(f'received on {topic}: {messages.brief(event)}')
                if known := recognised(event):
                    callback(known)
                else:
                    unknown(event, self.report_unknown(event, topic))

        message_type = messages.MESSAGE_TYPES[event_type]
        reception: Reception = self.parameters.with_overrides(
            self.create_reception, messages.EVENT_QOS, message_type, topic, receive
        )
        return reception

    def create_reception(
        self, message_type: type, topic: str, callback: Callable[[Any], None], **options: Any
    ) -> Reception:
        """Call back with each message of a topic, whatever the reliability of its publishers; in every state.

        Takes the other arguments of Reception, and raises what it raises.
        """
        reception = Reception(self, message_type, topic, callback, **options)
        self._receptions.append(reception)
        return reception

    def destroy_reception(self, reception: Reception) -> None:
        """No more messages."""
        self._receptions.remove(reception)
        reception.close()

    def report_unknown(self, event: Event, topic: str) -> str:
        """An event has come whose event_type its class does not have: the reason for which it is not taken."""
        types = ', '.join(EVENT_TYPES[type(event)])
        reason = f'unknown event_type {event.event_type[:100]!r}: {type(event).__name__} has {types}'
        self._unknown.happened(f'{self.resolve_topic_name(topic)} has brought an event of {reason}')
        sender = event.source[:100] or 'somebody'
        self.throttled_log.warning(f'unknown on {topic}', f'{self._unknown}, sent by {sender}')
        return reason

    # --- once a second, for the diagnostics ------------------------------------------------------------------------

    def look_around(self) -> None:
        """Follow who publishes and subscribes; who cannot be connected with this node is logged once."""
        for reception in self._receptions:
            reception.look()
        strangers = list(diagnostics.unmatched(self))
        for condition in strangers:
            if condition not in self._strangers:
                self.get_logger().warning(condition.text)
        self._strangers = strangers

    def values(self) -> dict[str, int]:
        """Figures of any node."""
        values = {f'{each.topic_name}: came twice': each.duplicates for each in self._receptions if each.duplicates}
        return values | ({'events of unknown type': self._unknown.count} if self._unknown.count else {})

    def conditions(self) -> Iterator[Condition]:
        """What can be wrong with any node."""
        if self._unknown:
            yield Condition(Health.WARN, str(self._unknown))
        if self._simulated_time and not self.now():
            yield Condition(Health.WARN, 'use_sim_time is on, and nobody publishes /clock: no event has a time')
        yield from self._strangers
