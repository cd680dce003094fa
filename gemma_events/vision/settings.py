"""The vision node's parameters."""

from __future__ import annotations

from dataclasses import dataclass

from gemma_events.settings import setting
from gemma_events.vision.detections import DETECTION_2D_ARRAY, VISION_EVENT

DETECTIONS = 'detections'


@dataclass(frozen=True)
class VisionSettings:
    """The parameters of the vision node."""

    source: str = setting(
        DETECTIONS,
        'where detections come from: detections (another node publishes them on the topic detections), or the path '
        'of a video file',
    )
    detections_type: str = setting(
        VISION_EVENT, 'message type of the topic detections', choices=(VISION_EVENT, DETECTION_2D_ARRAY)
    )
    detector: str = setting('people', 'what looks at a video: a name that gemma_events --list shows, or module:Class')
    detection_rate: float = setting(
        10.0, 'how often a picture of a video is looked at, at most', unit='Hz', low=0.1, high=100.0
    )
    frame_id: str = setting('camera', 'frame_id in the header of events about a video')
