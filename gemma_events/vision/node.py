"""The vision node: detections, of others or in a video, as events about what is there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gemma_events import messages, registry
from gemma_events.events import SECOND, VisionEvent
from gemma_events.log import Trouble
from gemma_events.node import Health, ManagedNode
from gemma_events.vision.detections import Reader, from_vision_event, reader
from gemma_events.vision.detectors import Detector
from gemma_events.vision.scene import Detections, Scene
from gemma_events.vision.settings import DETECTIONS, VisionSettings
from gemma_events.vision.video import Video, VideoWatcher

CLOSE_TIMEOUT = 1.0  # seconds; a detector takes a tenth of that for a picture


class VisionNode(ManagedNode[VisionSettings]):
    """Publishes `object_appeared`, `object_disappeared` and, after each change, `visible_objects` on `vision`."""

    def __init__(self, **options: Any) -> None:
        super().__init__('vision', VisionSettings, **options)
        self._publish = self.create_event_publisher(VisionEvent, 'vision')
        self._scene = Scene()
        self._subscription: Any = None
        self._read: Reader = from_vision_event
        self._detector: Detector | None = None
        self._watcher: VideoWatcher | None = None
        self._pictures = 0
        self._last = 0  # when a picture was looked at last, ns; 0: never
        self._ended = Trouble(self.log.info)  # why the video is over

    def configure(self) -> None:
        """Find out whether the source can work."""
        if self.settings.source == DETECTIONS:
            message_type, self._read = reader(self.settings.detections_type)
            self._subscription = self.create_subscription(message_type, 'detections', self._receive, messages.EVENT_QOS)
        else:
            Video(self.settings.source)
            self._detector = registry.create(registry.DETECTORS, self.settings.detector, Detector, self.settings)

    def cleanup(self) -> None:
        """Release the subscription and the detector."""
        if self._subscription:
            self.destroy_subscription(self._subscription)
        self._subscription = self._detector = None

    def activate(self) -> None:
        """Begin with an empty scene, and with a video at its beginning."""
        self._scene, self._pictures = Scene(), 0
        self._ended.clear()
        if self._detector:
            start, frame_id = self.now(), self.settings.frame_id
            self._watcher = VideoWatcher(
                Video(self.settings.source),
                self._detector,
                1 / self.settings.detection_rate,
                lambda seen: self._see(replace(seen, stamp=start + seen.stamp, frame_id=frame_id)),
                self._ended.set,
                self.log,
            )

    def deactivate(self) -> None:
        """Stop looking."""
        if self._watcher:
            self._watcher.close(CLOSE_TIMEOUT)
            self._watcher = None

    def health(self) -> Health:
        """How many pictures, how long ago, and what is there."""
        values: dict[str, object] = {
            'source': self.settings.source,
            'pictures': self._pictures,
            'visible': ', '.join(self._scene.visible),
        }
        if self._last:
            values['seconds since the last picture'] = round((self.now() - self._last) / SECOND, 1)
        if watcher := self._watcher:
            values |= {'pictures left out, too late': watcher.late, 'pictures the detector failed on': watcher.failed}
            if watcher.failing:
                return Health(watcher.failing, Health.ERROR, values)
        if self._ended:
            return Health(str(self._ended), Health.WARN, values)
        return Health('looking' if self._pictures else 'nothing to look at yet', values=values)

    def _receive(self, message: Any) -> None:
        if self.active and (detections := self._read(message)):
            self._see(detections if detections.stamp else replace(detections, stamp=self.now()))

    def _see(self, detections: Detections) -> None:
        self._pictures += 1
        self._last = self.now()
        for event in self._scene.see(detections):
            self._publish(event)
