"""What the results of detectors say, one function for each form. Pure.

Boxes are by their corners, in pixels of the network. Of results in half precision nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gemma_events.vision.detectors.boxes import LARGEST, Found, corners, sigmoid, softmax
from gemma_events.vision.detectors.pictures import Floats

Array = NDArray[Any]

STRIDES = 8, 16, 32  # pixels between the places where YOLOX looks


@dataclass(frozen=True)
class Reading:
    """What there is to know beside the results: the size in pixels that the network sees, how many things it knows
    (0: all columns that there are), and whether its scores are to be made shares."""

    width: int
    height: int
    classes: int = 0
    raw: bool = False

    def whole(self, boxes: Floats) -> Floats:
        """Boxes in sides of the picture, in pixels."""
        return boxes * np.array([self.width, self.height] * 2, np.float32)


Decode = Callable[[Sequence[Array], Reading], Found]


def rows_with_objectness(results: Sequence[Array], reading: Reading) -> Found:
    """YOLO v5, v6, v7: (1, n, 5 + classes): middle, size, how sure that there is something, and of what."""
    rows = _floats(results[0][0])
    objectness, shares = rows[:, 4], _columns(rows[:, 5:], reading)
    if reading.raw:
        objectness = sigmoid(objectness)
    found = _best(corners(rows[:, :4]), shares)
    return Found(found.boxes, found.scores * objectness, found.classes)


def yolox(results: Sequence[Array], reading: Reading) -> Found:
    """YOLOX: the same, but boxes are not decoded: places from those where it looks, in strides, and powers of e."""
    values = _floats(results[0][0])
    parts = []
    for stride in STRIDES:
        down, across = np.mgrid[0 : reading.height // stride, 0 : reading.width // stride]
        parts.append(np.stack([across.ravel(), down.ravel(), np.full(across.size, stride)], axis=1))
    grid = np.concatenate(parts).astype(np.float32)
    middles, sizes = values[:, :2] + grid[:, :2], np.exp(values[:, 2:4].clip(-LARGEST, LARGEST))
    boxes = np.concatenate([middles, sizes], axis=1) * grid[:, 2:]
    return rows_with_objectness([np.concatenate([boxes, values[:, 4:]], axis=1)[np.newaxis]], reading)


def columns(results: Sequence[Array], reading: Reading) -> Found:
    """YOLO v8, v9, v11, v12: (1, 4 + classes, n): middle, size, and how sure of what."""
    return rows([results[0].transpose(0, 2, 1)], reading)


def rows(results: Sequence[Array], reading: Reading) -> Found:
    """The same, (1, n, 4 + classes)."""
    values = _floats(results[0][0])
    return _best(corners(values[:, :4]), _columns(values[:, 4:], reading))


def queries(results: Sequence[Array], reading: Reading) -> Found:
    """RT-DETR of Ultralytics: (1, n, 4 + classes): middle and size in sides of the picture, and how sure of what."""
    values = _floats(results[0][0])
    return _best(reading.whole(corners(values[:, :4])), _columns(values[:, 4:], reading))


def finished(results: Sequence[Array], _reading: Reading) -> Found:
    """YOLO v10, and others with their own suppression: (1, n, 6): corners, score, class."""
    values = _floats(results[0][0])
    return Found(values[:, :4], values[:, 4], _numbers(values[:, 5]))


def finished_of_batch(results: Sequence[Array], _reading: Reading) -> Found:
    """YOLO v7 with its own suppression: (n, 7): number of the picture, corners, class, score."""
    values = _floats(results[0])
    return Found(values[:, 1:5], values[:, 6], _numbers(values[:, 5]))


def apart(results: Sequence[Array], _reading: Reading) -> Found:
    """RT-DETR's own export, D-FINE, DEIM: boxes (1, n, 4) by their corners, scores (1, n) and classes (1, n)."""
    boxes, scores, classes = (item[0] for item in results[:3])
    return Found(_floats(boxes), _floats(scores), _numbers(_floats(classes)))


def apart_and_counted(results: Sequence[Array], reading: Reading) -> Found:
    """TensorRT's suppression: the same, and in the fourth result how many of them count."""
    found = apart(results, reading)
    count = int(_floats(results[3]).ravel()[0])
    return found.only(np.arange(min(max(0, count), len(found))))


def logits(results: Sequence[Array], reading: Reading) -> Found:
    """RT-DETR of Hugging Face, RF-DETR: boxes (1, n, 4) in sides of the picture, and (1, n, classes) raw scores."""
    boxes, scores = (_floats(item[0]) for item in results[:2])
    return _best(reading.whole(corners(boxes)), sigmoid(scores))


def logits_with_nothing(results: Sequence[Array], reading: Reading) -> Found:
    """DETR: the same, and the last class is that there is nothing."""
    boxes, scores = (_floats(item[0]) for item in results[:2])
    return _best(reading.whole(corners(boxes)), softmax(scores)[:, :-1])


def _columns(values: Floats, reading: Reading) -> Floats:
    """The scores; what follows are masks or points of a body."""
    some = values[:, : reading.classes or None]
    return sigmoid(some) if reading.raw else some


def _best(boxes: Floats, shares: Floats) -> Found:
    """Of each row the class with the highest share; where one is not a number, nothing."""
    classes = shares.argmax(axis=1)
    return Found(boxes, np.take_along_axis(shares, classes[:, np.newaxis], axis=1)[:, 0], classes)


def _floats(values: Array) -> Floats:
    return np.asarray(values, np.float32)


def _numbers(values: Floats) -> NDArray[np.int64]:
    return np.nan_to_num(values, nan=0, posinf=0, neginf=0).clip(0, 2**31).astype(np.int64)
