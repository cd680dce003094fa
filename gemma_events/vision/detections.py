"""What detectors publish or return, as `Detections`. Nothing of it is trusted."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gemma_events.errors import ConfigurationError
from gemma_events.events import SECOND, DetectedObject, VisionEvent
from gemma_events.vision.scene import Detections

VISION_EVENT = 'gemma_events/VisionEvent'
DETECTION_2D_ARRAY = 'vision_msgs/Detection2DArray'
YOLO_DETECTIONS = 'yolo_msgs/DetectionArray'
MAX_OBJECTS = 256  # of one picture; the rest is left out
MAX_LABEL = 256  # characters; an object with a longer label, or none, is left out
MAX_NUMBER = 1e9  # pixels, of a box

LeftOut = Counter[str]  # things of detections that nobody can use, by why
Reader = Callable[[Any, LeftOut], 'Detections | None']


def reader(type_name: str) -> tuple[type, Reader]:
    """The message class of this name, and what makes Detections of such a message (None: it is not about a picture).

    Raises ConfigurationError where the package of the message is not installed.
    """
    try:
        if type_name == DETECTION_2D_ARRAY:
            from vision_msgs.msg import Detection2DArray

            return Detection2DArray, from_detection_array
        if type_name == YOLO_DETECTIONS:
            from yolo_msgs.msg import DetectionArray

            return DetectionArray, from_yolo
    except ImportError as error:
        package = type_name.partition('/')[0]
        raise ConfigurationError(
            f'detections_type {type_name} needs the package {package}: install ros-$ROS_DISTRO-'
            f'{package.replace("_", "-")}, or build it, and source the workspace it is in'
        ) from error
    from gemma_events.msg import VisionEvent as VisionEventMessage

    return VisionEventMessage, from_vision_event


def from_vision_event(message: Any, left_out: LeftOut) -> Detections | None:
    """From an `object_detected` VisionEvent, boxes from the top left corner; None for the other event types."""
    if message.event_type != VisionEvent.OBJECT_DETECTED:
        return None
    objects = checked(message.objects, left_out)
    return _detections(message.header, objects, message.image_width, message.image_height, message.source)


def checked(objects: Iterable[Any], left_out: LeftOut) -> tuple[DetectedObject, ...]:
    """What has the members of a DetectedObject, as objects that can be published: at most MAX_OBJECTS."""
    return _objects(
        ((item.label, item.id, item.confidence, (item.x, item.y, item.width, item.height)) for item in objects),
        left_out,
    )


def from_detection_array(message: Any, left_out: LeftOut) -> Detections:
    """From a vision_msgs/Detection2DArray: of each detection the best hypothesis, and the box, there by its centre."""

    def parts() -> Iterator[Parts]:
        for detection in message.detections:
            if not detection.results:
                left_out['without a class'] += 1
                continue
            best = max((result.hypothesis for result in detection.results), key=lambda guess: _share(guess.score))
            centre, size = detection.bbox.center.position, (detection.bbox.size_x, detection.bbox.size_y)
            yield best.class_id, detection.id, best.score, _from_centre(centre.x, centre.y, *size)

    return _detections(message.header, _objects(parts(), left_out))


def from_yolo(message: Any, left_out: LeftOut) -> Detections:
    """From a yolo_msgs/DetectionArray, boxes by their centre."""

    def parts() -> Iterator[Parts]:
        for detection in message.detections:
            centre, size = detection.bbox.center.position, detection.bbox.size
            label = detection.class_name or str(detection.class_id)
            yield label, detection.id, detection.score, _from_centre(centre.x, centre.y, size.x, size.y)

    return _detections(message.header, _objects(parts(), left_out))


Box = tuple[float, float, float, float]
Parts = tuple[str, str, float, Box]  # label, id, confidence, box from its corner


def _from_centre(x: float, y: float, width: float, height: float) -> Box:
    return x - width / 2, y - height / 2, width, height


def _detections(
    header: Any, objects: tuple[DetectedObject, ...], width: int = 0, height: int = 0, source: str = ''
) -> Detections:
    stamp = header.stamp.sec * SECOND + header.stamp.nanosec
    return Detections(objects, stamp, header.frame_id, width, height, source)


def _objects(parts: Iterable[Parts], left_out: LeftOut) -> tuple[DetectedObject, ...]:
    """What can be used, of MAX_OBJECTS and what follows at most as many; the rest is counted by why."""
    found: list[DetectedObject] = []
    for label, identity, confidence, box in itertools.islice(parts, 2 * MAX_OBJECTS):
        label, identity = _text(label), _text(identity)
        if fault := _fault(label, box):
            left_out[fault] += 1
        elif len(found) == MAX_OBJECTS:
            left_out[f'more than {MAX_OBJECTS} in a picture'] += 1
        else:
            x, y, width, height = map(float, box)
            found.append(DetectedObject(label, identity[:MAX_LABEL], _share(confidence), x, y, width, height))
    return tuple(found)


def _fault(label: str, box: Box) -> str:
    if not label:
        return 'without a label'
    if len(label) > MAX_LABEL:
        return f'labels of more than {MAX_LABEL} characters'
    if not all(math.isfinite(number) and abs(number) <= MAX_NUMBER for number in box):
        return 'boxes that are no numbers'
    return 'boxes of negative size' if box[2] < 0 or box[3] < 0 else ''


def _text(value: object) -> str:
    """As a message can hold it."""
    return '' if value is None else str(value).encode(errors='replace').decode()


def _share(value: float) -> float:
    """From 0, which is unknown, to 1."""
    return min(1.0, max(0.0, float(value))) if math.isfinite(value) else 0.0
