"""A network as an ONNX file that onnxruntime runs, without the package `onnx`. Pure.

    network = Network()
    grey = network.node('ReduceMean', network.input('picture', (1, 3, 32, 32)), axes=[1])
    network.output(grey, (1, 1, 32, 32))
    session(network.model())

https://github.com/onnx/onnx/blob/main/onnx/onnx.proto has the numbers.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gemma_events.vision.detectors.protobuf import write

IR_VERSION, OPSET = 8, 13  # of 2021: any onnxruntime that runs on a Python of today has them
TYPES = {'float32': 1, 'uint8': 2, 'int32': 6, 'int64': 7, 'bool': 9, 'float16': 10, 'float64': 11}  # of elements

Size = int | str  # of an axis; a str: the name of one that is dynamic


class Network:
    """What it consists of, in the order in which it is computed."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []
        self._inputs: list[bytes] = []
        self._outputs: list[bytes] = []
        self._names = 0

    def input(self, name: str, shape: Sequence[Size], kind: str = 'float32') -> str:
        """Returns its name."""
        self._inputs.append(_value(name, shape, kind))
        return name

    def output(self, name: str, shape: Sequence[Size], kind: str = 'float32') -> None:
        """Say that what is called so is a result."""
        self._outputs.append(_value(name, shape, kind))

    def constant(self, values: NDArray[Any]) -> str:
        """Returns its name."""
        name = self._name('constant')
        self._constants.append(_tensor(values, name))
        return name

    def node(self, operator: str, *inputs: str, name: str = '', **attributes: Any) -> str:
        """An operator with one result, whose name is returned: `name`, or one of its own."""
        result = name or self._name(operator)
        self._nodes.append(
            b''.join(
                [
                    *(write(1, item) for item in inputs),
                    write(2, result),
                    write(4, operator),
                    *(write(5, _attribute(key, value)) for key, value in attributes.items()),
                ]
            )
        )
        return result

    def model(self, metadata: Mapping[str, str] | None = None) -> bytes:
        """As a file has it."""
        graph = b''.join(
            write(number, item)
            for number, items in ((1, self._nodes), (5, self._constants), (11, self._inputs), (12, self._outputs))
            for item in items
        ) + write(2, 'network')
        properties = [write(14, write(1, key) + write(2, value)) for key, value in (metadata or {}).items()]
        return b''.join([write(1, IR_VERSION), write(7, graph), write(8, write(1, '') + write(2, OPSET)), *properties])

    def _name(self, kind: str) -> str:
        self._names += 1
        return f'{kind}_{self._names}'


def _value(name: str, shape: Sequence[Size], kind: str) -> bytes:
    axes = b''.join(write(1, write(2 if isinstance(size, str) else 1, size)) for size in shape)
    return write(1, name) + write(2, write(1, write(1, TYPES[kind]) + write(2, axes)))


def _tensor(values: NDArray[Any], name: str) -> bytes:
    sizes = b''.join(write(1, size) for size in values.shape)
    return sizes + write(2, TYPES[values.dtype.name]) + write(8, name) + write(9, np.ascontiguousarray(values).data)


def _attribute(name: str, value: Any) -> bytes:
    head = write(1, name)
    if isinstance(value, int):
        return head + write(3, value % 2**64) + write(20, 2)
    if isinstance(value, float):
        return head + b'\x15' + struct.pack('<f', value) + write(20, 1)
    if isinstance(value, str):
        return head + write(4, value) + write(20, 3)
    return head + b''.join(write(8, item % 2**64) for item in value) + write(20, 7)
