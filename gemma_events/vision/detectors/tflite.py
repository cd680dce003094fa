"""A TensorFlow Lite file as an ONNX file: the operators of small networks that look at pictures. Pure.

onnxruntime is there anyway; TensorFlow Lite's own runtime has no wheel for each Python and processor, and what OpenCV
reads of such files depends on its version (4.6 nothing, 5.0 half of the results).

https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs has the numbers.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gemma_events.vision.detectors.network import Network

MAGIC = b'TFL3'  # behind the first four bytes
ELEMENTS: dict[int, Any] = {
    0: np.dtype('<f4'),
    1: np.dtype('<f2'),
    2: np.dtype('<i4'),
    3: np.dtype('u1'),
    4: np.dtype('<i8'),
}
ACTIVATIONS = {0: '', 1: 'Relu', 3: 'Clip'}  # Clip: from 0 to 6
TO_CHANNELS_FIRST, TO_CHANNELS_LAST = [0, 3, 1, 2], [0, 2, 3, 1]


class Table:
    """A table of FlatBuffers: fields by number. https://flatbuffers.dev/internals.

    Raises struct.error beyond the end.
    """

    def __init__(self, data: bytes, position: int) -> None:
        self._data, self._position = data, position
        self._fields = position - self._number('i', position)

    @classmethod
    def root(cls, data: bytes) -> Table:
        """The table that a file consists of."""
        return cls(data, struct.unpack_from('<I', data, 0)[0])

    def number(self, field: int, kind: str, default: int = 0) -> int:
        """A field that is a number; `kind` as struct has it."""
        at = self._at(field)
        return self._number(kind, at) if at else default

    def table(self, field: int) -> Table | None:
        """A field that is a table."""
        at = self._at(field)
        return Table(self._data, at + self._number('I', at)) if at else None

    def tables(self, field: int) -> list[Table]:
        """A field that is a list of tables."""
        begin, count = self._list(field)
        places = [begin + 4 * index for index in range(count)]
        return [Table(self._data, place + self._number('I', place)) for place in places]

    def numbers(self, field: int, kind: str) -> list[int]:
        """A field that is a list of numbers."""
        begin, count = self._list(field)
        return list(struct.unpack_from(f'<{count}{kind}', self._data, begin)) if count else []

    def content(self, field: int) -> bytes:
        """A field that is a list of bytes."""
        begin, count = self._list(field)
        return self._data[begin : begin + count]

    def _at(self, field: int) -> int:
        """Where a field is; 0: it has its default."""
        place = 4 + 2 * field
        if place >= self._number('H', self._fields):
            return 0
        offset = self._number('H', self._fields + place)
        return self._position + offset if offset else 0

    def _list(self, field: int) -> tuple[int, int]:
        at = self._at(field)
        if not at:
            return 0, 0
        begin = at + self._number('I', at)
        count = self._number('I', begin)
        if count > len(self._data):
            raise struct.error('a list is too long')
        return begin + 4, count

    def _number(self, kind: str, position: int) -> int:
        if position < 0:
            raise struct.error('before the beginning')
        return int(struct.unpack_from(f'<{kind}', self._data, position)[0])


def to_onnx(data: bytes, size: tuple[int, int] | None = None) -> bytes:
    """The network of a file, with channels first in input and with the results as the file has them.

    `size`: height and width of the picture that it shall take; what is convolved does not care, but both have to be
    multiples of its longest stride. Raises ValueError, a few words, where it is no such file, or needs what is not
    known here.
    """
    if data[4:8] != MAGIC:
        raise ValueError('it is no file of TensorFlow Lite')
    try:
        return _Conversion(Table.root(data)).model(size)
    except (struct.error, IndexError, KeyError, TypeError, ZeroDivisionError) as error:
        raise ValueError(f'it is broken, or of a kind that is not known ({type(error).__name__}: {error})') from error


class _Conversion:
    """Tensors by their number: as names in the network, those of four axes with channels first; or constants."""

    def __init__(self, model: Table) -> None:
        self._network = Network()
        self._codes = [max(code.number(0, 'b'), code.number(3, 'i')) for code in model.tables(1)]
        self._buffers = model.tables(4)
        self._graph = model.tables(2)[0]
        self._tensors = self._graph.tables(0)
        self._names: dict[int, str] = {}
        self._constants: dict[int, NDArray[Any]] = {}

    def model(self, size: tuple[int, int] | None) -> bytes:
        """All of it."""
        for tensor in self._graph.numbers(1, 'i'):
            count, height, width, channels = self._shape(tensor)
            self._names[tensor] = self._network.input('picture', (count, channels, *(size or (height, width))))
        for operator in self._graph.tables(3):
            code = self._codes[operator.number(0, 'I')]
            if code not in _OPERATORS:
                raise ValueError(f'its operator {code} is not known here')
            inputs, (output, *_) = operator.numbers(1, 'i'), operator.numbers(2, 'i')
            _OPERATORS[code](self, inputs, output, operator.table(4))
        for tensor in self._graph.numbers(2, 'i'):
            count, *_, last = self._shape(tensor)
            self._network.output(self._names[tensor], (count, 'places', last))
        return self._network.model()

    def _shape(self, tensor: int) -> list[int]:
        return self._tensors[tensor].numbers(0, 'i')

    def _constant(self, tensor: int) -> NDArray[Any]:
        if tensor in self._constants:
            return self._constants[tensor]
        table = self._tensors[tensor]
        content = self._buffers[table.number(2, 'I')].content(0)
        values: NDArray[Any] = np.frombuffer(content, ELEMENTS[table.number(1, 'b')])
        shaped = values.reshape(self._shape(tensor))
        return shaped.astype(np.float32) if values.dtype.kind == 'f' else shaped

    def _set(self, tensor: int, name: str, activation: int = 0) -> None:
        operator = ACTIVATIONS[activation]
        limits = [self._network.constant(np.array(limit, np.float32)) for limit in (0, 6)] if operator == 'Clip' else []
        self._names[tensor] = self._network.node(operator, name, *limits) if operator else name

    def dequantize(self, inputs: Sequence[int], output: int, _options: Table | None) -> None:
        """Weights of 16 bits."""
        self._constants[output] = self._constant(inputs[0])

    def convolution(self, inputs: Sequence[int], output: int, options: Table | None) -> None:
        """Weights are (output channel, height, width, input channel)."""
        kernel = self._constant(inputs[1]).transpose(0, 3, 1, 2)
        self._convolve(inputs, output, kernel, 1, options, activation=3, dilation=(5, 4))

    def depthwise(self, inputs: Sequence[int], output: int, options: Table | None) -> None:
        """Weights are (1, height, width, channel)."""
        kernel = self._constant(inputs[1]).transpose(3, 0, 1, 2)
        self._convolve(inputs, output, kernel, len(kernel), options, activation=4, dilation=(6, 5))

    def _convolve(
        self,
        inputs: Sequence[int],
        output: int,
        kernel: NDArray[Any],
        groups: int,
        options: Table | None,
        activation: int,
        dilation: tuple[int, int],
    ) -> None:
        options = _needed(options)
        name = self._network.node(
            'Conv',
            self._names[inputs[0]],
            *map(self._network.constant, (kernel, self._constant(inputs[2]))),
            auto_pad=_padding(options),
            strides=[options.number(2, 'i'), options.number(1, 'i')],
            dilations=[options.number(field, 'i', 1) for field in dilation],
            group=groups,
        )
        self._set(output, name, options.number(activation, 'b'))

    def pool(self, inputs: Sequence[int], output: int, options: Table | None) -> None:
        """The greatest of each neighbourhood."""
        options = _needed(options)
        name = self._network.node(
            'MaxPool',
            self._names[inputs[0]],
            auto_pad=_padding(options),
            strides=[options.number(2, 'i'), options.number(1, 'i')],
            kernel_shape=[options.number(4, 'i'), options.number(3, 'i')],
        )
        self._set(output, name, options.number(5, 'b'))

    def pad(self, inputs: Sequence[int], output: int, _options: Table | None) -> None:
        """Zeros around, (before, behind) for each axis."""
        widths = self._constant(inputs[1])[TO_CHANNELS_FIRST]
        around = self._network.constant(widths.T.reshape(-1).astype(np.int64))
        self._set(output, self._network.node('Pad', self._names[inputs[0]], around))

    def add(self, inputs: Sequence[int], output: int, options: Table | None) -> None:
        """Of two that are computed."""
        name = self._network.node('Add', *(self._names[tensor] for tensor in inputs))
        self._set(output, name, options.number(0, 'b') if options else 0)

    def relu(self, inputs: Sequence[int], output: int, _options: Table | None) -> None:
        """Nothing below zero."""
        self._set(output, self._names[inputs[0]], activation=1)

    def resize(self, inputs: Sequence[int], output: int, options: Table | None) -> None:
        """Larger, bilinear."""
        corners, halves = (options.number(field, '?') if options else 0 for field in (2, 3))
        mode = 'align_corners' if corners else 'half_pixel' if halves else 'asymmetric'
        before, after = (self._shape(tensor) for tensor in (inputs[0], output))
        factors = np.array([after[axis] / before[axis] for axis in TO_CHANNELS_FIRST], np.float32)
        nothing = self._network.constant(np.zeros(0, np.float32))
        name = self._network.node(
            'Resize',
            self._names[inputs[0]],
            nothing,
            self._network.constant(factors),
            mode='linear',
            coordinate_transformation_mode=mode,
        )
        self._set(output, name)

    def reshape(self, inputs: Sequence[int], output: int, _options: Table | None) -> None:
        """To rows for all places: numbers are in the order of channels last."""
        name, shape = self._names[inputs[0]], self._shape(output)
        if len(shape) != 3:
            raise ValueError(f'it reshapes to {len(shape)} axes, which is not known here')
        if len(self._shape(inputs[0])) == 4:
            name = self._network.node('Transpose', name, perm=TO_CHANNELS_LAST)
        self._set(
            output, self._network.node('Reshape', name, self._network.constant(np.array([shape[0], -1, shape[2]])))
        )

    def concatenate(self, inputs: Sequence[int], output: int, options: Table | None) -> None:
        """One behind the other."""
        options = _needed(options)
        axis = options.number(0, 'i') % len(self._shape(output))
        if len(self._shape(output)) == 4:
            axis = TO_CHANNELS_FIRST.index(axis)
        name = self._network.node('Concat', *(self._names[tensor] for tensor in inputs), axis=axis)
        self._set(output, name, options.number(1, 'b'))


def _needed(options: Table | None) -> Table:
    if options is None:
        raise ValueError('an operator lacks its options')
    return options


def _padding(options: Table) -> str:
    return 'VALID' if options.number(0, 'b') else 'SAME_UPPER'


_OPERATORS: dict[int, Callable[[_Conversion, Sequence[int], int, Table | None], None]] = {
    0: _Conversion.add,
    2: _Conversion.concatenate,
    3: _Conversion.convolution,
    4: _Conversion.depthwise,
    6: _Conversion.dequantize,
    17: _Conversion.pool,
    19: _Conversion.relu,
    22: _Conversion.reshape,
    23: _Conversion.resize,
    34: _Conversion.pad,
}
