"""What detectors publish or return, as `Detections`. Nothing of it is trusted."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from typing import Any

from gemma_events.errors import ConfigurationError
from gemma_events.events import SECOND, DetectedObject, VisionEvent
from gemma_events.vision.scene import Detections

VISION_EVENT = 'gemma_events/VisionEvent'
DETECTION_2D_ARRAY = 'vision_msgs/Detection2DArray'
MAX_OBJECTS = 256  # of one picture; the rest is left out
MAX_LABEL = 256  # characters; an object with a longer label, or none, is left out
MAX_NUMBER = 1e9  # pixels; what is beyond it, infinite or not a number counts as unknown, 0

Reader = Callable[[Any], 'Detections | None']


def reader(type_name: str) -> tuple[type, Reader]:
    """The message class of this name, and what makes Detections of such a message (None: it is not about a picture).

    Raises ConfigurationError where the package of the message is not installed.
    """
    if type_name == VISION_EVENT:
        from gemma_events.msg import VisionEvent as VisionEventMessage

        return VisionEventMessage, from_vision_event
    try:
        from vision_msgs.msg import Detection2DArray
    except ImportError as error:
        raise ConfigurationError(
            f'detections_type {DETECTION_2D_ARRAY} needs the package vision_msgs: install '
            'ros-$ROS_DISTRO-vision-msgs and source the workspace it is in'
        ) from error
    return Detection2DArray, from_detection_array


def from_vision_event(message: Any) -> Detections | None:
    """From an `object_detected` VisionEvent, boxes from the top left corner; None for the other event types."""
    if message.event_type != VisionEvent.OBJECT_DETECTED:
        return None
    return _detections(message.header, checked(message.objects), message.image_width, message.image_height)


def checked(objects: Iterable[Any]) -> tuple[DetectedObject, ...]:
    """What has the members of a DetectedObject, as objects that can be published: at most MAX_OBJECTS."""
    found = (
        _object(item.label, item.id, item.confidence, (item.x, item.y, item.width, item.height))
        for item in itertools.islice(objects, MAX_OBJECTS)
    )
    return tuple(item for item in found if item)


def from_detection_array(message: Any) -> Detections:
    """From a vision_msgs/Detection2DArray: of each detection the best hypothesis, and the box, there by its centre."""

    def convert(detection: Any) -> DetectedObject | None:
        if not detection.results:
            return None
        best = max((result.hypothesis for result in detection.results), key=lambda guess: _number(guess.score))
        centre, width, height = detection.bbox.center.position, detection.bbox.size_x, detection.bbox.size_y
        return _object(
            best.class_id, detection.id, best.score, (centre.x - width / 2, centre.y - height / 2, width, height)
        )

    found = map(convert, message.detections[:MAX_OBJECTS])
    return _detections(message.header, tuple(item for item in found if item))


def _detections(header: Any, objects: tuple[DetectedObject, ...], width: int = 0, height: int = 0) -> Detections:
    stamp = header.stamp.sec * SECOND + header.stamp.nanosec
    return Detections(objects, stamp, header.frame_id, width, height)


def _object(label: str, identity: str, confidence: float, box: tuple[float, ...]) -> DetectedObject | None:
    label, identity = _text(label), _text(identity)
    if not 0 < len(label) <= MAX_LABEL:
        return None
    return DetectedObject(label, identity[:MAX_LABEL], min(1.0, max(0.0, _number(confidence))), *map(_number, box))


def _text(value: object) -> str:
    """As a message can hold it."""
    return str(value).encode(errors='replace').decode()


def _number(value: float) -> float:
    return float(value) if math.isfinite(value) and abs(value) <= MAX_NUMBER else 0.0
