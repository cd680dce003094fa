"""The vision node: what others detect, or what is in a video, as events about what is there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from gemma_events import messages
from gemma_events.events import VisionEvent
from gemma_events.node import Health, ManagedNode
from gemma_events.settings import setting
from gemma_events.vision.detections import DETECTION_2D_ARRAY, VISION_EVENT, reader
from gemma_events.vision.scene import Detections, Scene
from gemma_events.vision.video import DETECTORS, Video, VideoWatcher

CLOSE_TIMEOUT = 1.0  # seconds; a detector takes a tenth of that for a picture
DETECTIONS = 'detections'


@dataclass(frozen=True)
class VisionSettings:
    """The parameters of the vision node."""

    source: str = setting(
        DETECTIONS,
        'where pictures are looked at: detections (by another node, on the topic '
        'detections), or the path of a video file',
    )
    detections_type: str = setting(
        VISION_EVENT, 'message type of the topic detections', choices=(VISION_EVENT, DETECTION_2D_ARRAY)
    )
    detector: str = setting('people', 'what is looked for in a video', choices=tuple(DETECTORS))
    detection_rate: float = setting(10.0, 'pictures of a video looked at, at most', unit='Hz', low=0.1, high=100.0)
    frame_id: str = setting('camera', "frame of a video's pictures in the header of the events")


class VisionNode(ManagedNode[VisionSettings]):
    """Publishes `object_appeared`, `object_disappeared` and, after each change, `visible_objects` on `vision`."""

    def __init__(self, **options: Any) -> None:
        super().__init__('vision', VisionSettings, **options)
        self._publish = self.create_event_publisher(VisionEvent, 'vision')
        self._scene = Scene()
        self._subscription: Any = None
        self._detect: Any = None
        self._watcher: VideoWatcher | None = None
        self._pictures = 0
        self._last = 0  # when a picture was looked at last, ns; 0: never
        self._ended = ''  # why the video is over

    def configure(self) -> None:
        """Find out whether the source can work."""
        if self.settings.source == DETECTIONS:
            message_type, self._read = reader(self.settings.detections_type)
            self._subscription = self.create_subscription(message_type, 'detections', self._receive, messages.EVENT_QOS)
        else:
            Video(self.settings.source)
            self._detect = DETECTORS[self.settings.detector]()

    def cleanup(self) -> None:
        """Give back the subscription and the detector."""
        if self._subscription:
            self.destroy_subscription(self._subscription)
        self._subscription = self._detect = None

    def activate(self) -> None:
        """Begin with an empty scene, and a video at its beginning."""
        self._scene, self._pictures, self._ended = Scene(), 0, ''
        if self._detect:
            start, frame_id = self.now(), self.settings.frame_id
            self._watcher = VideoWatcher(
                Video(self.settings.source),
                self._detect,
                1 / self.settings.detection_rate,
                lambda seen: self._see(replace(seen, stamp=start + seen.stamp, frame_id=frame_id)),
                self._end,
            )

    def deactivate(self) -> None:
        """Stop to look."""
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
            values['seconds since the last picture'] = round((self.now() - self._last) / 1e9, 1)
        if watcher := self._watcher:
            values['pictures left out, too late'] = watcher.late
        if self._ended:
            return Health(self._ended, Health.WARN, values)
        return Health('looking' if self._pictures else 'nothing to look at yet', values=values)

    def _receive(self, message: Any) -> None:
        if self.active and (detections := self._read(message)):
            self._see(detections if detections.stamp else replace(detections, stamp=self.now()))

    def _see(self, detections: Detections) -> None:
        self._pictures += 1
        self._last = self.now()
        for event in self._scene.see(detections):
            self._publish(event)

    def _end(self, reason: str) -> None:
        self._ended = reason
        self.get_logger().info(reason)
