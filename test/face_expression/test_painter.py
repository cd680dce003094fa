"""Faces as pixels, by the real pygame."""

from __future__ import annotations

import itertools

import pytest

from gemma_events.face_expression.painter import INK, LOOKS, SKIN, Painter
from gemma_events.face_expression.state import EXPRESSIONS, MOUTH_WIDEST, Face

pytest.importorskip('pygame', reason='pygame is not installed')

BACKGROUND = (1, 2, 3)


@pytest.fixture(scope='module')
def painter():
    return Painter(320, 240, BACKGROUND)


def pixel(picture, x, y, width=320):
    return tuple(picture[3 * (y * width + x) :][:3])


def test_each_expression_has_a_look():
    assert set(LOOKS) == set(EXPRESSIONS)


def test_rows_from_the_top_with_red_first(painter):
    picture = painter.paint(Face())
    assert len(picture) == 320 * 240 * 3
    for (x, y), colour in {(0, 0): BACKGROUND, (319, 239): BACKGROUND, (160, 30): SKIN, (120, 110): INK}.items():
        assert pixel(picture, x, y) == pytest.approx(colour, abs=3)  # making it smaller rounds


def test_the_same_face_is_the_same_picture_and_each_other_face_another(painter):
    faces = [
        Face(*values) for values in itertools.product(EXPRESSIONS, (None, *range(MOUTH_WIDEST + 1)), (False, True))
    ]
    pictures = {painter.paint(face) for face in faces}
    # At rest a mouth that is closed already is the same closed while talking; open ones close.
    closed_anyway = sum(not LOOKS[face.expression].mouth_open for face in faces if face.mouth is None)
    assert len(pictures) == len(faces) - closed_anyway
    assert painter.paint(Face('happy', 2)) == painter.paint(Face('happy', 2))


def test_edges_are_antialiased(painter):
    picture = painter.paint(Face())
    colours = {pixel(picture, x, y) for x in range(320) for y in range(240)}
    assert len(colours) > 12  # six were used


@pytest.mark.parametrize('width, height', [(32, 32), (33, 1000), (1000, 33), (1920, 1920)])
def test_any_size_and_shape(width, height):
    assert len(Painter(width, height, BACKGROUND).paint(Face('happy', 3))) == width * height * 3
