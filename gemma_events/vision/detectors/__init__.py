"""What looks at pictures."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Protocol

from gemma_events.errors import ConfigurationError
from gemma_events.events import DetectedObject


class Detector(Protocol):
    """Finds objects in a picture. Made with the VisionSettings when the node is configured."""

    def detect(self, picture: Any) -> Sequence[DetectedObject]:
        """The objects in a uint8 array (height, width, 3), blue first, as OpenCV has it; boxes in its pixels.

        Called in the thread of the video; while it works, pictures are left out. May raise anything: the next picture
        is looked at all the same.
        """


def import_cv2() -> Any:
    """The module cv2. Raises ConfigurationError where OpenCV is not installed."""
    # FFmpeg writes its own lines about each damaged file; ours say it once.
    os.environ.setdefault('OPENCV_FFMPEG_LOGLEVEL', '-8')
    os.environ.setdefault('OPENCV_LOG_LEVEL', 'SILENT')
    try:
        import cv2
    except ImportError as error:
        raise ConfigurationError(
            'to look at pictures takes OpenCV: install python3-opencv, or opencv-python-headless with pip'
        ) from error
    if logging := getattr(cv2.utils, 'logging', None):  # not in 4.6, which Ubuntu 24.04 has
        logging.setLogLevel(logging.LOG_LEVEL_SILENT)
    cv2.setNumThreads(1)  # one core is enough for this pace, and the other senses need theirs
    return cv2
