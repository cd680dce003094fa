"""A frozen graph of TensorFlow as an ONNX file: the operators of convolutional networks. Pure.

https://github.com/tensorflow/tensorflow/tree/master/tensorflow/core/framework: graph.proto, node_def.proto,
attr_value.proto and tensor.proto have the numbers. Weights are (height, width, input channel, output channel).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gemma_events.vision.detectors.network import Network
from gemma_events.vision.detectors.protobuf import fields, read

ELEMENTS: dict[int, Any] = {1: np.dtype('<f4'), 3: np.dtype('<i4'), 9: np.dtype('<i8')}
FLOAT, SAME = 1, b'SAME'
MOST_NUMBERS = 2**24  # of a constant
TO_CHANNELS_LAST = [0, 2, 3, 1]


@dataclass
class Node:
    """An operator, the names of what goes in, and its attributes, each as a message."""

    operator: str = ''
    inputs: list[str] = field(default_factory=list)
    attributes: dict[str, Any] = field(default_factory=dict)

    def strides(self) -> list[int]:
        """Of height and width."""
        return list(fields(fields(self.attributes['strides'])[1])[3][1:3])  # of (picture, height, width, channel)


class Graph:
    """The nodes of a file by their name. Raises ValueError, a few words, where it is no such file."""

    def __init__(self, data: bytes) -> None:
        self.nodes: dict[str, Node] = {}
        try:
            for number, message in read(data):
                if number == 1:
                    self._add(message)
        except (TypeError, KeyError, UnicodeDecodeError) as error:
            raise ValueError(f'it is no graph of TensorFlow ({error})') from error
        if not self.nodes:
            raise ValueError('it is no graph of TensorFlow')

    def constant(self, name: str) -> NDArray[Any]:
        """The numbers that a node has. Raises KeyError where there is no such node, or it is none of a constant."""
        node = self.nodes[name]
        while node.operator == 'Identity':
            node = self.nodes[node.inputs[0]]
        kind, content, shape, single = 0, b'', [0], None
        for number, value in read(fields(node.attributes['value'])[8]):
            if number == 1:
                kind = value
            elif number == 2:
                shape = [fields(axis).get(1, 0) for _, axis in read(value)]
            elif number == 4:
                content = bytes(value)
            elif number == 5:  # all of them are this one
                (single,) = struct.unpack('<f', value)
        if math.prod(shape) > MOST_NUMBERS:
            raise ValueError('a constant is too large')
        if kind == FLOAT and single is not None:
            return np.full(shape, single, np.float32)
        values: NDArray[Any] = np.frombuffer(content, ELEMENTS[kind])
        return values.reshape(shape)

    def _add(self, message: Any) -> None:
        name, node = '', Node()
        for number, value in read(message):
            if number == 1:
                name = bytes(value).decode()
            elif number == 2:
                node.operator = bytes(value).decode()
            elif number == 3:
                node.inputs.append(bytes(value).decode())
            elif number == 5:
                entry = fields(value)
                node.attributes[bytes(entry[1]).decode()] = entry[2]
        self.nodes[name] = node


class Translation:
    """Nodes of a graph in a network, with channels first."""

    def __init__(self, graph: Graph, network: Network, known: Mapping[str, str]) -> None:
        """`known`: what is in the network already, by the name of its node: the input."""
        self._graph, self._network, self._known = graph, network, dict(known)

    def channels_last(self, name: str, width: int) -> str:
        """What a node computes, as rows (n, width) in the order of channels last."""
        flat = self._network.node('Transpose', self.name(name), perm=TO_CHANNELS_LAST)
        return self._network.node('Reshape', flat, self._network.constant(np.array([-1, width], np.int64)))

    def name(self, node: str) -> str:
        """In the network. Raises ValueError where there is an operator that is not known here."""
        waiting = [node]
        while waiting:
            inputs = self._graph.nodes[waiting[-1]].inputs
            first = inputs[:2] if self._graph.nodes[waiting[-1]].operator == 'Add' else inputs[:1]
            missing = [item for item in first if item not in self._known]
            if waiting[-1] in self._known or not missing:
                self._translate(waiting.pop())
            else:
                waiting += missing
        return self._known[node]

    def _translate(self, name: str) -> None:
        node = self._graph.nodes[name]
        if name not in self._known:
            if node.operator not in _OPERATORS:
                raise ValueError(f'its operator {node.operator} is not known here')
            self._known[name] = _OPERATORS[node.operator](self, node)

    def _first(self, node: Node) -> str:
        return self._known[node.inputs[0]]

    def _constant(self, values: NDArray[Any]) -> str:
        return self._network.constant(values)

    def convolution(self, node: Node) -> str:
        """Each result of all channels."""
        kernel = self._graph.constant(node.inputs[1]).transpose(3, 2, 0, 1)
        return self._convolve(node, kernel, 1)

    def depthwise(self, node: Node) -> str:
        """Each result of one channel."""
        kernel = self._graph.constant(node.inputs[1])
        height, width, channels, _ = kernel.shape
        return self._convolve(node, kernel.transpose(2, 3, 0, 1).reshape(-1, 1, height, width), channels)

    def _convolve(self, node: Node, kernel: NDArray[Any], groups: int) -> str:
        same = bytes(fields(node.attributes['padding'])[2]) == SAME
        return self._network.node(
            'Conv',
            self._first(node),
            self._constant(kernel),
            auto_pad='SAME_UPPER' if same else 'VALID',
            strides=node.strides(),
            group=groups,
        )

    def normalisation(self, node: Node) -> str:
        """Of a batch."""
        statistics = [self._constant(self._graph.constant(name)) for name in node.inputs[1:]]
        (epsilon,) = struct.unpack('<f', fields(node.attributes['epsilon'])[4])
        return self._network.node('BatchNormalization', self._first(node), *statistics, epsilon=epsilon)

    def relu6(self, node: Node) -> str:
        """From 0 to 6."""
        limits = (self._constant(np.array(limit, np.float32)) for limit in (0, 6))
        return self._network.node('Clip', self._first(node), *limits)

    def bias(self, node: Node) -> str:
        """One number for each channel."""
        values = self._graph.constant(node.inputs[1]).reshape(1, -1, 1, 1)
        return self._network.node('Add', self._first(node), self._constant(values))

    def add(self, node: Node) -> str:
        """Of two that are computed."""
        return self._network.node('Add', *(self._known[name] for name in node.inputs))


_OPERATORS: dict[str, Callable[[Translation, Node], str]] = {
    'Add': Translation.add,
    'BiasAdd': Translation.bias,
    'Conv2D': Translation.convolution,
    'DepthwiseConv2dNative': Translation.depthwise,
    'FusedBatchNorm': Translation.normalisation,
    'Identity': Translation._first,
    'Relu6': Translation.relu6,
}
