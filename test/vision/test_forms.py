"""Which detector a network is, by its inputs and the shapes of its results."""

from __future__ import annotations

import numpy as np
import pytest

from gemma_events.vision.detectors import decoding
from gemma_events.vision.detectors.forms import (
    IMAGENET,
    MASK,
    PLAIN,
    SIZES,
    Sight,
    Tensor,
    are_raw,
    form,
    places,
    sight,
    usual,
)

PICTURE = Tensor('images', (1, 3, 640, 640))
SEEN = Sight('images', 640, 640)


def results(**shapes):
    return {name: np.full(shape, 500, np.float32) for name, shape in shapes.items()}


@pytest.mark.parametrize(
    ('shapes', 'classes', 'decode'),
    [
        ({'output0': (1, 84, 8400)}, 80, decoding.columns),
        ({'output0': (1, 84, 8400)}, 0, decoding.columns),
        ({'output0': (1, 5, 8400)}, 1, decoding.columns),
        ({'output0': (1, 605, 8400)}, 601, decoding.columns),
        ({'output0': (1, 84, 10_000)}, 80, decoding.columns),  # of other strides
        ({'output0': (1, 84, 34_000)}, 0, decoding.columns),  # and with smaller ones
        ({'output0': (1, 8400, 84)}, 80, decoding.rows),
        ({'output0': (1, 25_200, 85)}, 80, decoding.rows_with_objectness),  # v5, v7
        ({'output0': (1, 25_200, 85), 'a': (1, 3, 80, 80, 85)}, 80, decoding.rows_with_objectness),
        ({'output0': (1, 25_200, 6)}, 1, decoding.rows_with_objectness),
        ({'output0': (1, 25_200, 6)}, 0, decoding.rows_with_objectness),
        ({'outputs': (1, 8400, 85)}, 0, decoding.rows_with_objectness),  # v6
        ({'output0': (1, 300, 6)}, 80, decoding.finished),
        ({'output0': (1, 300, 6)}, 0, decoding.finished),
        ({'output0': (1, 300, 6)}, 2, decoding.finished),
        ({'output0': (1, 1, 6)}, 2, decoding.finished),
        ({'output': (0, 7)}, 0, decoding.finished_of_batch),
        ({'output': (12, 7)}, 80, decoding.finished_of_batch),
        ({'output0': (1, 300, 84)}, 80, decoding.queries),
        ({'output0': (1, 300, 84)}, 0, decoding.queries),
        ({'output0': (1, 300, 369)}, 365, decoding.queries),
        ({'output0': (1, 300, 5)}, 1, decoding.queries),
        ({'labels': (1, 300), 'boxes': (1, 300, 4), 'scores': (1, 300)}, 80, decoding.apart),
        ({'scores': (1, 300), 'boxes': (1, 300, 4), 'labels': (1, 300)}, 0, decoding.apart),
        (
            {'num_dets': (1, 1), 'det_boxes': (1, 100, 4), 'det_scores': (1, 100), 'det_classes': (1, 100)},
            80,
            decoding.apart_and_counted,
        ),
        ({'logits': (1, 300, 80), 'pred_boxes': (1, 300, 4)}, 80, decoding.logits),
        ({'logits': (1, 300, 80), 'pred_boxes': (1, 300, 4)}, 0, decoding.logits),
        ({'logits': (1, 100, 92), 'pred_boxes': (1, 100, 4)}, 91, decoding.logits_with_nothing),
        ({'logits': (1, 100, 4), 'pred_boxes': (1, 100, 4)}, 4, decoding.logits),
        ({'dets': (1, 300, 4), 'labels': (1, 300, 91)}, 0, decoding.logits),
        ({'dets': (1, 300, 4), 'labels': (1, 300, 91), 'masks': (1, 300, 108, 108)}, 90, decoding.logits),
    ],
)
def test_forms(shapes, classes, decode):
    assert form(results(**shapes), SEEN, {}, classes).decode is decode


@pytest.mark.parametrize(
    ('shape', 'decode'),
    [((1, 8400, 85), decoding.yolox), ((1, 8400, 84), None), ((1, 84, 8400), None), ((1, 25_200, 85), None)],
)
def test_boxes_that_are_not_in_pixels(shape, decode):
    said = {'output': np.full(shape, 0.5, np.float32)}
    if decode:
        assert form(said, SEEN, {}, 80).decode is decode
        return
    with pytest.raises(ValueError, match='its boxes are not in pixels'):
        form(said, SEEN, {}, 80)


def test_the_results_are_found_in_any_order():
    shapes = {'scores': (1, 300), 'extra': (1, 3), 'labels': (1, 300), 'boxes': (1, 300, 4)}
    assert form(results(**shapes), SEEN, {}, 80).results == (3, 0, 2)


@pytest.mark.parametrize(
    ('others', 'classes', 'decode', 'colours'),
    [
        ((MASK,), 0, decoding.logits_with_nothing, IMAGENET),  # DETR
        ((MASK,), 92, decoding.logits, IMAGENET),  # Deformable DETR
        ((), 92, decoding.logits, PLAIN),  # RT-DETR
        ((), 0, decoding.logits, PLAIN),
    ],
)
def test_kinds_of_detr(others, classes, decode, colours):
    seen = Sight('pixel_values', 640, 640, others=others)
    found = form(results(logits=(1, 100, 92), pred_boxes=(1, 100, 4)), seen, {}, classes)
    assert (found.decode, found.colours, found.letterbox) == (decode, colours, False)


def test_what_ultralytics_says_of_two_classes():
    shapes = results(output0=(1, 300, 6))
    assert form(shapes, SEEN, {'description': 'Ultralytics RT-DETR model'}, 2).decode is decoding.queries
    assert form(shapes, SEEN, {'description': 'Ultralytics YOLOv10n model'}, 2).decode is decoding.finished


@pytest.mark.parametrize(
    ('shapes', 'classes'),
    [
        ({}, 0),
        ({'output0': ()}, 0),
        ({'output0': (1, 1000)}, 0),
        ({'output0': (2, 84, 8400)}, 80),
        ({'output0': (1, 84, 8400)}, 20),
        ({'output0': (1, 84, 8400)}, 81),
        ({'output0': (1, 8400, 85)}, 20),
        ({'output0': (1, 4, 8400)}, 0),
        ({'dets': (1, 300, 4), 'labels': (1, 300, 91)}, 80),
        ({'logits': (1, 300, 80), 'pred_boxes': (1, 300, 4)}, 91),
        ({'a': (1, 3, 80, 80, 85), 'b': (1, 3, 40, 40, 85)}, 80),
        ({'boxes': (1, 300, 4), 'other_boxes': (1, 300, 4), 'scores': (1, 300), 'labels': (1, 300)}, 80),
    ],
)
def test_other_results_are_refused(shapes, classes):
    with pytest.raises(ValueError, match=r'no results of a detector|it knows \d+ things'):
        form(results(**shapes), SEEN, {}, classes)


@pytest.mark.parametrize(
    ('inputs', 'metadata', 'expected'),
    [
        ([PICTURE], {}, SEEN),
        ([Tensor('x', ('n', 3, 'h', 'w'))], {}, Sight('x', 640, 640)),
        ([Tensor('x', (None, 3, None, None))], {'imgsz': '[480, 320]'}, Sight('x', 320, 480)),
        ([Tensor('x', (1, 3, 384, 640))], {'imgsz': '[64, 64]'}, Sight('x', 640, 384)),
        ([Tensor('x', (-1, 3, -1, 320))], {'imgsz': '416'}, Sight('x', 320, 416)),
        ([Tensor('x', (1, 320, 416, 3), 'tensor(uint8)')], {}, Sight('x', 416, 320, 'uint8', True)),
        ([Tensor('x', (1, 3, 64, 3), 'tensor(float16)')], {}, None),
        ([PICTURE, Tensor(SIZES, (1, 2), 'tensor(int64)')], {}, Sight('images', 640, 640, others=(SIZES,))),
        ([Tensor('other', (1,)), PICTURE], {}, None),
        ([PICTURE, PICTURE], {}, None),
        ([Tensor('x', (1, 3, 640, 640), 'tensor(int8)')], {}, None),
        ([Tensor('x', (8, 3, 640, 640))], {}, None),
        ([Tensor('x', (1, 3, 'h', 'w'))], {'imgsz': '[99999, 64]'}, None),
        ([Tensor('x', (1, 4, 640, 640))], {}, None),
        ([], {}, None),
    ],
)
def test_the_picture_that_a_network_takes(inputs, metadata, expected):
    if expected:
        assert sight(inputs, metadata) == expected
        return
    with pytest.raises(ValueError, match=r'it takes|does not take|its picture is'):
        sight(inputs, metadata)


@pytest.mark.parametrize('text', ['', 'x', '[1]', '[1, 2, 3]', '{}', '[' * 99, "['a', 'b']", 'None', '[None, 1]'])
def test_sizes_that_are_none_are_the_usual_ones(text):
    assert usual({'imgsz': text}) == (640, 640)


def test_places_of_yolo():
    assert {8400, 25_200, 34_000, 3 * 2000} <= places(SEEN)
    assert 300 not in places(SEEN)


@pytest.mark.parametrize(
    ('scores', 'raw'),
    [([0, 0.5, 1], False), ([-0.005, 1.005], False), ([0, -3], True), ([0.2, 4], True), ([], False), ([np.nan], False)],
)
def test_raw_scores(scores, raw):
    assert are_raw(np.array(scores, np.float32)) is raw


def test_a_tensor_is_shown():
    assert str(Tensor('x', ('n', 3, None), 'tensor(float16)')) == 'x float16 (n, 3, None)'
