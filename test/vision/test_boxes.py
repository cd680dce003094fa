"""What networks find: which of it counts, and once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gemma_events.vision.detectors import boxes
from gemma_events.vision.detectors.boxes import Found, corners, sigmoid, softmax
from gemma_events.vision.detectors.pictures import Placement

NAN, INF = float('nan'), float('inf')
A, A_MOVED, B = (0, 0, 10, 10), (1, 0, 11, 10), (20, 0, 30, 10)  # A and A_MOVED share 9/11 of both


def found(*rows):
    """From (box, score, class)."""
    return Found(
        np.array([box for box, _, _ in rows], np.float32).reshape(-1, 4),
        np.array([score for _, score, _ in rows], np.float32),
        np.array([number for _, _, number in rows], np.int64),
    )


@pytest.mark.parametrize(
    ('rows', 'kept'),
    [
        ([], []),
        ([(A, 0.9, 0)], [A]),
        ([(A, 0.9, 0), (A_MOVED, 0.8, 0)], [A]),
        ([(A, 0.8, 0), (A_MOVED, 0.9, 0)], [A_MOVED]),
        ([(A, 0.9, 0), (A_MOVED, 0.8, 1)], [A, A_MOVED]),
        ([(A, 0.9, 0), (B, 0.8, 0)], [A, B]),
        ([(A, 0.9, 0), (A, 0.9, 0), (A, 0.9, 0)], [A]),
        ([(A, 0.4, 0)], []),
        ([(A, NAN, 0), (B, 0.5, 0)], [B]),
        ([(A, INF, 0), (B, -INF, 0)], []),
        ([((NAN, 0, 10, 10), 0.9, 0), ((0, 0, INF, 10), 0.9, 0), ((-1e9, 0, 10, 10), 0.9, 0)], []),
        ([((10, 0, 0, 10), 0.9, 0), ((0, 5, 10, 5), 0.9, 0)], []),
        ([((0, 0, 1e-30, 1e-30), 0.9, 0)], [(0, 0, 1e-30, 1e-30)]),
    ],
)
def test_what_counts_and_once(rows, kept):
    result = found(*rows).confident(0.5).once(0.5)
    assert np.array_equal(result.boxes, np.array(kept, np.float32).reshape(-1, 4))


@given(
    arrays(np.float32, st.tuples(st.integers(0, 40), st.just(6)), elements=st.floats(width=32)),
    st.floats(0, 1),
)
def test_of_any_numbers_only_real_boxes_are_left_and_none_twice(values, overlap):
    with np.errstate(all='ignore'):
        numbers = np.nan_to_num(values[:, 5]).clip(0, 3).astype(np.int64)
    result = Found(values[:, :4], values[:, 4], numbers).confident(0.25).once(overlap)
    assert np.isfinite(result.boxes).all()
    assert (np.diff(result.scores) <= 0).all()
    assert (result.scores >= 0.25).all()
    assert (result.boxes[:, 2:] > result.boxes[:, :2]).all()
    again = result.once(overlap)
    assert np.array_equal(again.boxes, result.boxes)


@given(st.permutations(range(5)))
def test_the_order_in_which_a_network_says_it_does_not_matter(order):
    rows = [(A, 0.9, 0), (A_MOVED, 0.8, 0), (B, 0.7, 0), (B, 0.6, 1), ((2, 0, 12, 10), 0.5, 0)]
    expected = found(*rows).confident(0.1).once(0.5)
    result = found(*(rows[index] for index in order)).confident(0.1).once(0.5)
    assert np.array_equal(result.boxes, expected.boxes)


def test_the_best_of_too_many_are_looked_at(monkeypatch):
    monkeypatch.setattr(boxes, 'MOST_CANDIDATES', 2)
    assert found((A, 0.6, 0), (B, 0.7, 0), (A_MOVED, 0.8, 0)).confident(0.5).scores.tolist() == pytest.approx(
        [0.8, 0.7]
    )


def test_what_is_outside_of_the_picture_is_cut_off_or_left_out():
    placement = Placement(width=100, height=50, scale_x=0.5, scale_y=0.5, left=0, top=10)
    result = found(((10, 5, 20, 20), 0.9, 3), ((0, 0, 50, 9), 0.8, 0)).within(placement)
    [item] = result.objects('class {}'.format)
    assert (item.label, item.x, item.y, item.width, item.height) == ('class 3', 20, 0, 20, 20)


@pytest.mark.parametrize('value', [0.0, -1e30, 1e30, -INF, INF, NAN])
@pytest.mark.filterwarnings('error')
def test_shares_of_any_numbers(value):
    values = np.full((2, 3), value, np.float32)
    with np.errstate(invalid='ignore'):
        assert ((softmax(values) <= 1) | np.isnan(softmax(values))).all()
    assert ((sigmoid(values) <= 1) | np.isnan(sigmoid(values))).all()


def test_corners():
    assert corners(np.array([[5, 10, 4, 6]], np.float32)).tolist() == [[3, 7, 7, 13]]
