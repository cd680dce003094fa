"""Something moves, without any network: what differs from the picture that the camera has been seeing."""

from __future__ import annotations

from typing import Any

import numpy as np

from gemma_events.events import DetectedObject
from gemma_events.vision.detectors import import_cv2
from gemma_events.vision.detectors.boxes import Found
from gemma_events.vision.detectors.pictures import Picture, Placement, stretched, usable
from gemma_events.vision.detectors.settings import DetectorSettings

WIDTH = 160  # pixels in which it is looked for: noise of a camera is averaged away
LEARNING = 10  # pictures, the first ones and those after a change of light, that are only learned from
MEMORY = 200  # pictures after which what stands still belongs to the background
UNLIKELY = 25.0  # squared distance from the background, in its variances, of what has changed
LIGHT = 0.5  # of the picture: when more than this changes at once, it is the light, or the camera was moved
SMALLEST = 0.003  # of the picture: a thing that moves
NEAR = 5  # pixels between parts of one thing


class MotionDetector:
    """What moves in front of a camera that stands still. Fits Detector."""

    def __init__(self, settings: DetectorSettings) -> None:
        """Raises ConfigurationError, one line, where OpenCV is not installed."""
        self._cv2 = import_cv2()
        self._kernel = np.ones((NEAR, NEAR), np.uint8)
        self._shape: tuple[int, ...] = ()
        self._begin()

    def detect(self, picture: Any) -> tuple[DetectedObject, ...]:
        """Each thing that moves, labelled `motion`, without a confidence."""
        whole = usable(picture)
        if whole is None:
            return ()
        small, placement = _small(whole)
        if self._shape != whole.shape:
            self._shape = whole.shape
            self._begin()
        changed = self._background.apply(small)
        self._seen += 1
        if self._seen <= LEARNING:
            return ()
        if np.count_nonzero(changed) > LIGHT * changed.size:
            self._begin()
            return ()
        return self._things(changed, placement)

    def _begin(self) -> None:
        """Learn anew what is there."""
        self._background = self._cv2.createBackgroundSubtractorMOG2(MEMORY, UNLIKELY, detectShadows=False)
        self._seen = 0

    def _things(self, changed: Any, placement: Placement) -> tuple[DetectedObject, ...]:
        cv2 = self._cv2
        clean = cv2.morphologyEx(changed, cv2.MORPH_OPEN, self._kernel[:3, :3])
        whole = cv2.morphologyEx(clean, cv2.MORPH_CLOSE, self._kernel)
        _, _, statistics, _ = cv2.connectedComponentsWithStats(whole)
        things = statistics[1:]  # the first one is the background
        things = things[things[:, cv2.CC_STAT_AREA] >= max(1.0, SMALLEST * changed.size)].astype(np.float32)
        boxes = np.concatenate([things[:, :2], things[:, :2] + things[:, 2:4]], axis=1)
        none = np.zeros(len(boxes))
        return (
            Found(boxes, none.astype(np.float32), none.astype(np.int64)).within(placement).objects(lambda _: 'motion')
        )


def _small(picture: Picture) -> tuple[Picture, Placement]:
    """The picture in a width of WIDTH, or as it is where it is smaller; at least a pixel high."""
    height, width = picture.shape[:2]
    scale = min(1.0, WIDTH / max(width, height))
    return stretched(picture, max(1, round(width * scale)), max(1, round(height * scale)))
