"""What a user's own network sees: a file of the YOLO or DETR families, in onnxruntime."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gemma_events.errors import ConfigurationError
from gemma_events.events import DetectedObject
from gemma_events.registry import FOREIGN_FAULTS, reason
from gemma_events.settings import path_of
from gemma_events.vision.detectors import import_cv2, names
from gemma_events.vision.detectors.decoding import Reading
from gemma_events.vision.detectors.forms import MASK, SIZES, Form, Sight, Tensor, are_raw, form, sight
from gemma_events.vision.detectors.inference import LONGEST_REASON, load
from gemma_events.vision.detectors.pictures import GREY, Picture, letterbox, planes, stretched, usable
from gemma_events.vision.detectors.settings import DetectorSettings

MOST_SHOWN = 8  # inputs or results in a line about a network that is not known


class OnnxDetector:
    """Finds what the network in the parameter `model` knows. Fits Detector."""

    def __init__(self, settings: DetectorSettings) -> None:
        """Loads the network and looks at a grey picture once. Raises ConfigurationError, one line."""
        import_cv2()
        if not settings.model:
            raise ConfigurationError(
                'detector onnx needs the parameter model: a file (.onnx) with a network of the YOLO or DETR families; '
                'doc/vision.md tells where to get one'
            )
        path = path_of('model', settings.model)
        if not path.is_file():
            raise ConfigurationError(f'parameter model: there is no file {settings.model!r}')
        self._what, self._settings = f'model {path.name!r}', settings
        self._session = load(path, self._what, settings.detector_threads)
        metadata = self._metadata()
        self._names = self._named(metadata)
        self._sight, self._form, self._reading = self._recognise(metadata)

    def detect(self, picture: Any) -> tuple[DetectedObject, ...]:
        """Each thing, labelled with its name, or its number where it has none."""
        whole = usable(picture)
        if whole is None:
            return ()
        seen, settings = self._sight, self._settings
        place = letterbox if self._form.letterbox else stretched
        small, placement = place(whole, seen.width, seen.height)
        results = list(self._look(seen, small, self._form).values())
        with np.errstate(all='ignore'):  # what is no number is left out below
            found = self._form.decode([results[index] for index in self._form.results], self._reading)
        found = found.confident(settings.detector_confidence).once(settings.detector_overlap)
        return found.within(placement).objects(self._label)

    def _label(self, number: int) -> str:
        return self._names.get(number, str(number))

    def _named(self, metadata: Mapping[str, str]) -> names.Names:
        named = self._settings.names
        if not named:
            return names.from_metadata(metadata)
        return names.KNOWN.get(named) or names.from_file(path_of('names', named))

    def _metadata(self) -> Mapping[str, str]:
        try:
            return dict(self._session.get_modelmeta().custom_metadata_map)
        except FOREIGN_FAULTS:  # of bytes that are no text
            return {}

    def _recognise(self, metadata: Mapping[str, str]) -> tuple[Sight, Form, Reading]:
        inputs, outputs = (
            [Tensor(item.name, tuple(item.shape), item.type) for item in items]
            for items in (self._session.get_inputs(), self._session.get_outputs())
        )
        results: Mapping[str, NDArray[Any]] = {}
        try:
            seen = sight(inputs, metadata)
            results = self._look(seen, np.full((seen.height, seen.width, 3), GREY, np.uint8))
            classes = max(self._names, default=-1) + 1
            found = form(results, seen, metadata, classes)
        except ValueError as error:
            real = [
                Tensor(item.name, results[item.name].shape if results else item.shape, item.kind) for item in outputs
            ]
            raise ConfigurationError(
                f'{self._what} cannot be used as a detector: {error}; it takes {_listed(inputs)} and gives '
                f'{_listed(real)}'
            ) from error
        return seen, found, Reading(seen.width, seen.height, classes, self._raw(found, results, classes))

    @staticmethod
    def _raw(found: Form, results: Mapping[str, NDArray[Any]], classes: int) -> bool:
        if not found.scores:
            return False
        axis, begin = found.scores
        rows = next(iter(results.values()))[0]
        return are_raw((rows if axis == 1 else rows.T)[begin : begin + classes if classes else None])

    def _look(self, seen: Sight, picture: Picture, known: Form | None = None) -> Mapping[str, NDArray[Any]]:
        """The results for a picture of the right size. Raises ConfigurationError, one line, where it fails."""
        factor, offset = known.colours if known else (1 / 255, 0.0)
        if seen.kind == 'uint8':
            factor, offset = 1.0, 0.0
        numbers = planes(picture, factor, offset)
        if known and known.blue_first:
            numbers = np.ascontiguousarray(numbers[:, ::-1])
        if seen.channels_last:
            numbers = np.ascontiguousarray(numbers.transpose(0, 2, 3, 1))
        inputs: dict[str, NDArray[Any]] = {seen.name: numbers.astype(seen.kind)}
        if SIZES in seen.others:
            inputs[SIZES] = np.array([[seen.width, seen.height]], np.int64)
        if MASK in seen.others:
            inputs[MASK] = np.ones((1, seen.height, seen.width), np.int64)
        try:
            results = self._session.run(None, inputs)
        except FOREIGN_FAULTS as error:
            raise ConfigurationError(f'{self._what} fails: {reason(error)[:LONGEST_REASON]}') from error
        return {item.name: np.asarray(array) for item, array in zip(self._session.get_outputs(), results, strict=True)}


def _listed(tensors: list[Tensor]) -> str:
    more = ', ...' if len(tensors) > MOST_SHOWN else ''
    return ', '.join(map(str, tensors[:MOST_SHOWN])) + more
