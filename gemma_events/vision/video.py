"""A video file, looked at by OpenCV's own detectors at the video's pace. They need no download."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gemma_events.errors import ConfigurationError
from gemma_events.events import DetectedObject, from_seconds
from gemma_events.vision.scene import Detections

# HOG looks for people of 64 x 128 pixels and more: in a narrower picture it misses most of those across a room.
PICTURE_WIDTH = 640  # pixels; a wider picture is made smaller for the detector
PYRAMID_STEP = 1.1  # between the sizes that are looked for: finer finds more and takes longer (50 ms here)
FACE_STEP = 1.2
SMALLEST_FACE = 60  # pixels
FACE_NEIGHBOURS = 5  # overlapping hits that make a face: fewer find more that is none


class Video:
    """An open video file. Raises ConfigurationError where there is none that can be read."""

    def __init__(self, path: str) -> None:
        if not Path(path).is_file():
            raise ConfigurationError(f'source {path!r} is no file: name a video file, or take detections')
        cv2 = import_cv2()
        self._capture = cv2.VideoCapture(path, cv2.CAP_FFMPEG)
        if not self._capture.grab():
            raise ConfigurationError(f'source {path} cannot be read as a video, or has no pictures')
        self._grabbed = True  # the first picture, by the test above
        self._position = cv2.CAP_PROP_POS_MSEC

    def grab(self) -> int | None:
        """Go to the next picture: its position, ns from the beginning; None at the end."""
        if not self._grabbed and not self._capture.grab():
            return None
        self._grabbed = False
        return from_seconds(max(0.0, self._capture.get(self._position)) / 1000)

    def picture(self) -> Any:
        """The picture that `grab` went to, uint8 (height, width, 3), blue first; None where it is damaged."""
        found, picture = self._capture.retrieve()
        return picture if found else None


def import_cv2() -> Any:
    """OpenCV, which only a video needs."""
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


class PeopleDetector:
    """Standing people, by OpenCV's histograms of oriented gradients. It tells no confidence."""

    def __init__(self) -> None:
        cv2 = import_cv2()
        if not hasattr(cv2, 'HOGDescriptor'):
            raise ConfigurationError(f'detector people needs OpenCV 4: {cv2.__version__} has it no more')
        self._hog = cv2.HOGDescriptor()
        self._hog.setSVMDetector(cv2.HOGDescriptor_getDefaultPeopleDetector())

    def __call__(self, picture: Any) -> tuple[DetectedObject, ...]:
        """The people in a uint8 (height, width, 3) picture."""
        grey, scale = _small_and_grey(picture)
        boxes, _ = self._hog.detectMultiScale(grey, winStride=(8, 8), scale=PYRAMID_STEP)
        return _objects('person', boxes, scale)


class FaceDetector:
    """Faces that look at the camera, by OpenCV's cascade. It tells no confidence."""

    def __init__(self) -> None:
        cv2 = import_cv2()
        if not hasattr(cv2, 'CascadeClassifier'):
            raise ConfigurationError(f'detector faces needs OpenCV 4: {cv2.__version__} has it no more')
        self._cascade = cv2.CascadeClassifier(cv2.data.haarcascades + 'haarcascade_frontalface_default.xml')

    def __call__(self, picture: Any) -> tuple[DetectedObject, ...]:
        """The faces in a uint8 (height, width, 3) picture."""
        grey, scale = _small_and_grey(picture)
        boxes = self._cascade.detectMultiScale(grey, FACE_STEP, FACE_NEIGHBOURS, minSize=(SMALLEST_FACE, SMALLEST_FACE))
        return _objects('face', boxes, scale)


DETECTORS: dict[str, Callable[[], Callable[[Any], tuple[DetectedObject, ...]]]] = {
    'people': PeopleDetector,
    'faces': FaceDetector,
}


def _small_and_grey(picture: Any) -> tuple[Any, float]:
    import cv2

    scale = min(1.0, PICTURE_WIDTH / picture.shape[1])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture
    return cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), scale


def _objects(label: str, boxes: Any, scale: float) -> tuple[DetectedObject, ...]:
    return tuple(DetectedObject(label, '', 0.0, *(float(number) / scale for number in box)) for box in boxes)


class VideoWatcher:
    """Detects in a thread of its own, from construction until the video is over or `close`.

    `on_picture` is called with the Detections of each picture looked at, `stamp` being the position in the video, ns;
    `on_end` with the reason when it ends by itself. A picture is left out when the last one is less than `period`
    seconds before it, or when its time has passed: `pictures` and `late` count.
    """

    def __init__(
        self,
        video: Video,
        detect: Callable[[Any], tuple[DetectedObject, ...]],
        period: float,
        on_picture: Callable[[Detections], None],
        on_end: Callable[[str], None],
    ) -> None:
        self.pictures = self.late = 0
        self._video, self._detect, self._period = video, detect, period
        self._on_picture, self._on_end = on_picture, on_end
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name='video', daemon=True)
        self._thread.start()

    def close(self, timeout: float) -> None:
        """End within `timeout` seconds."""
        self._stop.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        try:
            self._watch()
        except Exception as error:
            self._on_end(f'the video cannot be looked at any further: {error}')

    def _watch(self) -> None:
        began = time.monotonic()
        due = position = 0.0
        while not self._stop.is_set():
            stamp = self._video.grab()
            if stamp is None:
                self._on_end(f'the video is over, after {position:.1f} s')
                return
            position = stamp / 1e9
            if position < due:
                continue
            ahead = position - (time.monotonic() - began)
            if ahead < -self._period:
                self.late += 1
                continue
            if self._stop.wait(max(0.0, ahead)):
                return
            due = position + self._period
            self._look(stamp)

    def _look(self, stamp: int) -> None:
        picture = self._video.picture()
        if picture is None:
            return
        self.pictures += 1
        objects = self._detect(picture)
        if not self._stop.is_set():
            height, width = picture.shape[:2]
            self._on_picture(Detections(objects, stamp, image_width=width, image_height=height))
