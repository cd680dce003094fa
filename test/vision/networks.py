"""Networks as files, in each form in which detectors have their results: they see red, green and blue things."""

from __future__ import annotations

import numpy as np

from gemma_events.vision.detectors.network import Network

SIDE = 64  # pixels of the picture that they take
STRIDES = 32, 16, 8  # of the places where they look
PLACES = sum((SIDE // stride) ** 2 for stride in STRIDES)
QUERIES = 100
COLOURS = "{0: 'red', 1: 'green', 2: 'blue'}"


def middles():
    """Middle and size of the place of each score."""
    return np.array(
        [
            (x + stride / 2, y + stride / 2, stride, stride)
            for stride in STRIDES
            for y in range(0, SIDE, stride)
            for x in range(0, SIDE, stride)
        ],
        np.float32,
    )


def corners():
    """The same by their corners."""
    found = middles()
    return np.concatenate([found[:, :2] - found[:, 2:] / 2, found[:, :2] + found[:, 2:] / 2], axis=1)


class Colours(Network):
    """What there is of each colour in each place, and results from that."""

    def __init__(self, *, kind='float32', channels_last=False, dynamic=False, raw=False, blue_first=False):
        super().__init__()
        sides = ('height', 'width') if dynamic else (SIDE, SIDE)
        shape = (*sides, 3) if channels_last else (3, *sides)
        picture = self.input('images', ('batch' if dynamic else 1, *shape), kind)
        if kind != 'float32':
            picture = self.node('Cast', picture, to=1)
        if kind == 'uint8' or blue_first:
            picture = self.times(picture, 1 / 255)
        if channels_last:
            picture = self.node('Transpose', picture, perm=[0, 3, 1, 2])
        if blue_first:
            picture = self.node('Gather', picture, self.number([2, 1, 0], np.int64), axis=1)
        pooled = [self.node('AveragePool', picture, kernel_shape=[n, n], strides=[n, n]) for n in STRIDES]
        flat = [self.shaped(item, 1, 3, -1) for item in pooled]
        scores = self.node('Transpose', self.node('Concat', *flat, axis=2), perm=[0, 2, 1])
        self.scores = self.logit(scores) if raw else scores  # (1, PLACES, 3)
        self.kind = 'float16' if kind == 'float16' else 'float32'

    def number(self, value, kind=np.float32):
        return self.constant(np.array(value, kind))

    def times(self, name, factor):
        return self.node('Mul', name, self.number(factor))

    def shaped(self, name, *shape):
        return self.node('Reshape', name, self.number(shape, np.int64))

    def logit(self, scores):
        """Raw scores: below zero where a share is below a half."""
        return self.times(self.node('Add', scores, self.number(-0.5)), 20)

    def boxes(self, values):
        return self.number(values[np.newaxis])

    def sides(self, values):
        """In sides of the picture."""
        return self.boxes(values / SIDE)

    def best(self):
        """(1, PLACES, 1) of the highest score, and of its class."""
        score = self.node('ReduceMax', self.scores, axes=[2])
        return score, self.node('Cast', self.node('ArgMax', self.scores, axis=2), to=1)

    def joined(self, *names, rows=PLACES):
        """Columns, and further rows with nothing."""
        found = self.node('Concat', *names, axis=2)
        if rows == PLACES:
            return found
        return self.node('Pad', found, self.number([0, 0, 0, 0, rows - PLACES, 0], np.int64))

    def result(self, name, value, *shape):
        if self.kind == 'float16':
            value = self.node('Cast', value, to=10)
        self.output(self.node('Identity', value, name=name), shape, self.kind)


def yolo_v5(**options):
    network = Colours(**options)
    objectness = network.number(np.full((1, PLACES, 1), 20.0 if options.get('raw') else 1.0))
    rows = network.joined(network.boxes(middles()), objectness, network.scores)
    network.result('output0', rows, 1, PLACES, 8)
    return network


def yolox(**options):
    network = Colours(blue_first=True, **options)
    order = np.argsort(middles()[:, 2], kind='stable')  # the nearest places first
    size = middles()[order, 2]
    zeros = np.zeros(PLACES)
    objectness = np.where(size == 16, 1.0, 0.9)
    boxes = network.number(np.stack([zeros + 0.5, zeros + 0.5, zeros, zeros, objectness], axis=1)[np.newaxis])
    scores = network.node('Gather', network.scores, network.number(order, np.int64), axis=1)
    network.result('output', network.joined(boxes, scores), 1, PLACES, 8)
    return network


def yolo_v8(more=0, **options):
    network = Colours(**options)
    columns = [network.boxes(middles()), network.scores]
    if more:
        columns.append(network.number(np.full((1, PLACES, more), 7.0)))
    transposed = network.node('Transpose', network.joined(*columns), perm=[0, 2, 1])
    network.result('output0', transposed, 1, 7 + more, PLACES)
    return network


def yolo_v8_rows(**options):
    network = Colours(**options)
    network.result('output0', network.joined(network.boxes(middles()), network.scores), 1, PLACES, 7)
    return network


def yolo_v10(**options):
    network = Colours(**options)
    network.result('output0', network.joined(network.boxes(corners()), *network.best(), rows=QUERIES), 1, QUERIES, 6)
    return network


def yolo_v7_finished(**options):
    network = Colours(**options)
    score, number = network.best()
    zeros = network.number(np.zeros((1, PLACES, 1)))
    rows = network.joined(zeros, network.boxes(corners()), number, score)
    network.result('output', network.shaped(rows, -1, 7), 'n', 7)
    return network


def tensorrt(**options):
    network = Colours(**options)
    score, number = network.best()
    network.result('num_dets', network.number(np.full((1, 1), PLACES)), 1, 1)
    network.result('det_boxes', network.boxes(corners()), 1, PLACES, 4)
    network.result('det_scores', network.shaped(score, 1, -1), 1, PLACES)
    network.result('det_classes', network.shaped(number, 1, -1), 1, PLACES)
    return network


def rt_detr(**options):
    """As its authors export it: it takes the size of the picture, and boxes are in its pixels."""
    network = Colours(**options)
    size = network.node('Cast', network.input('orig_target_sizes', (1, 2), 'int64'), to=1)
    score, number = network.best()
    boxes = network.node('Mul', network.sides(corners()), network.node('Concat', size, size, axis=1))
    network.result('labels', network.shaped(number, 1, -1), 1, PLACES)
    network.result('boxes', boxes, 1, PLACES, 4)
    network.result('scores', network.shaped(score, 1, -1), 1, PLACES)
    return network


def rt_detr_ultralytics(**options):
    network = Colours(**options)
    rows = network.joined(network.sides(middles()), network.scores, rows=QUERIES)
    network.result('output0', rows, 1, QUERIES, 7)
    return network


def rt_detr_hugging_face(**options):
    network = Colours(**options)
    network.result('logits', network.logit(network.scores), 1, PLACES, 3)
    network.result('pred_boxes', network.sides(middles()), 1, PLACES, 4)
    return network


def normalised(network):
    """The scores of a network that takes pictures as networks for ImageNet do."""
    colours = network.node('Mul', network.scores, network.number([0.229, 0.224, 0.225]))
    return network.node('Add', colours, network.number([0.485, 0.456, 0.406]))


def detr(**options):
    network = Colours(**options)
    network.input('pixel_mask', (1, SIDE, SIDE), 'int64')
    nothing = network.number(np.zeros((1, PLACES, 1)))
    network.result('logits', network.joined(network.logit(normalised(network)), nothing), 1, PLACES, 4)
    network.result('pred_boxes', network.sides(middles()), 1, PLACES, 4)
    return network


def rf_detr(**options):
    network = Colours(**options)
    network.result('dets', network.sides(middles()), 1, PLACES, 4)
    network.result('labels', network.logit(normalised(network)), 1, PLACES, 3)
    return network


LETTERBOXED = {
    'v5': (yolo_v5, {}),
    'v5, raw': (yolo_v5, {'raw': True}),
    'v5, dynamic': (yolo_v5, {'dynamic': True}),
    'yolox': (yolox, {}),
    'v8': (yolo_v8, {}),
    'v8, raw': (yolo_v8, {'raw': True}),
    'v8, dynamic': (yolo_v8, {'dynamic': True}),
    'v8, half': (yolo_v8, {'kind': 'float16'}),
    'v8, bytes': (yolo_v8, {'kind': 'uint8'}),
    'v8, channels last': (yolo_v8, {'channels_last': True}),
    'v8, bytes, channels last, dynamic': (yolo_v8, {'kind': 'uint8', 'channels_last': True, 'dynamic': True}),
    'v8, rows': (yolo_v8_rows, {}),
    'v10': (yolo_v10, {}),
    'v10, half': (yolo_v10, {'kind': 'float16'}),
    'v7 finished': (yolo_v7_finished, {}),
    'tensorrt': (tensorrt, {}),
}
STRETCHED = {
    'rt-detr': (rt_detr, {}),
    'rt-detr of ultralytics': (rt_detr_ultralytics, {}),
    'rt-detr of hugging face': (rt_detr_hugging_face, {}),
    'rt-detr of hugging face, half': (rt_detr_hugging_face, {'kind': 'float16'}),
    'detr': (detr, {}),
    'rf-detr': (rf_detr, {}),
}


def write(folder, make, options=None, **metadata):
    """A file with such a network."""
    path = folder / 'model.onnx'
    properties = {'imgsz': f'[{SIDE}, {SIDE}]', 'names': COLOURS, **metadata}
    path.write_bytes(make(**(options or {})).model({key: value for key, value in properties.items() if value}))
    return str(path)
