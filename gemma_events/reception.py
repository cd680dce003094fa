"""Messages of a topic from whoever publishes there, reliably or best effort.

A reliable subscription gets nothing from a best-effort publisher, and a best-effort one may lose what a reliable
publisher sends. So there is a reliable one, and while a best-effort publisher is there, a second beside it.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Hashable
from typing import Any

from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.qos_overriding_options import QoSOverridingOptions

MEMORY = 4096  # messages that came one way and may still come the other; more than any history on the way holds
RELIABLE, BEST_EFFORT = 0, 1


class Reception:
    """Calls back with each message once, until `close` or the node's end; `duplicates` counts those left out.

    A best-effort publisher is heard from the next `look` on. Messages of one publisher keep their order, unless the
    network loses one: what a reliable publisher sends again may come after what followed it. While nobody publishes
    best effort, this costs what a plain subscription does.
    """

    def __init__(
        self,
        node: Any,
        message_type: type,
        topic: str,
        callback: Callable[[Any], None],
        qos_profile: QoSProfile,
        *,
        raw: bool = False,
        qos_overriding_options: QoSOverridingOptions | None = None,
    ) -> None:
        """As Node.create_subscription, whose errors it raises, has them; `qos_profile` is of the reliable one."""
        self._node, self._callback = node, callback
        self._seen = Seen(MEMORY)
        self._best_effort: Any = None
        self._reliable = node.create_subscription(
            message_type,
            topic,
            callback,
            qos_profile,
            raw=raw,
            qos_overriding_options=qos_overriding_options,
        )

    @property
    def topic_name(self) -> str:
        """Resolved."""
        return str(self._reliable.topic_name)

    @property
    def widened(self) -> bool:
        """Whether a best-effort publisher is listened to as well."""
        return self._best_effort is not None

    @property
    def duplicates(self) -> int:
        """How many messages came both ways."""
        return self._seen.duplicates

    @property
    def publishers(self) -> int:
        """How many publishers are matched."""
        subscription = self._best_effort or self._reliable  # the former is matched with all
        return int(subscription.get_publisher_count())

    def close(self) -> None:
        """No more messages."""
        self._narrow()
        self._node.destroy_subscription(self._reliable)

    def look(self) -> None:
        """See who publishes now; to be called once a second or so, in the executor's thread."""
        if self._best_effort:
            if not self._publishes_best_effort():
                self._narrow()
        elif self._reliable.qos_profile.reliability == ReliabilityPolicy.BEST_EFFORT:
            return  # by qos_overrides
        elif self._node.count_publishers(self.topic_name) > self.publishers and self._publishes_best_effort():
            self._widen()

    # --- the second subscription ------------------------------------------------------------------

    def _widen(self) -> None:
        reliable = self._reliable
        reliable.callback = _with_info(self._receive_reliable)  # first: nothing may come both ways unseen
        qos = copy.copy(reliable.qos_profile)
        qos.reliability = ReliabilityPolicy.BEST_EFFORT
        callback = _with_info(self._receive_best_effort)
        self._best_effort = self._node.create_subscription(
            reliable.msg_type, reliable.topic, callback, qos, raw=reliable.raw
        )
        self._node.get_logger().info(f'{self.topic_name} is also published best effort: of that, messages may be lost')

    def _narrow(self) -> None:
        if self._best_effort:
            self._node.destroy_subscription(self._best_effort)
            self._best_effort = None
            self._reliable.callback = self._callback
            self._seen.clear()

    def _publishes_best_effort(self) -> bool:
        return any(
            publisher.qos_profile.reliability == ReliabilityPolicy.BEST_EFFORT
            for publisher in self._node.get_publishers_info_by_topic(self.topic_name)
        )

    # --- messages -----------------------------------------------------------------------------------

    def _receive_reliable(self, message: Any, info: dict[str, Any]) -> None:
        if self._seen.is_new(RELIABLE, _key(info)):
            self._callback(message)

    def _receive_best_effort(self, message: Any, info: dict[str, Any]) -> None:
        key = _key(info)
        if not self._seen.came(RELIABLE, key):
            self._catch_up()
        if self._seen.is_new(BEST_EFFORT, key):
            self._callback(message)

    def _catch_up(self) -> None:
        """Receive what waits in the reliable subscription: it may be older than what just came best effort."""
        reliable = self._reliable
        for _ in range(MEMORY):
            if not (taken := reliable.handle.take_message(reliable.msg_type, reliable.raw)):
                return
            self._receive_reliable(*taken)


def _key(info: dict[str, Any]) -> Hashable:
    """What tells a message from all others of its topic, whichever way it comes."""
    return info['source_timestamp'], info['publication_sequence_number']


def _with_info(receive: Callable[[Any, dict[str, Any]], None]) -> Callable[..., None]:
    """A subscription's callback with two parameters, to which Jazzy's EventsExecutor passes both as one tuple."""

    def call(*arguments: Any) -> None:
        receive(*(arguments if len(arguments) == 2 else arguments[0]))

    call.__signature__ = inspect.signature(receive)  # type: ignore[attr-defined]  # by which rclpy counts them
    return call


class Seen:
    """Which of the messages that come one way, or both, have come. Pure.

    At most `limit` keys are kept of each way; `duplicates` counts messages that were not new.
    """

    def __init__(self, limit: int) -> None:
        self.duplicates = 0
        self._limit = limit
        self._once: tuple[dict[Hashable, None], dict[Hashable, None]] = ({}, {})  # keys of what came this way only

    def is_new(self, way: int, key: Hashable) -> bool:
        """Whether this message, which comes by way 0 or 1, has not come by the other."""
        own, other = self._once[way], self._once[1 - way]
        if key in other:
            del other[key]
            self.duplicates += 1
            return False
        own[key] = None
        if len(own) > self._limit:
            del own[next(iter(own))]
        return True

    def came(self, way: int, key: Hashable) -> bool:
        """Whether this message came by this way, and not yet by the other."""
        return key in self._once[way]

    def clear(self) -> None:
        """Forget all keys."""
        for keys in self._once:
            keys.clear()
