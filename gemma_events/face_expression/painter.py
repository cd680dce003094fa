"""A face as pixels, by pygame. No display is opened."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gemma_events.errors import ConfigurationError
from gemma_events.face_expression.state import MOUTH_WIDEST, Face

# Drawn this much larger and made smaller again: pygame itself antialiases lines only.
SUPERSAMPLING = 2

Colour = tuple[int, int, int]
Point = tuple[float, float]
SKIN: Colour = (255, 209, 102)
CHEEK: Colour = (255, 176, 110)
INK: Colour = (58, 42, 38)
MOUTH: Colour = (140, 48, 54)
TONGUE: Colour = (232, 112, 106)
WHITE: Colour = (255, 255, 255)
MOUTH_HEIGHT = 0.42


@dataclass(frozen=True)
class Look:
    """What makes an expression. All are relative to the plain face."""

    smile: float = 0.3  # 1: the corners of the mouth far up, -1: far down
    mouth_open: float = 0.0  # 0 to 1
    mouth_width: float = 1.0  # 1: the plain one
    eyes: float = 1.0  # height, 1: the plain ones
    gaze: Point = (0.0, 0.0)  # where the eyes look, -1 to 1
    brows: tuple[float, float] = (0.0, 0.0)  # how far left and right one are raised, -1 to 1
    frown: float = 0.0  # 1: their inner ends far down (angry), -1: far up (sad)


LOOKS = {
    'neutral': Look(),
    'happy': Look(smile=1.0, mouth_open=0.6, mouth_width=1.25, brows=(0.4, 0.4)),
    'sad': Look(smile=-0.7, eyes=0.85, gaze=(0.0, 0.6), brows=(0.1, 0.1), frown=-0.8),
    'angry': Look(smile=-0.5, eyes=0.8, brows=(-0.5, -0.5), frown=1.0),
    'surprised': Look(smile=0.0, mouth_open=0.7, mouth_width=0.5, eyes=1.25, brows=(1.0, 1.0)),
    'thinking': Look(smile=0.05, mouth_width=0.7, gaze=(0.8, -0.8), brows=(-0.2, 0.8), frown=0.1),
    'listening': Look(smile=0.45, eyes=1.15, brows=(0.6, 0.6)),
}


class Painter:
    """Paints faces of one size on one background. Raises ConfigurationError where pygame is missing."""

    def __init__(self, width: int, height: int, background: Colour) -> None:
        self._pygame = _import_pygame()
        self._size = (width, height)
        self._background = background
        self._canvas = self._pygame.Surface((width * SUPERSAMPLING, height * SUPERSAMPLING), depth=32)
        self._radius = 0.46 * min(self._canvas.get_size())

    def paint(self, face: Face) -> bytes:
        """The picture of a face: rows from the top, three bytes a pixel, red first."""
        look = LOOKS[face.expression]
        self._canvas.fill(self._background)
        self._disc(SKIN, (0, 0), 1.0)
        for side, raised in zip((-1, 1), look.brows, strict=True):
            self._ellipse(CHEEK, (side * 0.58, 0.26), 0.17, 0.12)
            self._eye(side, look, face.eyes_closed)
            self._brow(side, raised, look)
        self._mouth(look, face.mouth)
        small = self._pygame.transform.smoothscale(self._canvas, self._size)
        pixels: bytes = self._pygame.image.tobytes(small, 'RGB')
        return pixels

    def _eye(self, side: int, look: Look, closed: bool) -> None:
        x, y = side * 0.36 + 0.05 * look.gaze[0], -0.16 + 0.05 * look.gaze[1]
        if closed:
            self._stroke([(x + dx / 10, y + 0.05 * (1 - dx * dx)) for dx in (-1.0, -0.5, 0.0, 0.5, 1.0)])
            return
        height = 0.19 * look.eyes
        self._ellipse(INK, (x, y), 0.125, height)
        self._disc(WHITE, (x + 0.04 + 0.03 * look.gaze[0], y - 0.38 * height + 0.03 * look.gaze[1]), 0.045)

    def _brow(self, side: int, raised: float, look: Look) -> None:
        y = -0.47 - 0.1 * raised
        inner, outer = y + 0.12 * look.frown, y - 0.06 * look.frown
        middle = (inner + outer) / 2 - 0.04
        self._stroke(_curve((side * 0.2, inner), (side * 0.37, middle), (side * 0.54, outer)))

    def _mouth(self, look: Look, talking: int | None) -> None:
        half, bend = 0.32 * look.mouth_width, 0.15 * look.smile
        opened = look.mouth_open if talking is None else 0.8 * talking / MOUTH_WIDEST
        left, right = (-half, MOUTH_HEIGHT - bend), (half, MOUTH_HEIGHT - bend)
        if not opened:
            self._stroke(_curve(left, (0, MOUTH_HEIGHT + bend), right))
            return
        top = MOUTH_HEIGHT + bend * (1 - opened) - 0.2 * opened * (1 - look.smile)
        bottom = MOUTH_HEIGHT + bend + 0.3 * opened
        outline = _bow(left, top, right) + _bow(right, bottom, left)
        self._pygame.draw.polygon(self._canvas, MOUTH, [self._pixel(point) for point in outline])
        self._ellipse(TONGUE, (0, bottom - 0.2 * opened), half * 0.45, 0.12 * opened)
        self._stroke(outline)

    # --- shapes, in heads' radii from the middle of the head ---------------------------------------

    def _pixel(self, point: Point) -> Point:
        width, height = self._canvas.get_size()
        return width / 2 + point[0] * self._radius, height / 2 + point[1] * self._radius

    def _disc(self, colour: Colour, middle: Point, radius: float) -> None:
        self._pygame.draw.circle(self._canvas, colour, self._pixel(middle), radius * self._radius)

    def _ellipse(self, colour: Colour, middle: Point, half_width: float, half_height: float) -> None:
        left, top = self._pixel((middle[0] - half_width, middle[1] - half_height))
        size = (2 * half_width * self._radius, 2 * half_height * self._radius)
        self._pygame.draw.ellipse(self._canvas, colour, (left, top, *size))

    def _stroke(self, points: Sequence[Point], half_width: float = 0.032) -> None:
        """A thick line with round ends and bends."""
        self._pygame.draw.lines(
            self._canvas,
            INK,
            False,
            [self._pixel(point) for point in points],
            max(1, round(2 * half_width * self._radius)),
        )
        for point in points:
            self._disc(INK, point, half_width)


def _curve(start: Point, through: Point, end: Point, steps: int = 24) -> list[Point]:
    """Points of the parabola from start to end whose middle is `through`."""
    control = tuple(2 * through[axis] - (start[axis] + end[axis]) / 2 for axis in (0, 1))

    def at(t: float, axis: int) -> float:
        return (1 - t) ** 2 * start[axis] + 2 * t * (1 - t) * control[axis] + t**2 * end[axis]

    return [(at(step / steps, 0), at(step / steps, 1)) for step in range(steps + 1)]


def _bow(start: Point, height: float, end: Point, steps: int = 48) -> list[Point]:
    """Points of half an ellipse between two points of the same height, bulging up or down to `height`."""
    angles = [math.pi * step / steps for step in range(steps + 1)]
    middle, half = (start[0] + end[0]) / 2, (start[0] - end[0]) / 2
    return [(middle + half * math.cos(angle), start[1] + (height - start[1]) * math.sin(angle)) for angle in angles]


def _import_pygame() -> Any:
    os.environ.setdefault('PYGAME_HIDE_SUPPORT_PROMPT', '1')
    try:
        import pygame
    except ImportError as error:
        raise ConfigurationError('the face needs pygame: install python3-pygame, or pygame-ce with pip') from error
    return pygame
