"""Shapes on a picture, by OpenCV: each is a polygon of points in one system of coordinates, which may be turned."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from gemma_events.face_expression.style import Colour

Points = NDArray[np.float64]  # (n, 2): right and down from the middle of the head, in its radii
Pixels = NDArray[np.uint8]  # (height, width, 3): red, green, blue
_SHIFT = 4  # OpenCV takes coordinates in 1/16 px
_CIRCLES = {steps: np.linspace(0, 2 * math.pi, steps, endpoint=False) for steps in (48, 144)}
_COSINES, _SINES = ({steps: of(circle) for steps, circle in _CIRCLES.items()} for of in (np.cos, np.sin))
_LARGE = 0.5  # radii from which on more corners are needed
MARGIN = 0.95  # of half the shorter side is the head's radius


class Canvas:
    """A picture of `width` and `height` that is looked at turned: `rotation` degrees clockwise, a multiple of 90."""

    def __init__(self, width: int, height: int, rotation: int, background: Colour) -> None:
        upright = (width, height) if rotation % 180 == 0 else (height, width)
        self.radius = MARGIN * min(upright) / 2  # px
        self.half_width, self.half_height = (side / 2 / self.radius for side in upright)
        self._rotation = rotation
        # Transposed: OpenCV's better way to fill takes shapes that each row cuts twice, and in most of a face's,
        # such as between two lips, that is true of columns.
        self._columns: Pixels = np.empty((*upright, 3), np.uint8)
        self._picture: Pixels = np.empty((height, width, 3), np.uint8)
        self._empty = np.full_like(self._columns, background)
        # A pixel's middle has whole coordinates.
        self._middle = np.array([(upright[1] - 1) / 2, (upright[0] - 1) / 2]) * (1 << _SHIFT)
        self._origin = self._middle
        self._scale = self.radius * (1 << _SHIFT)

    def clear(self, shift: float = 0.0) -> None:
        """Begin anew, with everything `shift` lower than the middle."""
        np.copyto(self._columns, self._empty)
        self._origin = self._middle + np.array((shift * self._scale, 0.0))

    def fill(self, colour: Colour, points: Points) -> None:
        """The inside of a polygon that each vertical line cuts at most twice."""
        cv2.fillConvexPoly(self._columns, self._place(points), colour, cv2.LINE_AA, _SHIFT)

    def fill_any(self, colour: Colour, points: Points) -> None:
        """The inside of any polygon, with edges that are less smooth."""
        cv2.fillPoly(self._columns, [self._place(points)], colour, cv2.LINE_AA, _SHIFT)

    def stroke(self, colour: Colour, points: Points, width: float, closed: bool = False) -> None:
        """A line `width` thick, with round ends and bends."""
        thickness = max(1, round(width * self.radius))
        cv2.polylines(self._columns, [self._place(points)], closed, colour, thickness, cv2.LINE_AA, _SHIFT)

    def picture(self) -> Pixels:
        """What was drawn; the next picture takes its place."""
        if self._rotation in (90, 270):
            cv2.flip(self._columns, 1 if self._rotation == 90 else 0, self._picture)
        else:
            cv2.transpose(self._columns, self._picture)
        if self._rotation == 180:
            cv2.flip(self._picture, -1, self._picture)
        return self._picture

    def _place(self, points: Points) -> NDArray[np.int32]:
        placed: NDArray[np.int32] = np.rint(points[:, ::-1] * self._scale + self._origin).astype(np.int32)
        return placed


def ellipse(x: float, y: float, half_width: float, half_height: float, squareness: float = 2.0) -> Points:
    """With `squareness` over 2 a rectangle with round corners."""
    steps = 144 if half_width > _LARGE else 48
    cos, sin = _COSINES[steps], _SINES[steps]
    if squareness != 2.0:
        cos, sin = (np.sign(each) * np.abs(each) ** (2 / squareness) for each in (cos, sin))
    shape: Points = np.empty((steps, 2))
    shape[:, 0] = x + half_width * cos
    shape[:, 1] = y + half_height * sin
    return shape


def points(*pairs: tuple[float, float]) -> Points:
    """A polygon."""
    return np.array(pairs, dtype=float)


def curve(
    start: tuple[float, float], through: tuple[float, float], end: tuple[float, float], steps: int = 16
) -> Points:
    """The parabola from start to end whose middle is `through`."""
    t = np.linspace(0, 1, steps + 1)[:, None]
    one, middle, other = np.array(start), np.array(through), np.array(end)
    control = 2 * middle - (one + other) / 2
    found: Points = (1 - t) ** 2 * one + 2 * t * (1 - t) * control + t**2 * other
    return found


def star(x: float, y: float, radius: float, tips: int = 4, waist: float = 0.35) -> Points:
    """A star with one tip up; `waist` is how far from the middle its inner corners are, in radii."""
    angles = np.arange(2 * tips) * math.pi / tips - math.pi / 2
    radii = np.where(np.arange(2 * tips) % 2, radius * waist, radius)
    return np.column_stack((x + radii * np.cos(angles), y + radii * np.sin(angles)))


def drop(x: float, y: float, size: float) -> Points:
    """A drop of water, its tip up; `size` is half its height."""
    angles = _CIRCLES[48]
    return np.column_stack((x + size * 0.62 * np.sin(angles) * np.sin(angles / 2) ** 1.2, y - size * np.cos(angles)))


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """The colour between two; `share` of the other one, 0 to 1."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def jpeg(pixels: Pixels, quality: int) -> bytes:
    """Compressed; `quality` 1 to 100."""
    done, data = cv2.imencode('.jpg', cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), (cv2.IMWRITE_JPEG_QUALITY, quality))
    if not done:
        raise RuntimeError('OpenCV cannot write JPEG')
    return data.tobytes()
