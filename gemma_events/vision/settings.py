"""The vision node's parameters."""

from __future__ import annotations

from dataclasses import dataclass

from gemma_events.settings import setting
from gemma_events.vision.detections import DETECTION_2D_ARRAY, VISION_EVENT, YOLO_DETECTIONS
from gemma_events.vision.detectors.settings import DetectorSettings
from gemma_events.vision.selection import Selection

DETECTIONS = 'detections'
NOTHING, FAILURE = 'nothing', 'failure'


@dataclass(frozen=True)
class VisionSettings(Selection, DetectorSettings):
    """The parameters of the vision node."""

    source: str = setting(
        DETECTIONS,
        'where detections come from: detections (another node publishes them on the topic detections), or the path '
        'of a video file',
    )
    detections_type: str = setting(
        VISION_EVENT,
        'message type of the topic detections',
        choices=(VISION_EVENT, DETECTION_2D_ARRAY, YOLO_DETECTIONS),
    )
    empty_means: str = setting(
        FAILURE,
        'what it means when nothing comes on detections: failure (the detector publishes for each picture, so it has '
        'died: a warning, and nothing disappears), or nothing (it publishes only when it sees something)',
        choices=(FAILURE, NOTHING),
        live=True,
    )
    detection_rate: float = setting(
        10.0, 'how often a picture of a video is looked at, at most', unit='Hz', low=0.1, high=100.0
    )
    frame_id: str = setting('camera', 'frame_id in the header of events about a video')
    appear_share: int = setting(
        60,
        'in how many of the pictures since it was first seen a thing has to be, to appear',
        unit='%',
        low=1,
        high=100,
        live=True,
    )
    appear_after_s: float = setting(
        0.5, 'for how long, and in three pictures at least', unit='s', low=0.0, high=60.0, live=True
    )
    disappear_share: int = setting(
        30, 'in fewer of the last pictures than this, it has disappeared', unit='%', low=1, high=100, live=True
    )
    window_s: float = setting(
        1.5, 'how long the last pictures are, for both; three at least', unit='s', low=0.1, high=60.0, live=True
    )
    position_rate: float = setting(
        5.0,
        'how often the topic visible_objects tells where things are now, at most; 0: only when something comes or goes',
        unit='Hz',
        low=0.0,
        high=100.0,
        live=True,
    )
