"""A detector of light."""

from __future__ import annotations

from typing import Any

from gemma_events.events import DetectedObject
from gemma_events.vision.settings import VisionSettings

BRIGHT = 128  # of 255, the mean of the picture


class Light:
    """`light`, in a box around the whole picture, when that is bright."""

    def __init__(self, settings: VisionSettings) -> None:
        """There is nothing to load."""

    def detect(self, picture: Any) -> list[DetectedObject]:
        height, width, _ = picture.shape
        if picture.mean() < BRIGHT:
            return []
        return [DetectedObject('light', confidence=picture.mean() / 255, width=width, height=height)]
