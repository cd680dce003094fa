"""A video file, looked at by a detector at the video's pace."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from gemma_events import registry
from gemma_events.errors import ConfigurationError
from gemma_events.events import SECOND, Nanoseconds, from_seconds
from gemma_events.health import Lately
from gemma_events.log import Log, ThrottledLog
from gemma_events.settings import path_of
from gemma_events.vision.detections import LeftOut, checked
from gemma_events.vision.detectors import Detector, import_cv2
from gemma_events.vision.scene import Detections


class Video:
    """An open video file. Raises ConfigurationError where there is none that can be read."""

    def __init__(self, path: str) -> None:
        file = path_of('source', path)
        if not file.is_file():
            raise ConfigurationError(f'source {path!r} is not a file: name a video file, or take detections')
        cv2 = import_cv2()
        self._capture = cv2.VideoCapture(str(file), cv2.CAP_FFMPEG)
        if not self._capture.grab():
            raise ConfigurationError(f'source {path} cannot be read as a video, or has no pictures')
        self._grabbed = True  # the first picture, by the test above
        self._position = cv2.CAP_PROP_POS_MSEC

    def grab(self) -> Nanoseconds | None:
        """Go to the next picture: its position, from the beginning; None at the end."""
        if not self._grabbed and not self._capture.grab():
            return None
        self._grabbed = False
        return from_seconds(max(0.0, self._capture.get(self._position)) / 1000)

    def picture(self) -> Any:
        """The picture that `grab` went to, uint8 (height, width, 3), blue first; None where it is damaged."""
        found, picture = self._capture.retrieve()
        return picture if found else None


class VideoWatcher:
    """Detects in a thread of its own, from construction until the video is over or `close`.

    `on_picture` is called with the Detections of each picture looked at, whose `stamp` is the position in the video;
    `on_end` with the reason when it ends by itself. A picture is left out when the last one is less than `period`
    seconds before it, or when its time has passed, which `late` counts. `pictures` counts those looked at, `failed`
    those that the detector then failed on; `failing` is why it did so on the last one, empty where it did not; `fault`
    is why it did so lately.
    """

    def __init__(
        self,
        video: Video,
        detector: Detector,
        period: float,
        on_picture: Callable[[Detections], None],
        on_end: Callable[[str], None],
        left_out: LeftOut,
        log: Log,
    ) -> None:
        self.pictures = self.late = self.failed = 0
        self.failing = ''
        self._left_out = left_out
        self.fault = Lately()
        self._video, self._detector, self._period = video, detector, period
        self._on_picture, self._on_end, self._log = on_picture, on_end, ThrottledLog(log)
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
            self._on_end(f'the video can no longer be read: {registry.reason(error)}')

    def _watch(self) -> None:
        began = time.monotonic()
        due = position = 0.0
        while not self._stop.is_set():
            stamp = self._video.grab()
            if stamp is None:
                self._on_end(f'the video is over, after {position:.1f} s')
                return
            position = stamp / SECOND
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

    def _look(self, stamp: Nanoseconds) -> None:
        picture = self._video.picture()
        if picture is None:
            return
        self.pictures += 1
        height, width = picture.shape[:2]
        try:
            objects = checked(self._detector.detect(picture), self._left_out)
        except (Exception, SystemExit) as error:
            self.failed += 1
            self.failing = f'the detector fails: {registry.reason(error)}'
            self.fault.happened(self.failing)
            self._log.error('detector', self.failing)
            return
        self.failing = ''
        if not self._stop.is_set():
            self._on_picture(Detections(objects, stamp, image_width=width, image_height=height))
