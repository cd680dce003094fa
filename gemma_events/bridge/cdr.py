"""Serialised messages (CDR) to events and back, without message objects in between: a fifth of the time.

After four bytes that name the encoding come the fields in their order, each at a multiple of its size. A string is
its length, its bytes and a NUL. For each message one function to read and one to write is put together from the
lines below, as `dataclasses` does for `__init__`. The tests compare them with what rclpy reads and writes.
"""

from __future__ import annotations

import dataclasses
import functools
import struct
from collections.abc import Callable
from typing import Any

from rclpy.serialization import deserialize_message

from gemma_events import messages
from gemma_events.events import SECOND

LITTLE_ENDIAN = b'\0\1\0\0'

NUL = b'\0'
TIME, UINT32, FLOAT, UINT8 = (struct.Struct(code) for code in ('<iI', '<I', '<f', 'B'))
PADDING = (b'', b'\0\0\0', b'\0\0', b'\0')  # to the next multiple of 4

_ALIGN = 'at = at + 3 & ~3; '
_SIZED = 'begin = (at + 3 & ~3) + 4; at = begin + UINT32.unpack_from(data, begin - 4)[0]; '
_PAD = 'out += PADDING[len(out) & 3]; '
# How to read a field from `data` at `at`, by its type.
_READ = {
    messages.HEADER: _ALIGN
    + 'second, rest = TIME.unpack_from(data, at); at += 8; _stamp = second * SECOND + rest; '
    + _SIZED
    + '_frame_id = data[begin:at - 1].decode("utf-8", "replace")',
    'builtin_interfaces/Duration': _ALIGN
    + 'second, rest = TIME.unpack_from(data, at); at += 8; {name} = second * SECOND + rest',
    'string': _SIZED + '{name} = data[begin:at - 1].decode("utf-8", "replace")',
    'uint32': _ALIGN + '{name}, = UINT32.unpack_from(data, at); at += 4',
    'float': _ALIGN + '{name}, = FLOAT.unpack_from(data, at); at += 4',
    'sequence<uint8>': _ALIGN + 'begin = at + 4; at = begin + UINT32.unpack_from(data, at)[0]; {name} = data[begin:at]',
    'uint8': '{name} = data[at]; at += 1',
    'boolean': '{name} = data[at] != 0; at += 1',
}
# How to write a field of `event` behind `out`.
_WRITE = {
    messages.HEADER: 'out += TIME.pack(*divmod(event.stamp, SECOND)); '
    'text = event.frame_id.encode() + NUL; out += UINT32.pack(len(text)); out += text',
    'builtin_interfaces/Duration': _PAD + 'out += TIME.pack(*divmod(event.{name}, SECOND))',
    'string': _PAD + 'text = event.{name}.encode() + NUL; out += UINT32.pack(len(text)); out += text',
    'uint32': _PAD + 'out += UINT32.pack(event.{name})',
    'float': _PAD + 'out += FLOAT.pack(event.{name})',
    'sequence<uint8>': _PAD + 'out += UINT32.pack(len(event.{name})); out += event.{name}',
    'uint8': 'out += UINT8.pack(event.{name})',
    'boolean': 'out.append(event.{name})',
}
# The same for a field that holds other messages, of the class `{part}`.
_READ_PARTS = _ALIGN + '{name}, at = read_parts({part}, data, at)'
_WRITE_PARTS = _PAD + 'write_parts({part}, event.{name}, out)'
Read = Callable[[bytes, int], tuple[Any, int]]  # from an offset; the event, and the offset behind it
Write = Callable[[Any, bytearray], None]


def decode(event_type: type, data: bytes, clock: Callable[[], int]) -> Any:
    """The event of a serialised message. One without a stamp, as from `ros2 topic pub`, gets the clock's.

    `clock` returns ns since the epoch. Raises ValueError or struct.error for what is not such a message.
    """
    if data.startswith(LITTLE_ENDIAN):
        event, end = _functions(event_type)[0](data, len(LITTLE_ENDIAN))
        if end > len(data):
            raise ValueError('a message that is cut off')
    else:  # another encoding
        event = messages.to_event(deserialize_message(data, messages.MESSAGE_TYPES[event_type]))
    return event if event.stamp else dataclasses.replace(event, stamp=clock())


def encode(event: Any) -> bytes:
    """The serialised message of an event, padded to a multiple of 4 bytes, as middlewares pad serialised ones.

    Raises struct.error for a number that its field cannot hold.
    """
    out = bytearray(LITTLE_ENDIAN)
    _functions(event.__class__)[1](event, out)
    out += PADDING[len(out) & 3]
    return bytes(out)


def _read_parts(kind: type, data: bytes, at: int) -> tuple[tuple[Any, ...], int]:
    read, _ = _functions(kind)
    [count], at = UINT32.unpack_from(data, at), at + 4
    parts = []
    for _ in range(count):
        part, at = read(data, at)
        parts.append(part)
    return tuple(parts), at


def _write_parts(kind: type, parts: tuple[Any, ...], out: bytearray) -> None:
    _, write = _functions(kind)
    out += UINT32.pack(len(parts))
    for part in parts:
        write(part, out)


_NAMES: dict[str, Any] = {  # in the lines above
    'SECOND': SECOND,
    'NUL': NUL,
    'TIME': TIME,
    'UINT32': UINT32,
    'FLOAT': FLOAT,
    'UINT8': UINT8,
    'PADDING': PADDING,
    'read_parts': _read_parts,
    'write_parts': _write_parts,
}


@functools.cache
def _functions(event_type: type) -> tuple[Read, Write]:
    message_type: Any = messages.MESSAGE_TYPES[event_type]
    # Past the `__init__` of a frozen class, which would take as long as all the rest.
    reading = ['def read(data, at):', '  event = new(Event)']
    writing = ['def write(event, out):']
    scope = {**_NAMES, 'Event': event_type, 'new': object.__new__}
    for name, kind in message_type.get_fields_and_field_types().items():
        part = messages.part_of(kind)
        if part:
            scope[part.__name__] = part
        names = {'part': part.__name__ if part else '', 'name': name}
        reading.append('  ' + (_READ_PARTS if part else _READ[kind]).format(**{**names, 'name': f'_{name}'}))
        writing.append('  ' + (_WRITE_PARTS if part else _WRITE[kind]).format(**names))
        for value in ('stamp', 'frame_id') if kind == messages.HEADER else (name,):
            scope[f'set_{value}'] = getattr(event_type, value).__set__
            reading.append(f'  set_{value}(event, _{value})')
    reading.append('  return event, at')
    exec('\n'.join(reading + writing), scope)
    return scope['read'], scope['write']
