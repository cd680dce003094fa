"""The parameters of detectors."""

from __future__ import annotations

from dataclasses import dataclass

from gemma_events.errors import ConfigurationError
from gemma_events.settings import setting

GONE = {'people': 'person', 'faces': 'face'}  # what detectors were called that needed OpenCV 4


@dataclass(frozen=True)
class DetectorSettings:
    """The parameters of detectors. A detector is made anew when the node is configured."""

    detector: str = setting(
        'person',
        'what looks at pictures: person, face, onnx (a network of your own: model), motion, none, another name that '
        'gemma_events --list shows, or module:Class',
    )
    detector_confidence: float = setting(
        0.5, 'least confidence with which person, face and onnx say that there is something', low=0.01, high=1.0
    )
    detector_overlap: float = setting(
        0.5,
        'person, face and onnx: of two boxes that share more than this of their area, the less confident one is the '
        'same thing once more',
        low=0.0,
        high=1.0,
    )
    detector_threads: int = setting(
        1, 'processor cores that the network of person, face or onnx may use', low=1, high=64
    )
    model: str = setting(
        '', 'network of the detector onnx: a file of the YOLO or DETR families (.onnx); ~ is the home folder'
    )
    names: str = setting(
        '',
        'names of what the network knows, where its file does not have them: coco, coco91 (the same 80 by their '
        'numbers in COCO), a file with one in a line, or a .yaml or .json with names',
    )

    def __post_init__(self) -> None:
        """Raises ConfigurationError for detectors that are gone."""
        if instead := GONE.get(self.detector):
            raise ConfigurationError(f'parameter detector: {self.detector!r} is no longer there, take {instead!r}')
