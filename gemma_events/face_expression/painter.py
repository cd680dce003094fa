"""A face as pixels."""

from __future__ import annotations

import numpy as np

from gemma_events.face_expression import canvas as shapes
from gemma_events.face_expression.canvas import Canvas, Pixels, Points, curve, ellipse, mixed
from gemma_events.face_expression.looks import Face, Look
from gemma_events.face_expression.marks import MARKS, Place
from gemma_events.face_expression.style import Colour, Style, rgb

GREEN, PALE, RED = (122, 190, 104), (196, 214, 240), (240, 74, 58)
HEAD_WIDEST, HEAD_TALLEST = 1.22, 1.14  # of a round head, in its radii, where the picture has room
EYE_X, EYE_Y, EYE_WIDTH, EYE_HEIGHT = 0.38, -0.12, 0.2, 0.26
PUPIL = 0.115
MOUTH_Y, MOUTH_WIDTH = 0.46, 0.3
LINE = 0.062  # thickness
GLOW = ((2.6, 0.16), (1.7, 0.34))  # how much thicker, and how bright
TALKING = 0.75  # how far the mouth opens, at most, to talk


class Painter:
    """Paints faces of one size in one style."""

    def __init__(self, width: int, height: int, style: Style, rotation: int = 0) -> None:
        self._style = style
        self._colours = {name: rgb(value) for name, value in vars(style).items() if str(value).startswith('#')}
        self._canvas = canvas = Canvas(width, height, rotation, self._colours['background'])
        bare = style.head == 'none'
        self._side = min(canvas.half_width * 0.98, 1.3 if bare else HEAD_WIDEST)
        self._top = min(canvas.half_height * 0.98, 1.2 if bare else HEAD_TALLEST)
        self._zoom = 1.25 if bare else 1.0  # of features
        self._line = LINE * style.line

    def paint(self, face: Face) -> Pixels:
        """The picture of a face: (height, width, 3), red first. The next one takes its place."""
        look, canvas, style = face.look, self._canvas, self._style
        canvas.clear(0.012 - 0.024 * face.breath)
        skin = self._tinted(self._colours['skin'], look)
        if style.head == 'round':
            canvas.fill(self._tinted(self._colours['shade'], look), ellipse(0, 0, self._side, self._top, 2.3))
            canvas.fill(skin, ellipse(0, -0.035, self._side - 0.035, self._top - 0.045, 2.3))
        place = self._place(look, skin)
        self._cheeks(look, skin)
        behind = [each for each in look.marks if each[0] in ('gloom', 'streams', 'bags')]
        for name, size in behind:
            MARKS[name](canvas, place, size)
        for index in (0, 1):
            self._eye(index, face, place)
            self._brow(index, look)
        self._mouth(look, face.mouth)
        for name, size in look.marks:
            if name in MARKS and (name, size) not in behind:
                MARKS[name](canvas, place, size)
        return canvas.picture()

    def _tinted(self, colour: Colour, look: Look) -> Colour:
        if self._style.head == 'none':
            return colour
        for tint, share in ((RED, 0.75 * look.red), (PALE, look.pale), (GREEN, look.green)):
            colour = mixed(colour, tint, share)
        return colour

    def _place(self, look: Look, skin: Colour) -> Place:
        colours = {name: self._colours[name] for name in ('ink', 'water', 'mark', 'alarm', 'cheeks')}
        return Place(self._eye_x, self._eye_y, self._eye_height * max(look.eyes), self._side, self._top, self._line,
                     skin, **colours)  # fmt: skip

    @property
    def _eye_x(self) -> float:
        return EYE_X * self._style.eye_distance * (0.5 + 0.5 * self._side) * self._zoom

    @property
    def _eye_y(self) -> float:
        return EYE_Y * (2 * self._top - 1)

    @property
    def _eye_height(self) -> float:
        return EYE_HEIGHT * self._style.eye_height * self._zoom

    # --- features -----------------------------------------------------------------------------------

    def _cheeks(self, look: Look, skin: Colour) -> None:
        if look.blush <= 0:
            return
        colour = mixed(skin, self._colours['cheeks'], min(1.0, 0.9 * look.blush))
        for side in (-1, 1):
            x, y = self._eye_x + 0.24 * self._zoom, self._eye_y + self._eye_height + 0.16
            self._canvas.fill(colour, ellipse(side * x, y, 0.19, 0.11))

    def _eye(self, index: int, face: Face, place: Place) -> None:
        look, style, canvas = face.look, self._style, self._canvas
        side = 2 * index - 1
        half = EYE_WIDTH * style.eye_width * self._zoom * (0.5 + 0.5 * look.eyes[index])
        tall = self._eye_height * look.eyes[index]
        gaze = [max(-1.0, min(1.0, one + other)) for one, other in zip(look.gaze, face.glance, strict=True)]
        x, y = side * place.eye_x, place.eye_y
        glowing = style.eyes == 'glowing'
        if glowing:
            x, y = x + 0.09 * gaze[0], y + 0.08 * gaze[1]
        lids = _Lids(x, y, half, tall, side, face, index)
        squareness, colours, line = style.eye_squareness, self._colours, self._line
        if lids.closed > 0.9:
            self._line_of_light(lids.line(), line * 1.15)
            return
        for wider, bright in GLOW if style.glow > 0 else ():
            margin = line * wider / 2
            dim = mixed(colours['background'], colours['eye'], bright * style.glow)
            canvas.fill(dim, lids.cut(ellipse(x, y, half + margin, tall + margin, squareness), margin, margin))
        if not glowing:  # a line around, thicker above
            edge = 0.3 * line
            outline = ellipse(x, y - edge, half + edge, tall + 2 * edge, squareness)
            canvas.fill(colours['ink'], lids.cut(outline, 3 * edge, edge))
        canvas.fill(colours['eye'], lids.cut(ellipse(x, y, half, tall, squareness)))
        self._pupil(look, lids, (x, y), (half, tall), gaze, glowing)

    def _pupil(
        self, look: Look, lids: _Lids, middle: tuple[float, float], size: tuple[float, float], gaze: list[float],
        glowing: bool,
    ) -> None:  # fmt: skip
        canvas, colours, marks = self._canvas, self._colours, dict(look.marks)
        radius = PUPIL * self._style.pupil_size * look.pupils * self._zoom
        x, y = middle
        stars, gleam = marks.get('stars', 0.0), marks.get('gleam', 0.0)
        if glowing:
            if look.pupils < 0.8:  # small ones tell of fear: dark, with a light inside
                canvas.fill(colours['pupil'], ellipse(x, y, 0.62 * size[0], 0.62 * size[1]))
                canvas.fill(colours['eye'], ellipse(x, y, radius, radius))
            if stars > 0:
                canvas.fill_any(colours['pupil'], shapes.star(x, y, 0.8 * size[0] * stars, 5, 0.45))
            if gleam > 0 and look.pupils > 1:
                canvas.fill(colours['pupil'], lids.cut(ellipse(x, y + 0.05, 0.66 * size[0], 0.7 * size[1])))
                canvas.fill(colours['shine'], lids.cut(ellipse(x - 0.05, y - 0.06, 0.055 * gleam, 0.065 * gleam)))
                canvas.fill(colours['shine'], lids.cut(ellipse(x + 0.05, y + 0.1, 0.035 * gleam, 0.035 * gleam)))
            return
        x += gaze[0] * max(0.0, size[0] - 0.72 * radius - 0.03)
        y += gaze[1] * max(0.0, size[1] - 0.95 * radius - 0.03) + 0.02
        if stars > 0:
            canvas.fill(colours['pupil'], lids.cut(ellipse(x, y, 1.3 * radius, 1.3 * radius)))
            canvas.fill_any((255, 214, 70), lids.cut(shapes.star(x, y, 1.25 * radius * stars, 5, 0.45)))
            return
        canvas.fill(colours['pupil'], lids.cut(ellipse(x, y, radius, radius * 1.12)))
        light = radius * 0.34
        canvas.fill(colours['shine'], lids.cut(ellipse(x + 0.34 * radius, y - 0.42 * radius, light, light)))
        if gleam > 0:
            large, small = 0.42 * radius * gleam, 0.22 * radius * gleam
            canvas.fill(colours['shine'], lids.cut(ellipse(x + 0.3 * radius, y - 0.4 * radius, large, large)))
            canvas.fill(colours['shine'], lids.cut(ellipse(x - 0.36 * radius, y + 0.45 * radius, small, small)))

    def _brow(self, index: int, look: Look) -> None:
        thickness = self._line * 1.15 * self._style.brows
        if thickness <= 0:
            return
        side, zoom = 2 * index - 1, self._zoom
        x, y = self._eye_x * side, self._eye_y - self._eye_height - 0.14 * zoom - 0.13 * look.brows[index]
        inner, outer = y + 0.13 * look.frown, y - 0.08 * look.frown
        half = 0.19 * zoom
        arch = 0.055 * (1 - min(1.0, abs(look.frown)) * 0.6)
        line = curve((x - side * half, inner), (x, (inner + outer) / 2 - arch), (x + side * half, outer), 8)
        self._line_of_light(line, thickness)

    def _mouth(self, look: Look, talking: float | None) -> None:
        canvas, colours = self._canvas, self._colours
        opened = look.opened if talking is None else TALKING * talking
        # A mouth that talks is narrower the more it is open, as for an "o".
        width = look.wide if talking is None else min(look.wide, 1.05) * (1 - 0.25 * talking)
        half = MOUTH_WIDTH * width * self._style.mouth_width * self._zoom
        middle = MOUTH_Y * (2 * self._top - 1)
        s = np.linspace(-1, 1, 25 if look.wave or opened > 0 else 9)
        bend = 0.17 * look.smile * (0.6 + 0.4 * width)
        line = middle + bend * (0.45 - s * s) - 0.1 * look.tilt * s + 0.05 * look.wave * np.sin(s * 5.6)
        bulge = np.sqrt(np.maximum(0.0, 1 - s * s)) ** 0.85
        glad = max(0.0, look.smile)
        upper = line - 0.17 * opened * bulge * (1 - 0.85 * glad)
        lower = line + 0.34 * opened * bulge * (0.62 + 0.38 * glad)
        x = half * s
        if look.tongue > 0.05:
            out, top = 0.17 * look.tongue, float(np.interp(0.05, x, line))
            canvas.fill(colours['tongue'], ellipse(0.05, top + out, 0.13, 0.05 + out, 2.6))
            canvas.stroke(colours['mouth'], shapes.points((0.05, top + 0.02), (0.05, top + 1.2 * out)), 0.025)
        if opened < 0.03:
            self._line_of_light(np.column_stack((x, line)), self._line * 1.15)
            return
        for margin, colour in self._rims(0.42 * self._line):
            canvas.fill(colour, _between(x * (1 + margin / half), upper - margin * bulge, lower + margin * bulge))
        canvas.fill(colours['mouth'], _between(x, upper, lower))
        self._tongue(x, upper, lower, half, look)
        self._teeth(x, upper, lower, look)

    def _tongue(self, x: Points, upper: Points, lower: Points, half: float, look: Look) -> None:
        depth = float((lower - upper).max())
        if depth < 0.12 or look.teeth > 0.6:
            return
        tongue = ellipse(0, float(lower[len(lower) // 2]), half * 0.6, 0.42 * depth)
        tongue[:, 1] = np.minimum(tongue[:, 1], np.interp(tongue[:, 0], x, lower))
        self._canvas.fill(self._colours['tongue'], tongue)

    def _teeth(self, x: Points, upper: Points, lower: Points, look: Look) -> None:
        if look.teeth < 0.05:
            return
        edge = np.minimum(upper + look.teeth * float((lower - upper).max()), lower)
        self._canvas.fill(self._colours['teeth'], _between(x, upper, edge))
        if look.teeth > 0.6:  # clenched
            colour = mixed(self._colours['teeth'], self._colours['mouth'], 0.7)
            self._canvas.stroke(colour, np.column_stack((x, (upper + lower) / 2))[1:-1:2], 0.022)
            for at in (4, 8, 12, 16, 20):
                self._canvas.stroke(colour, shapes.points((x[at], upper[at]), (x[at], lower[at])), 0.022)

    def _line_of_light(self, line: Points, thickness: float) -> None:
        """A line, which glows in some styles."""
        *around, (margin, colour) = self._rims(thickness / 2)
        for wide, dim in around:
            self._canvas.stroke(dim, line[::2], 2 * wide)  # whose corners nobody sees
        self._canvas.stroke(colour, line, 2 * margin)

    def _rims(self, half: float) -> list[tuple[float, Colour]]:
        """How far what is drawn in ink reaches beyond the middle of its line, and in which colour; the widest first."""
        ink, background = self._colours['ink'], self._colours['background']
        glow = self._style.glow
        around = [(half * wider, mixed(background, ink, bright * glow)) for wider, bright in GLOW] if glow > 0 else []
        return [*around, (half, ink)]


def _between(x: Points, upper: Points, lower: Points) -> Points:
    """The polygon between two lines over the same places."""
    return np.column_stack((np.concatenate((x, x[::-1])), np.concatenate((upper, lower[::-1]))))


class _Lids:
    """What is to be seen between the lids of an eye."""

    def __init__(self, x: float, y: float, half: float, tall: float, side: int, face: Face, index: int) -> None:
        look = face.look
        self.closed = max(look.shut, face.blink)
        self._x, self._half = x, half
        lid, under, slant = look.lids[index], look.under[index], look.slant
        self._open = not (lid or under or slant or self.closed)
        bend = look.bend * look.shut + (1 - look.shut)
        # Each edge is y = a + b s + c s^2, with s from -1 to 1 from the left to the right corner.
        angry, sad = max(0.0, slant), max(0.0, -slant)
        lean = 0.55 * side * tall
        top = (
            y - tall * (1.12 - 2 * lid) + 0.55 * tall * (0.6 * angry + 0.5 * sad),
            lean * (sad - angry),
            0.1 * tall,
        )
        rise = 0.35 * tall * min(1.0, 3 * under)
        bottom = (y + tall * (1.12 - 1.6 * under) - rise, 0.0, rise)
        shut = (y + tall * 0.41 * bend, 0.0, -0.42 * tall * bend)
        self._top = _toward(top, shut, self.closed)
        self._bottom = _toward(bottom, shut, self.closed)

    def cut(self, shape: Points, above: float = 0.0, below: float = 0.0) -> Points:
        """The part of a shape that is to be seen, and so much more above and below."""
        if self._open:
            return shape
        s = np.clip((shape[:, 0] - self._x) / self._half, -1, 1)
        top = _at(self._top, s)
        bottom = np.maximum(_at(self._bottom, s), top)
        shape[:, 1] = np.minimum(np.maximum(shape[:, 1], top - above), bottom + below)
        return shape

    def line(self) -> Points:
        """The eye when it is closed."""
        s = np.linspace(-1, 1, 9)
        return np.column_stack((self._x + self._half * s, _at(self._top, s)))


Parabola = tuple[float, float, float]


def _at(parabola: Parabola, s: Points) -> Points:
    a, b, c = parabola
    return a + s * (b + c * s)


def _toward(one: Parabola, other: Parabola, share: float) -> Parabola:
    a, b, c = (first + (second - first) * share for first, second in zip(one, other, strict=True))
    return a, b, c
