"""The topic `playback`: what is being played, for a mouth, or an echo canceller, at the time when it is heard."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from rclpy.qos import QoSProfile, ReliabilityPolicy

from gemma_events import messages
from gemma_events.action_output.speech.playout import Samples
from gemma_events.events import Nanoseconds, from_seconds
from gemma_events.msg import Playback as PlaybackMessage
from gemma_events.worker import Worker

if TYPE_CHECKING:
    from gemma_events.node import ManagedNode

TOPIC = 'playback'
QOS = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)
BLOCKS = 2  # of the sound card's in a piece: 25 ms
LIMIT = 40  # pieces between the sound card's thread and the one that publishes: a second
CLOSE_TIMEOUT = 0.2  # seconds


class Playback:
    """Publishes pieces of sound in a thread of its own, from construction until `close`."""

    def __init__(self, node: ManagedNode[Any], frame_id: str) -> None:
        self._node, self._frame_id = node, frame_id
        self._publisher = node.parameters.with_overrides(node.create_lifecycle_publisher, QOS, PlaybackMessage, TOPIC)
        if node.active:  # it is made when speech is first asked for
            self._publisher.on_activate(None)
        self._wanted = False
        self._sounds = False  # the last that was published was sound
        self._piece: list[bytes] = []  # what is not offered yet
        self._stamp: Nanoseconds = 0  # of its first sample
        self._worker: Worker[tuple[bytes, int, Nanoseconds]] = Worker(
            TOPIC, self._publish, lambda item, error: node.throttled_log.error(TOPIC, f'{TOPIC}: {error}'), LIMIT
        )

    @property
    def dropped(self) -> int:
        """How many pieces had no room."""
        return self._worker.refused

    def look(self) -> None:
        """Follow whether anybody subscribes."""
        self._wanted = self._publisher.get_subscription_count() > 0

    def offer(self, samples: Samples | None, rate: int, latency: float) -> None:
        """Publish a piece that is heard in `latency` seconds; None: playback ends, or pauses. Copies and queues."""
        if not self._wanted:
            self._piece, self._sounds = [], False
            return
        heard = self._node.now() + from_seconds(latency)
        if samples is not None:
            if not self._piece:
                self._stamp = heard
            self._piece.append(samples.tobytes())
        if self._piece and (samples is None or len(self._piece) >= BLOCKS):
            self._worker.offer((b''.join(self._piece), rate, self._stamp))
            self._piece, self._sounds = [], True
        if samples is None and self._sounds:
            self._worker.offer((b'', rate, heard))
            self._sounds = False

    def close(self) -> None:
        """End."""
        self._worker.close(CLOSE_TIMEOUT)
        self._node.destroy_publisher(self._publisher)

    def _publish(self, item: tuple[bytes, int, Nanoseconds]) -> None:
        data, rate, stamp = item
        if not self._publisher.is_activated:
            return
        message = PlaybackMessage(source=self._node.get_name(), rate=rate, samples=array('h', data))
        messages.set_time(message.header.stamp, stamp)
        message.header.frame_id = self._frame_id
        self._publisher.publish(message)
