"""Serialised messages (CDR) to events and back, without message objects between: a third of the time.

After four bytes that name the encoding come the fields in their order, each at a multiple of its size. A string is
its length, its bytes and a NUL. The tests hold it against what rclpy reads and writes.
"""
from __future__ import annotations

import dataclasses
import struct
from collections.abc import Callable
from typing import Any

from rclpy.serialization import deserialize_message

from gemma_events import messages
from gemma_events.events import SECOND, DetectedObject

LITTLE_ENDIAN = b'\0\1\0\0'

Read = Callable[[bytes, int], tuple[Any, int]]    # from an offset; the value, and the offset behind it
Write = Callable[[bytearray, Any], None]
# For each field of a message, in its order: the event's field. None: a string, as most fields are; they are read and
# written in the loop, which saves a call for each.
Plan = list[tuple[str, Read | None, Write | None]]

_uint32, _time = struct.Struct('<I'), struct.Struct('<iI')
_PADDING = (b'', b'\0\0\0', b'\0\0', b'\0')       # to the next multiple of 4
_EMPTY = _uint32.pack(1) + b'\0'                   # a string's NUL counts


def decode(event_type: type, data: bytes, clock: Callable[[], int]) -> Any:
    """The event of a serialised message. One without a stamp, as `ros2 topic pub` gives, gets the clock's."""
    if not data.startswith(LITTLE_ENDIAN):    # another encoding
        event = messages.to_event(deserialize_message(data, messages.MESSAGE_TYPES[event_type]))
        return dataclasses.replace(event, stamp=event.stamp or clock())
    values, _ = _read(_plan(event_type), data, len(LITTLE_ENDIAN))
    values['stamp'] = values['stamp'] or clock()
    return event_type(**values)


def encode(event: Any) -> bytes:
    """The serialised message of an event. Raises struct.error for a number that its field cannot hold."""
    out = bytearray(LITTLE_ENDIAN)
    _write(_plan(type(event)), out, event)
    return bytes(out)


def _read(plan: Plan, data: bytes, at: int) -> tuple[dict[str, Any], int]:
    values: dict[str, Any] = {}
    length_of = _uint32.unpack_from
    for name, read, _ in plan:
        if read is None:
            begin = (at + 3 & ~3) + 4
            at = begin + length_of(data, begin - 4)[0]
            values[name] = data[begin:at - 1].decode('utf-8', 'replace')
        else:
            values[name], at = read(data, at)
    return values, at


def _write(plan: Plan, out: bytearray, event: Any) -> None:
    pack_length = _uint32.pack
    for name, _, write in plan:
        value = getattr(event, name)
        if write is not None:
            write(out, value)
        elif value:
            text = value.encode()
            out += _PADDING[len(out) & 3] + pack_length(len(text) + 1) + text + b'\0'
        else:
            out += _PADDING[len(out) & 3] + _EMPTY


def _read_bytes(data: bytes, at: int) -> tuple[bytes, int]:
    begin = (at + 3 & ~3) + 4
    end = begin + _uint32.unpack_from(data, begin - 4)[0]
    return data[begin:end], end


def _write_bytes(out: bytearray, data: bytes) -> None:
    out += _PADDING[len(out) & 3]
    out += _uint32.pack(len(data))
    out += data


def _read_time(data: bytes, at: int) -> tuple[int, int]:
    at = at + 3 & ~3
    seconds, nanoseconds = _time.unpack_from(data, at)
    return seconds * SECOND + nanoseconds, at + 8


def _write_time(out: bytearray, nanoseconds: int) -> None:
    out += _PADDING[len(out) & 3]
    out += _time.pack(*divmod(nanoseconds, SECOND))


def _read_header(data: bytes, at: int) -> tuple[int, int]:
    stamp, at = _read_time(data, at)
    return stamp, _read_bytes(data, at)[1]    # frame_id


def _write_header(out: bytearray, stamp: int) -> None:
    _write_time(out, stamp)
    out += _EMPTY


def _number(form: str, size: int) -> tuple[Read, Write]:
    one = struct.Struct(form)

    def read(data: bytes, at: int) -> tuple[Any, int]:
        at = at + size - 1 & -size
        return one.unpack_from(data, at)[0], at + size

    def write(out: bytearray, value: Any) -> None:
        if size > 1:
            out += _PADDING[len(out) & 3]
        out += one.pack(value)
    return read, write


def _read_objects(data: bytes, at: int) -> tuple[tuple[DetectedObject, ...], int]:
    plan = _plan(DetectedObject)
    at = at + 3 & ~3
    [count], at = _uint32.unpack_from(data, at), at + 4
    objects = []
    for _ in range(count):
        values, at = _read(plan, data, at)
        objects.append(DetectedObject(**values))
    return tuple(objects), at


def _write_objects(out: bytearray, objects: tuple[DetectedObject, ...]) -> None:
    plan = _plan(DetectedObject)
    out += _PADDING[len(out) & 3]
    out += _uint32.pack(len(objects))
    for item in objects:
        _write(plan, out, item)


_KINDS: dict[str, tuple[Read | None, Write | None]] = {
    'std_msgs/Header': (_read_header, _write_header),
    'builtin_interfaces/Duration': (_read_time, _write_time),
    'string': (None, None),
    'sequence<uint8>': (_read_bytes, _write_bytes),
    'sequence<gemma_events/DetectedObject>': (_read_objects, _write_objects),
    'uint32': _number('<I', 4),
    'float': _number('<f', 4),
    'uint8': _number('B', 1),
    'boolean': _number('?', 1),
}
_plans: dict[type, Plan] = {}


def _plan(event_type: type) -> Plan:
    if event_type not in _plans:
        message_type: Any = messages.MESSAGE_TYPES[event_type]
        fields = message_type.get_fields_and_field_types()
        _plans[event_type] = [('stamp' if name == 'header' else name, *_KINDS[kind]) for name, kind in fields.items()]
    return _plans[event_type]
