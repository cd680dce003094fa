"""A picture as a network takes it, and where what it finds is in the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SMALLEST_SIDE = 8  # pixels; there is nothing to be seen in less
LONGEST_SIDE = 30_000  # pixels: OpenCV counts some in 16 bits
MOST_PIXELS = 2**28
GREY = 114  # around a picture whose shape is not that of the network, as YOLO is trained with
AREA = 0.5  # a picture that is made smaller than this is averaged: a line may not be lost between two pixels

Picture = NDArray[np.uint8]  # (height, width, 3), blue first
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Placement:
    """Where a picture is in what the network sees: pixels of the network = pixels of the picture * scale + offset."""

    width: int  # of the picture, in pixels
    height: int
    scale_x: float
    scale_y: float
    left: int = 0
    top: int = 0

    def back(self, boxes: Floats) -> Floats:
        """Boxes (n, 4) by their corners (left, top, right, bottom) in pixels of the network, in those of the picture.

        What is outside of the picture is cut off.
        """
        offset = np.array([self.left, self.top] * 2, np.float32)
        scale = np.array([self.scale_x, self.scale_y] * 2, np.float32)
        limits = np.array([self.width, self.height] * 2, np.float32)
        return ((boxes - offset) / scale).clip(0, limits)


def usable(picture: Any) -> Picture | None:
    """A picture that can be given to OpenCV; None for one in which nothing can be seen.

    Raises ValueError, one line, for what is no picture.
    """
    if not isinstance(picture, np.ndarray) or picture.dtype != np.uint8 or picture.shape[2:] != (3,):
        what = f'{picture.dtype} {picture.shape}' if isinstance(picture, np.ndarray) else type(picture).__name__
        raise ValueError(f'a picture has to be an array of uint8 (height, width, 3), and this is {what}')
    height, width, _ = picture.shape
    if max(width, height) > LONGEST_SIDE or width * height > MOST_PIXELS:
        raise ValueError(f'a picture of {width} x {height} is too large')
    return None if min(width, height) < SMALLEST_SIDE else np.ascontiguousarray(picture)


def letterbox(picture: Picture, width: int, height: int) -> tuple[Picture, Placement]:
    """The picture in its own shape in the middle of one of another size, grey around."""
    rows, columns = picture.shape[:2]
    scale = min(width / columns, height / rows)
    inner_width, inner_height = max(1, round(columns * scale)), max(1, round(rows * scale))
    left, top = (width - inner_width) // 2, (height - inner_height) // 2
    canvas = np.full((height, width, 3), GREY, np.uint8)
    canvas[top : top + inner_height, left : left + inner_width] = resized(picture, inner_width, inner_height)
    return canvas, Placement(columns, rows, inner_width / columns, inner_height / rows, left, top)


def stretched(picture: Picture, width: int, height: int) -> tuple[Picture, Placement]:
    """The picture in another size, whatever its shape."""
    rows, columns = picture.shape[:2]
    return resized(picture, width, height), Placement(columns, rows, width / columns, height / rows)


def resized(picture: Picture, width: int, height: int) -> Picture:
    """In another size."""
    import cv2

    smaller = width < AREA * picture.shape[1] and height < AREA * picture.shape[0]
    found: Picture = cv2.resize(  # type: ignore[assignment]
        picture, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    )
    return found


def planes(picture: Picture, factor: float | Floats, offset: float | Floats) -> Floats:
    """Red, green and blue (1, 3, height, width) as numbers: of each pixel its value * factor + offset."""
    reds_first = picture[:, :, ::-1].astype(np.float32)
    reds_first *= factor
    reds_first += offset
    return np.ascontiguousarray(reds_first.transpose(2, 0, 1)[np.newaxis])
