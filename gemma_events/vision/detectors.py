"""What looks at pictures: OpenCV's own detectors of people and faces. They need no download."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Protocol

from gemma_events.errors import ConfigurationError
from gemma_events.events import DetectedObject
from gemma_events.vision.settings import VisionSettings

# HOG looks for people of 64 x 128 pixels and more: in a narrower picture it misses most of those across a room.
PICTURE_WIDTH = 640  # pixels; a wider picture is made smaller for the detector
PYRAMID_STEP = 1.1  # between the sizes that are looked for: finer finds more and takes longer (50 ms here)
FACE_STEP = 1.2
SMALLEST_FACE = 60  # pixels
FACE_NEIGHBOURS = 5  # overlapping hits that make a face: with fewer, more is taken for a face that is not


class Detector(Protocol):
    """Finds objects in a picture. Made with the VisionSettings when the node is configured."""

    def detect(self, picture: Any) -> Sequence[DetectedObject]:
        """The objects in a uint8 array (height, width, 3), blue first, as OpenCV has it; boxes in its pixels.

        Called in the thread of the video; while it works, pictures are left out. May raise anything: the next picture
        is looked at all the same.
        """


class PeopleDetector:
    """Standing people, by OpenCV's histograms of oriented gradients. It gives no confidence.

    Raises ConfigurationError where OpenCV is missing or has no such detector. Fits Detector.
    """

    def __init__(self, settings: VisionSettings) -> None:
        cv2 = import_cv2()
        if not hasattr(cv2, 'HOGDescriptor'):
            raise ConfigurationError(f'detector people needs OpenCV 4: {cv2.__version__} no longer has it')
        self._hog = cv2.HOGDescriptor()
        self._hog.setSVMDetector(cv2.HOGDescriptor_getDefaultPeopleDetector())

    def detect(self, picture: Any) -> tuple[DetectedObject, ...]:
        """Each person, labelled `person`."""
        grey, scale = _small_and_grey(picture)
        boxes, _ = self._hog.detectMultiScale(grey, winStride=(8, 8), scale=PYRAMID_STEP)
        return _objects('person', boxes, scale)


class FaceDetector:
    """Faces that look at the camera, by OpenCV's cascade. It gives no confidence.

    Raises ConfigurationError where OpenCV is missing or has no such detector. Fits Detector.
    """

    def __init__(self, settings: VisionSettings) -> None:
        cv2 = import_cv2()
        if not hasattr(cv2, 'CascadeClassifier'):
            raise ConfigurationError(f'detector faces needs OpenCV 4: {cv2.__version__} no longer has it')
        self._cascade = cv2.CascadeClassifier(cv2.data.haarcascades + 'haarcascade_frontalface_default.xml')

    def detect(self, picture: Any) -> tuple[DetectedObject, ...]:
        """Each face, labelled `face`."""
        grey, scale = _small_and_grey(picture)
        boxes = self._cascade.detectMultiScale(grey, FACE_STEP, FACE_NEIGHBOURS, minSize=(SMALLEST_FACE, SMALLEST_FACE))
        return _objects('face', boxes, scale)


def import_cv2() -> Any:
    """The module cv2, which only a video needs. Raises ConfigurationError where OpenCV is not installed."""
    # FFmpeg writes its own lines about each damaged file; ours say it once.
    os.environ.setdefault('OPENCV_FFMPEG_LOGLEVEL', '-8')
    try:
        import cv2
    except ImportError as error:
        raise ConfigurationError(
            'a video as source needs OpenCV 4: install python3-opencv, or opencv-python-headless with pip'
        ) from error
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    cv2.setNumThreads(1)  # one core is enough for this pace, and the other senses need theirs
    return cv2


def _small_and_grey(picture: Any) -> tuple[Any, float]:
    import cv2

    scale = min(1.0, PICTURE_WIDTH / picture.shape[1])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture
    return cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), scale


def _objects(label: str, boxes: Any, scale: float) -> tuple[DetectedObject, ...]:
    return tuple(
        DetectedObject(label, x=x / scale, y=y / scale, width=width / scale, height=height / scale)
        for x, y, width, height in (map(float, box) for box in boxes)
    )
