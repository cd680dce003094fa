"""Which detector a network is, by its inputs and results. Pure."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gemma_events.vision.detectors import decoding
from gemma_events.vision.detectors.pictures import Floats

USUAL_SIDE = 640  # pixels, where the file leaves it open
SIDES = range(16, 4097)  # pixels
KINDS = {'tensor(float)': 'float32', 'tensor(float16)': 'float16', 'tensor(uint8)': 'uint8'}
SIZES = 'orig_target_sizes'  # an input: the size of the picture in whose pixels boxes shall be
MASK = 'pixel_mask'  # an input: which pixels are of the picture
WITH_MORE = 'segment', 'pose'  # tasks whose results have columns behind those of the classes
OTHER_TASKS = {'classify': 'it says what a whole picture is', 'obb': 'its boxes are turned'}
STRIDES = decoding.STRIDES, (8, 16, 32, 64), (4, 8, 16, 32), (16, 32)  # pixels between the places where YOLO looks
ANCHORS = 1, 3  # at each place
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of red, green and blue in ImageNet
PLAIN = 1 / 255, 0.0
IMAGENET = (
    np.array([1 / 255 / deviation for deviation in DEVIATION], np.float32),
    np.array([-mean / deviation for mean, deviation in zip(MEAN, DEVIATION, strict=True)], np.float32),
)
IN_PIXELS = decoding.columns, decoding.rows, decoding.rows_with_objectness
SLACK = 0.01  # by which a share may be outside of 0 to 1, in half precision

Array = NDArray[Any]


@dataclass(frozen=True)
class Tensor:
    """An input or result: `shape` with the names of axes that are dynamic, `kind` as onnxruntime has it."""

    name: str
    shape: tuple[int | str | None, ...]
    kind: str = 'tensor(float)'

    def __str__(self) -> str:
        return f'{self.name} {self.kind[7:-1]} ({", ".join(map(str, self.shape))})'


@dataclass(frozen=True)
class Sight:
    """The picture that a network takes: `kind` is the type of its numbers; `others`: inputs beside it."""

    name: str
    width: int
    height: int
    kind: str = 'float32'
    channels_last: bool = False
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Form:
    """How results are read: `results`, by their place, as `decode` wants them.

    `letterbox`: the network expects the shape of things as it is; `colours`: factor and offset of each pixel;
    `blue_first`: in which order.
    """

    decode: decoding.Decode
    results: tuple[int, ...] = (0,)
    letterbox: bool = True
    colours: tuple[float | Floats, float | Floats] = PLAIN
    blue_first: bool = False
    scores: tuple[int, int] | None = None  # of which rows, or columns, scores are seen in the first result: raw or not


def sight(inputs: Sequence[Tensor], metadata: Mapping[str, str]) -> Sight:
    """Which picture a network takes. Raises ValueError, a few words, where it takes none, or several."""
    pictures = [item for item in inputs if len(item.shape) == 4 and 3 in (item.shape[1], item.shape[3])]
    others = tuple(item.name for item in inputs if item not in pictures)
    if len(pictures) != 1 or not set(others) <= {SIZES, MASK}:
        raise ValueError('it does not take one picture in three colours')
    (picture,) = pictures
    batch, channels_last = picture.shape[0], picture.shape[1] != 3
    if isinstance(batch, int) and batch > 1:
        raise ValueError(f'it takes {batch} pictures at once: export it for one')
    if picture.kind not in KINDS:
        raise ValueError(f'its picture is of the type {picture.kind}')
    height, width = picture.shape[1:3] if channels_last else picture.shape[2:]
    usual_height, usual_width = usual(metadata)
    width = width if isinstance(width, int) and width > 0 else usual_width
    height = height if isinstance(height, int) and height > 0 else usual_height
    if width not in SIDES or height not in SIDES:
        raise ValueError(f'its picture is {width} x {height}')
    return Sight(picture.name, width, height, KINDS[picture.kind], channels_last, others)


def usual(metadata: Mapping[str, str]) -> tuple[int, int]:
    """Height and width that Ultralytics writes into a file: [480, 640]; else USUAL_SIDE."""
    try:
        sizes = ast.literal_eval(metadata.get('imgsz', '')[:100])
        height, width = map(int, sizes if isinstance(sizes, list | tuple) else (sizes, sizes))
    except (ValueError, SyntaxError, TypeError, RecursionError):
        return USUAL_SIDE, USUAL_SIDE
    return height, width


def form(results: Mapping[str, Array], seen: Sight, metadata: Mapping[str, str], classes: int) -> Form:
    """How a network's results are read; `classes`: how many names there are, 0: unknown.

    Raises ValueError, a few words, where this is not known.
    """
    task = metadata.get('task', 'detect')
    if task in OTHER_TASKS:
        raise ValueError(OTHER_TASKS[task])
    names, arrays = [name.lower() for name in results], list(results.values())
    found = _apart(names, arrays) or _logits(names, arrays, seen, classes)
    if found:
        return found
    shapes = [array.shape for array in arrays]
    if len(shapes) == 1 and len(shapes[0]) == 2 and shapes[0][1] == 7:
        return Form(decoding.finished_of_batch)
    if shapes and len(shapes[0]) == 3 and shapes[0][0] == 1:
        detr = 'detr' in metadata.get('description', '').lower()
        single = _single(shapes[0][1], shapes[0][2], places(seen), classes, task in WITH_MORE, detr)
        if single.decode not in IN_PIXELS:
            return single
        middles = arrays[0][0, :2] if single.decode is decoding.columns else arrays[0][0, :, :2]
        if not in_a_corner(middles, seen):
            return single
        if single.decode is decoding.rows_with_objectness and shapes[0][1] == _count(seen, decoding.STRIDES):
            return replace(single, decode=decoding.yolox, colours=(1.0, 0.0), blue_first=True)
        raise ValueError('its boxes are not in pixels of the picture: export it with boxes that are decoded')
    raise ValueError('it has no results of a detector that is known here')


def places(seen: Sight) -> set[int]:
    """How many boxes YOLO may speak of in a picture of this size."""
    return {anchors * _count(seen, strides) for strides in STRIDES for anchors in ANCHORS}


def _count(seen: Sight, strides: Sequence[int]) -> int:
    return sum((seen.width // stride) * (seen.height // stride) for stride in strides)


def in_a_corner(middles: Array, seen: Sight) -> bool:
    """Whether boxes that should be all over the picture are not: they are no pixels."""
    known = middles[np.isfinite(middles)]
    return bool(len(known)) and bool(known.max() < max(seen.width, seen.height) / 4)


def are_raw(scores: Array) -> bool:
    """Whether scores are not shares yet."""
    known = scores[np.isfinite(scores)]
    return bool(len(known)) and bool(known.min() < -SLACK or known.max() > 1 + SLACK)


def _single(rows: int, columns: int, grid: set[int], classes: int, more: bool, detr: bool) -> Form:
    """By the shape (1, rows, columns) of the only result that matters."""
    if columns in grid or (classes and rows == 4 + classes and rows < columns):
        _fits(rows - 4, classes, more)
        return Form(decoding.columns, scores=(1, 4))
    if rows in grid:
        if columns == 4 + classes:
            return Form(decoding.rows, scores=(2, 4))
        _fits(columns - 5, classes, more)
        return Form(decoding.rows_with_objectness, scores=(2, 4))
    if (columns == 6 and not detr) or (more and columns > 6):
        return Form(decoding.finished)
    if columns < 5:
        raise ValueError('it has no results of a detector that is known here')
    _fits(columns - 4, classes, more)
    return Form(decoding.queries, letterbox=False, scores=(2, 4))


def _fits(columns: int, classes: int, more: bool) -> None:
    if columns < 1 or (classes and columns < classes) or (classes and columns > classes and not more):
        raise ValueError(f'it knows {max(0, columns)} things, and there are names for {classes}')


def _apart(names: list[str], arrays: list[Array]) -> Form | None:
    """Boxes, scores and classes, each a result of its own."""
    boxes = _one(names, arrays, ('box',), lambda shape: len(shape) == 3 and shape[2] == 4)
    scores = _one(names, arrays, ('score',), lambda shape: len(shape) == 2)
    classes = _one(names, arrays, ('label', 'class'), lambda shape: len(shape) == 2)
    if boxes is None or scores is None or classes is None:
        return None
    count = _one(names, arrays, ('num',), lambda shape: len(shape) in (1, 2))
    if count is None:
        return Form(decoding.apart, (boxes, scores, classes), letterbox=False)
    return Form(decoding.apart_and_counted, (boxes, scores, classes, count))


def _logits(names: list[str], arrays: list[Array], seen: Sight, classes: int) -> Form | None:
    """Boxes in sides of the picture, and raw scores."""
    boxes = _one(names, arrays, ('box', 'det'), lambda shape: len(shape) == 3 and shape[2] == 4)
    scores = _one(names, arrays, ('logit', 'label', 'score', 'class'), lambda shape: len(shape) == 3)
    if boxes is None or scores is None or arrays[boxes].shape[1] != arrays[scores].shape[1]:
        return None
    known = arrays[scores].shape[2]
    if classes and known not in (classes, classes + 1):
        raise ValueError(f'it knows {known} things, and there are names for {classes}')
    if names[boxes].startswith('det'):  # RF-DETR
        return Form(decoding.logits, (boxes, scores), letterbox=False, colours=IMAGENET)
    masked = MASK in seen.others
    nothing = known == classes + 1 if classes else masked
    decode = decoding.logits_with_nothing if nothing else decoding.logits
    return Form(decode, (boxes, scores), letterbox=False, colours=IMAGENET if masked or nothing else PLAIN)


def _one(names: list[str], arrays: list[Array], words: tuple[str, ...], fits: Any) -> int | None:
    """The place of the only result that is called so and has such a shape."""
    found = [
        index
        for index, (name, array) in enumerate(zip(names, arrays, strict=True))
        if any(word in name for word in words) and fits(array.shape)
    ]
    return found[0] if len(found) == 1 else None
