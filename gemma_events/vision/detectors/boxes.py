"""What networks find: boxes, how sure, and of what. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gemma_events.events import DetectedObject
from gemma_events.vision.detectors.pictures import Floats, Placement

Numbers = NDArray[np.int64]

MOST_CANDIDATES = 1000  # that are compared with each other; the less confident ones are left out
FARTHEST = 1e6  # pixels from the picture's corner, of a box
LARGEST = 40.0  # of what goes into an exponential, either way


@dataclass(frozen=True)
class Found:
    """`boxes` (n, 4) by their corners: left, top, right, bottom; `scores` (n,), 0 to 1; `classes` (n,), numbers."""

    boxes: Floats
    scores: Floats
    classes: Numbers

    def __len__(self) -> int:
        return len(self.scores)

    def only(self, which: NDArray[np.bool_] | Numbers) -> Found:
        """Some of them, in that order."""
        return Found(self.boxes[which], self.scores[which], self.classes[which])

    def confident(self, least: float) -> Found:
        """Those that are real boxes with a score of `least` and more: the best MOST_CANDIDATES, best first."""
        with np.errstate(invalid='ignore'):
            good = (np.abs(self.boxes) <= FARTHEST).all(axis=1) & (self.scores >= least) & (self.scores < np.inf)
            good &= (self.boxes[:, 2] > self.boxes[:, 0]) & (self.boxes[:, 3] > self.boxes[:, 1])
        some = self.only(good)
        return some.only(np.argsort(-some.scores, kind='stable')[:MOST_CANDIDATES])

    def once(self, overlap: float) -> Found:
        """Those of which no better one of their class shares more than `overlap` of both areas; they are best first."""
        kept: list[int] = []
        rest = np.arange(len(self))
        areas = (self.boxes[:, 2] - self.boxes[:, 0]) * (self.boxes[:, 3] - self.boxes[:, 1])
        while len(rest):
            best, rest = int(rest[0]), rest[1:]
            kept.append(best)
            corner = np.maximum(self.boxes[best, :2], self.boxes[rest, :2])
            shared = (np.minimum(self.boxes[best, 2:], self.boxes[rest, 2:]) - corner).clip(0).prod(axis=1)
            share = shared / np.maximum(areas[best] + areas[rest] - shared, np.finfo(np.float32).tiny)
            rest = rest[(share <= overlap) | (self.classes[rest] != self.classes[best])]
        return self.only(np.array(kept, np.int64))

    def within(self, placement: Placement) -> Found:
        """In pixels of the picture; what is only in the grey around it is left out."""
        return Found(placement.back(self.boxes), self.scores, self.classes).confident(0.0)

    def objects(self, label: Callable[[int], str]) -> tuple[DetectedObject, ...]:
        """As a detector returns them."""
        return tuple(
            DetectedObject(label(number), '', min(1.0, score), left, top, right - left, bottom - top)
            for (left, top, right, bottom), score, number in zip(
                self.boxes.tolist(), self.scores.tolist(), self.classes.tolist(), strict=True
            )
        )


def corners(middles: Floats) -> Floats:
    """Boxes (n, 4) by their middle and size (x, y, width, height) as boxes by their corners."""
    half = middles[:, 2:] / 2
    return np.concatenate([middles[:, :2] - half, middles[:, :2] + half], axis=1)


def sigmoid(values: Floats) -> Floats:
    """From any number to a share."""
    shares: Floats = 1 / (1 + np.exp(-values.clip(-LARGEST, LARGEST)))
    return shares


def softmax(values: Floats) -> Floats:
    """Shares of each row, whose sum is 1."""
    powers = np.exp((values - values.max(axis=1, keepdims=True)).clip(-LARGEST, 0))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares
