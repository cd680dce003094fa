"""Pictures as networks take them."""

from __future__ import annotations

import numpy as np
import pytest

from gemma_events.vision.detectors import pictures
from gemma_events.vision.detectors.pictures import GREY, letterbox, planes, stretched, usable

pytest.importorskip('cv2', reason='OpenCV is not installed')


@pytest.mark.parametrize(
    ('picture', 'what'),
    [
        (None, 'NoneType'),
        ([[[0, 0, 0]]], 'list'),
        (np.zeros((20, 20), np.uint8), r'uint8 \(20, 20\)'),
        (np.zeros((20, 20, 4), np.uint8), r'\(20, 20, 4\)'),
        (np.zeros((20, 20, 3), np.float32), 'float32'),
        (np.zeros((1, 20, 20, 3), np.uint8), r'\(1, 20, 20, 3\)'),
        (np.zeros((0,), np.uint8), r'\(0,\)'),
        (np.broadcast_to(np.uint8(0), (40_000, 20, 3)), 'too large'),
        (np.broadcast_to(np.uint8(0), (20_000, 20_000, 3)), 'too large'),
    ],
)
def test_what_is_no_picture_is_refused_in_a_line(picture, what):
    with pytest.raises(ValueError, match=what) as error:
        usable(picture)
    assert '\n' not in str(error.value)


@pytest.mark.parametrize(('height', 'width'), [(0, 0), (0, 5), (1, 1), (7, 100)])
def test_in_too_small_a_picture_there_is_nothing(height, width):
    assert usable(np.zeros((height, width, 3), np.uint8)) is None


def test_a_picture_is_not_copied_without_need():
    picture = np.zeros((20, 20, 3), np.uint8)
    assert usable(picture) is picture
    assert usable(picture[::-1]).flags.c_contiguous


@pytest.mark.parametrize(
    ('width', 'height', 'inner'),
    [(200, 100, (0, 16, 64, 48)), (100, 200, (16, 0, 48, 64)), (10, 10, (0, 0, 64, 64)), (6400, 8, (0, 31, 64, 32))],
)
def test_a_letterbox(width, height, inner):
    canvas, placement = letterbox(np.full((height, width, 3), 255, np.uint8), 64, 64)
    left, top, right, bottom = inner
    white = canvas[top:bottom, left:right]
    assert white.min() == 255
    assert np.count_nonzero(canvas == GREY) == canvas.size - white.size
    assert placement.back(np.array([inner], np.float32)).tolist() == [pytest.approx([0, 0, width, height])]


@pytest.mark.parametrize(('width', 'height'), [(200, 100), (8, 3000), (64, 64)])
def test_stretching(width, height):
    made, placement = stretched(np.full((height, width, 3), 255, np.uint8), 64, 32)
    assert made.shape == (32, 64, 3)
    assert placement.back(np.array([[0, 0, 64, 32]], np.float32)).tolist() == [pytest.approx([0, 0, width, height])]


def test_thin_lines_are_not_lost():
    picture = np.zeros((640, 640, 3), np.uint8)
    picture[::40] = 255
    assert pictures.resized(picture, 64, 64).mean() == pytest.approx(picture.mean(), rel=0.1)


def test_planes_are_red_first():
    picture = np.full((2, 4, 3), (0, 51, 255), np.uint8)
    made = planes(picture, np.array([1 / 255, 1, 2], np.float32), -1.0)
    assert made.shape == (1, 3, 2, 4)
    assert made.flags.c_contiguous
    assert made[0, :, 0, 0].tolist() == pytest.approx([0, 50, -1])
