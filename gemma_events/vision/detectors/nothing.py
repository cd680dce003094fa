"""For a robot that only looks: pictures go through, and nothing is seen in them."""

from __future__ import annotations

from typing import Any

from gemma_events.events import DetectedObject
from gemma_events.vision.detectors.settings import DetectorSettings


class NoDetector:
    """Sees nothing. Fits Detector."""

    def __init__(self, settings: DetectorSettings) -> None:
        """Needs nothing."""

    def detect(self, picture: Any) -> tuple[DetectedObject, ...]:
        """Nothing."""
        return ()
