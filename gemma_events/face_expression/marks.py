"""What is drawn beside the features: tears, a question mark, Zzz, ... each a function of its size, 0 to 1."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gemma_events.face_expression.canvas import Canvas, Points, curve, drop, ellipse, mixed, points, star
from gemma_events.face_expression.style import Colour


@dataclass(frozen=True)
class Place:
    """Where things are, in radii from the middle of the head, and in which colours."""

    eye_x: float  # of the right one
    eye_y: float
    eye_height: float  # half of it
    side: float  # half the head's width
    top: float  # half its height
    line: float  # thickness
    skin: Colour
    ink: Colour
    water: Colour
    mark: Colour
    alarm: Colour
    cheeks: Colour


Mark = Callable[[Canvas, Place, float], None]
_UP = points((0, -1), (1, 0))


def _corner(place: Place, x: float = 0.8, y: float = -0.72) -> tuple[float, float]:
    """A place beside the head, where it is round."""
    return x * place.side, y * place.top


def tear(canvas: Canvas, place: Place, size: float) -> None:
    """One below an eye."""
    canvas.fill(place.water, drop(-place.eye_x - 0.05, place.eye_y + place.eye_height + 0.17, 0.15 * size))


def sweat(canvas: Canvas, place: Place, size: float) -> None:
    """A drop at the temple."""
    canvas.fill(place.water, drop(0.74 * place.side, -0.52, 0.17 * size))


def streams(canvas: Canvas, place: Place, size: float) -> None:
    """Tears that run down from both eyes."""
    for side in (-1, 1):
        x, top, bottom = side * place.eye_x, place.eye_y + 0.08, place.eye_y + 0.08 + 0.72 * size
        canvas.stroke(place.water, points((x - 0.06, top), (x - 0.06, bottom)), 0.11)
        canvas.stroke(place.water, points((x + 0.06, top), (x + 0.06, bottom - 0.08)), 0.11)
        canvas.stroke(mixed(place.water, (255, 255, 255), 0.6), points((x - 0.07, top + 0.1), (x - 0.07, bottom)), 0.03)


def plaster(canvas: Canvas, place: Place, size: float) -> None:
    """On the cheek."""
    x, y = 0.62 * place.side, 0.36
    along, across = np.array([0.85, -0.5]) * 0.2 * size, np.array([0.5, 0.85]) * 0.075 * size
    for direction, colour in ((along, (238, 190, 150)), (along * 0.42, (255, 226, 196))):
        corners = [(x, y) + one * direction + other * across for one, other in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        canvas.stroke(colour, np.array(corners), 0.05, closed=True)
        canvas.fill(colour, np.array(corners))


def sigh(canvas: Canvas, place: Place, size: float) -> None:
    """A puff of breath beside the mouth."""
    for x, y, radius in ((0.42, 0.62, 0.05), (0.56, 0.68, 0.085), (0.74, 0.72, 0.12)):
        colour = mixed(place.skin, (255, 255, 255), 0.75)
        canvas.fill(colour, ellipse(x, y, radius * size, radius * size))


def flush(canvas: Canvas, place: Place, size: float) -> None:
    """Strokes on red cheeks."""
    for side in (-1, 1):
        for step in (-1, 0, 1):
            x, y = side * (place.eye_x + 0.24) + 0.085 * step, place.eye_y + place.eye_height + 0.16
            canvas.stroke(
                mixed(place.cheeks, (120, 20, 40), 0.4),
                points((x + 0.03 * size, y - 0.07 * size), (x - 0.03 * size, y + 0.07 * size)),
                0.028,
            )


def gloom(canvas: Canvas, place: Place, size: float) -> None:
    """Lines down from the forehead."""
    colour = mixed(place.skin, (70, 80, 150), 0.75)
    for step in range(7):
        x = (step - 3) * 0.14
        top = -0.94 * place.top * math.sqrt(1 - min(0.9, (x / place.side) ** 2))
        canvas.stroke(colour, points((x, top), (x, top + (0.27 - 0.05 * (step % 2)) * size)), 0.03)


def anger(canvas: Canvas, place: Place, size: float) -> None:
    """The cross of veins that comics have."""
    x, y = 0.6 * place.side, -0.66
    for corner in range(4):
        c, s = (math.cos(corner * math.pi / 2 + 0.2), math.sin(corner * math.pi / 2 + 0.2))
        line = curve((0.04, 0.17), (0.055, 0.055), (0.17, 0.04)) * size
        canvas.stroke(place.alarm, line @ np.array([[c, s], [-s, c]]) + (x, y), 0.05)


def steam(canvas: Canvas, place: Place, size: float) -> None:
    """Out of both ears."""
    for side in (-1, 1):
        for x, y, radius in ((0.86, -0.4, 0.07), (0.93, -0.56, 0.1), (0.86, -0.75, 0.13)):
            canvas.fill(
                mixed(place.mark, (150, 150, 160), 0.25),
                ellipse(side * x * place.side, y, radius * size, radius * size),
            )


def heartbreak(canvas: Canvas, place: Place, size: float) -> None:
    """A heart in two pieces."""
    x, y = _corner(place, 0.76, -0.7)
    angles = np.linspace(0, 2 * math.pi, 40)
    heart = np.column_stack(
        (
            np.sin(angles) ** 3,
            -(13 * np.cos(angles) - 5 * np.cos(2 * angles) - 2 * np.cos(3 * angles) - np.cos(4 * angles)) / 16,
        )
    )
    for side in (-1, 1):
        half = heart[heart[:, 0] * side >= -1e-9]
        canvas.fill_any(place.alarm, half * 0.21 * size + (x + side * 0.035, y))
    zigzag = points((0.0, -0.42), (0.22, -0.08), (-0.12, 0.25), (0.03, 0.95)) * 0.21 * size + (x, y)
    canvas.stroke(place.skin, zigzag, 0.045)


def dots(canvas: Canvas, place: Place, size: float) -> None:
    """Three, for nothing to say."""
    x, y = _corner(place, 0.7, -0.82)
    for step in range(3):
        canvas.fill(place.mark, ellipse(x + 0.14 * (step - 1), y, 0.05 * size, 0.05 * size))


def bags(canvas: Canvas, place: Place, size: float) -> None:
    """Below tired eyes."""
    for side in (-1, 1):
        x, y = side * place.eye_x, place.eye_y + place.eye_height + 0.03
        canvas.stroke(
            mixed(place.skin, place.ink, 0.42), curve((x - 0.14, y), (x, y + 0.07 * size), (x + 0.14, y)), 0.032
        )


def snore(canvas: Canvas, place: Place, size: float) -> None:
    """Zzz."""
    z = points((-1, -1), (1, -1), (-1, 1), (1, 1))
    for x, y, scale in ((0.56, -0.5, 0.06), (0.72, -0.68, 0.085), (0.9, -0.88, 0.11)):
        canvas.stroke(place.mark, z * scale * size + (x * place.side, y), 0.05 * size)


def question(canvas: Canvas, place: Place, size: float) -> None:
    """A question mark."""
    x, y = _corner(place, 0.82, -0.68)
    angles = np.linspace(-math.pi, 0.62 * math.pi, 16)
    hook = np.column_stack((0.12 * np.cos(angles), -0.1 + 0.12 * np.sin(angles)))
    stem = points((0.0, 0.1), (0.0, 0.13))
    canvas.stroke(place.mark, np.vstack((hook, stem)) * size + (x, y), 0.065 * size)
    canvas.fill(place.mark, ellipse(x, y + 0.24 * size, 0.042 * size, 0.042 * size))


def sparkles(canvas: Canvas, place: Place, size: float) -> None:
    """Around the head."""
    for x, y, radius in ((-0.92, -0.72, 0.19), (0.92, -0.78, 0.15), (0.98, -0.45, 0.09), (-0.98, -0.38, 0.08)):
        canvas.fill_any(place.mark, star(x * place.side, y * place.top, radius * size, 4, 0.3))


def thought(canvas: Canvas, place: Place, size: float) -> None:
    """The bubbles that lead to a thought."""
    for x, y, radius in ((0.6, -0.6, 0.045), (0.72, -0.74, 0.07), (0.88, -0.88, 0.1)):
        canvas.fill(place.mark, ellipse(x * place.side, y, radius * size, radius * size))


def sound(canvas: Canvas, place: Place, size: float) -> None:
    """Waves that come to both ears."""
    for side in (-1, 1):
        for radius in (0.16, 0.29):
            angles = np.linspace(-0.85, 0.85, 12)
            x = side * (0.74 * place.side + radius * size * np.cos(angles))
            canvas.stroke(place.mark, np.column_stack((x, -0.55 + radius * size * np.sin(angles))), 0.045)


MARKS: dict[str, Mark] = {
    mark.__name__: mark
    for mark in (
        tear, sweat, streams, plaster, sigh, flush, gloom, anger, steam, heartbreak, dots, bags, snore, question,
        sparkles, thought, sound,
    )
}  # fmt: skip
IN_THE_EYES = ('gleam', 'stars')  # which the painter draws

__all__ = ['IN_THE_EYES', 'MARKS', 'Place', 'Points']
