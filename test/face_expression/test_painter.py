"""Faces as pixels."""

from __future__ import annotations

import itertools
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemma_events.events import EXPRESSIONS
from gemma_events.face_expression.looks import LOOKS, Face, mixed
from gemma_events.face_expression.painter import Painter
from gemma_events.face_expression.style import STYLES, rgb
from scripts.draw_faces import KEPT, sheet

FACES = EXPRESSIONS[:-1]  # normal is neutral
SIZES = [(320, 240), (800, 480), (480, 800)]


def painter(style='warm', width=160, height=120, rotation=0):
    return Painter(width, height, STYLES[style], rotation)


def far(one, other):
    """How many pixels differ clearly, in percent."""
    difference = np.abs(one.astype(int) - other.astype(int)).max(axis=2)
    return 100 * (difference > 40).mean()


def test_each_expression_has_a_look():
    assert set(LOOKS) == set(EXPRESSIONS)


@pytest.mark.parametrize('style', STYLES)
def test_the_faces_look_as_they_did(style):
    """`python scripts/draw_faces.py` draws them anew, to be looked at before they are committed."""
    kept = cv2.imread(str(Path(KEPT) / f'{style}.png'))[:, :, ::-1].astype(int)
    difference = np.abs(kept - sheet(style, 80, 60).astype(int))
    assert difference.mean() < 1, 'versions of OpenCV round differently'
    assert (difference > 60).mean() < 0.002


@pytest.mark.parametrize('style', STYLES)
@pytest.mark.parametrize('width, height', SIZES)
def test_each_expression_differs_clearly_from_each_other(style, width, height):
    painting = painter(style, width, height)
    small = (80, 80 * height // width)
    pictures = {
        name: cv2.resize(painting.paint(Face(LOOKS[name])), small, interpolation=cv2.INTER_AREA) for name in FACES
    }
    for one, other in itertools.combinations(FACES, 2):
        assert far(pictures[one], pictures[other]) > 0.6, (one, other)


@pytest.mark.parametrize('style', STYLES)
def test_a_blink_is_a_line_as_wide_as_the_eye(style):
    painting = painter(style, 320, 240)
    eye = rgb(STYLES[style].eye)

    def extent(blink):
        picture = painting.paint(Face(LOOKS['neutral'], blink=blink)).astype(int)[70:135, 60:150]  # the left eye
        like = np.abs(picture - np.array(eye if blink < 1 else rgb(STYLES[style].ink))).max(axis=2) < 60
        rows, columns = np.nonzero(like)
        return np.ptp(rows), np.ptp(columns)

    open_height, open_width = extent(0)
    closed_height, closed_width = extent(1)
    assert closed_width > 0.9 * open_width
    assert closed_height < 0.55 * open_height


@pytest.mark.parametrize('style', STYLES)
def test_the_mouth_opens_step_by_step(style):
    painting = painter(style)
    for name in ('neutral', 'happy', 'sad'):
        steps = [painting.paint(Face(LOOKS[name], mouth=step / 8)).copy() for step in range(9)]
        changes = [far(one, other) for one, other in itertools.combinations(steps, 2)]
        assert min(changes) > 0
        assert far(steps[0], steps[8]) > far(steps[0], steps[2])


def test_all_of_a_face_is_to_be_seen():
    painting = painter('warm', 320, 240)
    plain = painting.paint(Face(LOOKS['neutral'])).copy()
    for change in ({'blink': 0.5}, {'blink': 1.0}, {'mouth': 0.5}, {'glance': (0.5, 0.0)}, {'breath': 1.0}):
        assert far(plain, painting.paint(Face(LOOKS['neutral'], **change))) > 0


def test_the_same_face_is_the_same_picture():
    painting = painter()
    first = painting.paint(Face(LOOKS['furious'])).copy()
    painting.paint(Face(LOOKS['happy']))
    assert np.array_equal(first, painting.paint(Face(LOOKS['furious'])))


@pytest.mark.parametrize('rotation, turns', [(90, 3), (180, 2), (270, 1)])
def test_a_turned_picture_is_the_upright_one_turned_clockwise(rotation, turns):
    upright = painter('warm', 320, 240).paint(Face(LOOKS['skeptical'])).copy()
    size = (240, 320) if rotation != 180 else (320, 240)
    turned = painter('warm', *size, rotation).paint(Face(LOOKS['skeptical']))
    assert np.array_equal(turned, np.rot90(upright, turns))


def test_rows_from_the_top_with_red_first():
    picture = painter('warm', 320, 240).paint(Face(LOOKS['neutral']))
    assert (picture.shape, picture.dtype, picture.flags.c_contiguous) == ((240, 320, 3), np.uint8, True)
    assert tuple(picture[0, 0]) == tuple(picture[-1, -1]) == rgb(STYLES['warm'].background)
    assert tuple(picture[30, 160]) == rgb(STYLES['warm'].skin)


def test_edges_are_smooth():
    picture = painter('warm', 320, 240).paint(Face(LOOKS['neutral']))
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 60  # nine were used


@pytest.mark.parametrize('width, height', [(32, 32), (33, 1000), (1000, 33), (1920, 1920)])
def test_any_size_and_shape(width, height):
    for name in FACES:
        assert painter('warm', width, height).paint(Face(LOOKS[name], mouth=1.0)).shape == (height, width, 3)


@given(
    st.sampled_from(FACES),
    st.sampled_from(FACES),
    st.floats(0, 1),
    st.none() | st.floats(0, 1),
    st.floats(0, 1),
    st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
    st.sampled_from(sorted(STYLES)),
)
@settings(max_examples=60)
def test_whatever_is_between_two_faces_can_be_drawn(one, other, share, mouth, blink, glance, style):
    look = mixed(LOOKS[one], LOOKS[other], share)
    assert painter(style, 64, 48).paint(Face(look, mouth, blink, glance)).any()
