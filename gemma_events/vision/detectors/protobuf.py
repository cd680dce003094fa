"""The wire format of Protocol Buffers: just what it takes to read a network from one file and write it as another.

https://protobuf.dev/programming-guides/encoding/. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

VARINT, EIGHT_BYTES, BYTES, FOUR_BYTES = 0, 1, 2, 5  # wire types
MAX_VARINT = 10  # bytes, of 7 bits each

Value = int | bytes | memoryview


def read(message: bytes | memoryview) -> Iterator[tuple[int, Any]]:
    """Each field's number and value: an int, or a memoryview (also of a float). Raises ValueError where it is none."""
    data, position = memoryview(message), 0
    while position < len(data):
        key, position = varint(data, position)
        kind = key & 7
        if kind == VARINT:
            value, position = varint(data, position)
            yield key >> 3, value
            continue
        if kind not in (EIGHT_BYTES, BYTES, FOUR_BYTES):
            raise ValueError('it is no message of Protocol Buffers')
        length = {EIGHT_BYTES: 8, FOUR_BYTES: 4}.get(kind, 0)
        if kind == BYTES:
            length, position = varint(data, position)
        if length > len(data) - position:
            raise ValueError('it is cut')
        yield key >> 3, data[position : position + length]
        position += length


def varint(data: memoryview, position: int) -> tuple[int, int]:
    """The number at a position, and the position behind it. Raises ValueError where there is none."""
    number = 0
    for index, byte in enumerate(data[position : position + MAX_VARINT]):
        number |= (byte & 127) << (7 * index)
        if byte < 128:
            return number, position + index + 1
    raise ValueError('it is cut')


def fields(message: bytes | memoryview) -> dict[int, Any]:
    """A message none of whose fields is repeated, or the last one of each. Raises ValueError where it is none."""
    return dict(read(message))


def write(number: int, value: Value | str) -> bytes:
    """One field: an int (not negative), a text, or bytes, which may be a message."""
    if isinstance(value, int):
        return _varint(number << 3 | VARINT) + _varint(value)
    content = value.encode() if isinstance(value, str) else bytes(value)
    return _varint(number << 3 | BYTES) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes((*found, number))
