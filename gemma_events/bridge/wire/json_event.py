"""JSON messages as events: reading them with care, and `extra`, which keeps what no field holds.

One rule makes the mirror true: a member that would not be written as it came stays in the event's `extra`, at its
place in a copy of the message without all the others. Encoding puts it back there, over what the fields give.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from gemma_events.bridge.wire.codec import Encoded, NotUnderstood, stamp_from, unrecognised
from gemma_events.bridge.wire.json_stream import MAX_DEPTH, JsonStream
from gemma_events.events import Event
from gemma_events.words import printable

Members = dict[str, Any]
Read = Callable[[Any], Event]  # the event of a message; raises NotUnderstood
Fits = Callable[[Members], bool]  # whether a message is short enough
EventT = TypeVar('EventT', bound=Event)
Value = TypeVar('Value')

_float32 = struct.Struct('<f')
QUOTED = 40  # characters of a message that a reason quotes


class JsonDecoder:
    """A Decoder for messages that are JSON values; `read` makes an event of one or raises NotUnderstood.

    At most `limit` bytes are held back. `lines`: no message goes over the end of a line. `acks`: the word `ack`
    between messages is counted.
    """

    def __init__(self, limit: int, read: Read, *, lines: bool = False, acks: bool = False) -> None:
        self._stream = JsonStream(limit, lines=lines, acks=acks)
        self._limit, self._read, self._lines = limit, read, lines

    @property
    def pending(self) -> int:
        """Bytes held back."""
        return len(self._stream)

    @property
    def acks(self) -> int:
        """How many times the other side has answered `ack` so far; 0 where they are not counted."""
        return self._stream.acks

    def feed(self, data: bytes) -> list[Event]:
        """See Decoder."""
        if self._stream.idle and self._may_be_whole(data):
            with suppress(NotUnderstood):
                return [self._read(parse(data))]
        return [self._event(*piece) for piece in self._stream.feed(data)]

    def flush(self, closed: bool = False) -> list[Event]:
        """See Decoder."""
        return [self._event(*piece) for piece in self._stream.flush(closed)]

    def _may_be_whole(self, data: bytes) -> bool:
        """Whether data may be one whole value, as it mostly is: trying that first takes half the scanner's time."""
        return (
            data.startswith((b'{', b'"'))
            and len(data) < self._limit
            and data.count(b'{') + data.count(b'[') <= MAX_DEPTH
            and not (self._lines and b'\n' in data.rstrip())
        )

    def _event(self, data: bytes, reason: str) -> Event:
        if not reason:
            try:
                return self._read(parse(data))
            except NotUnderstood as error:
                reason = str(error)
        return unrecognised(data, reason)


# --- reading ----------------------------------------------------------------------------------------------------


def _unique(members: list[tuple[str, Any]]) -> Members:
    result = dict(members)
    if len(result) != len(members):
        raise NotUnderstood('an object has a member twice')
    return result


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise NotUnderstood(f'a number out of range: {text[:QUOTED]}')
    return value


def _no_constant(name: str) -> float:
    raise NotUnderstood(f'{name} is not JSON')


_PARSER = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_finite, parse_constant=_no_constant)


def parse(data: bytes | str) -> Any:
    """A JSON value. Raises NotUnderstood for all else: NaN, infinities, a member that an object has twice, numbers
    of thousands of digits, and nesting that Python's stack does not hold included.
    """
    try:
        return _PARSER.decode(data if isinstance(data, str) else data.decode())
    except NotUnderstood:
        raise
    except UnicodeDecodeError as error:
        raise NotUnderstood(f'not UTF-8: {error.reason} at byte {error.start}') from error
    except json.JSONDecodeError as error:
        raise NotUnderstood(f'not JSON: {error.msg} at character {error.pos}') from error
    except (ValueError, RecursionError) as error:  # an integer of thousands of digits; an `extra` nested too deep
        raise NotUnderstood(f'not JSON that can be read: {error}') from error


def envelope(message: Any, event_types: Collection[str]) -> tuple[str, int, Members]:
    """Event type, stamp in ns (0: unknown) and `data` of a message in the form that most formats share.

    Raises NotUnderstood for one in another form, or of another event type than these.
    """
    if type(message) is not dict:
        raise NotUnderstood('not a JSON object')
    event_type = message.get('event_type')
    if type(event_type) is not str or event_type not in event_types:
        raise NotUnderstood(f'event_type is {quote(event_type)}, not one of {", ".join(event_types)}')
    return event_type, stamp_from(message.get('timestamp')), member(message, 'data', dict)


def member(members: Members, name: str, kind: type[Value], default: Value | None = None) -> Value:
    """A member of a JSON type (dict, list, str, bool), text without what ROS cannot hold.

    Raises NotUnderstood for another type, or when it is missing without a default.
    """
    value: Any = members.get(name, default)
    if type(value) is str:
        value = printable(value)
    if type(value) is kind:
        return value
    names: dict[type, str] = {dict: 'an object', list: 'a list', str: 'a string', bool: 'true or false'}
    raise NotUnderstood(f'{name} is {quote(value)}, not {names[kind]}' if name in members else f'no {name}')


def float32(value: Any, name: str) -> float:
    """A number that a float32 field can hold. Raises NotUnderstood for anything else."""
    if type(value) not in (int, float) or _packed(value) is None:
        raise NotUnderstood(f'{name} is {quote(value)}, not a number that a float32 can hold')
    return float(value)


def quote(value: Any) -> str:
    """The beginning of a value, to quote it in a reason."""
    text = 'missing' if value is None else json.dumps(value)
    return text if len(text) <= QUOTED else text[:QUOTED] + '…'


# --- what no field holds ----------------------------------------------------------------------------------------


def with_extra(event: EventT, message: Members, written: Members) -> EventT:
    """The event of `message`, with those of its members in `extra` that `written`, what is written for it, lacks."""
    extra = _left_over(message, written)
    return replace(event, extra=json.dumps(extra)) if extra else event


def _left_over(message: Members, written: Members) -> Members:
    left: Members = {}
    for name, value in message.items():
        other = written.get(name, _left_over)  # equal to nothing
        if type(value) is dict and type(other) is dict:
            if inner := _left_over(value, other):
                left[name] = inner
        elif not _same(value, other):
            left[name] = value
    return left


def _same(value: Any, other: Any) -> bool:
    if type(value) in (int, float) and type(other) in (int, float):
        return value == other or (_packed(value) is not None and _packed(value) == _packed(other))
    if type(value) is not type(other):
        return False
    if type(value) is list:
        return len(value) == len(other) and all(map(_same, value, other))
    return bool(value == other)


def with_members(written: Members, extra: str, read: Read) -> Members:
    """A message with the members of `extra` put in, over its own.

    Anybody can write an `extra` on a topic. One that is not a JSON object, or with which the message could not be
    read any more, changes nothing: legacy programs use members without a look at their types.
    """
    members = members_of(extra)
    if not members:
        return written
    merged = _merge(written, members)
    try:
        read(merged)
    except NotUnderstood:
        return written
    return merged


def members_of(text: str, depth: int = MAX_DEPTH) -> Members:
    """The members of a JSON object that is nested at most `depth` levels; none of any other text."""
    if not text:
        return {}
    try:
        value = parse(text)
        return value if type(value) is dict and _depth(value) <= depth else {}
    except (NotUnderstood, RecursionError):
        return {}


def _depth(value: Any) -> int:
    inner = value.values() if type(value) is dict else value if type(value) is list else None
    return 0 if inner is None else 1 + max(map(_depth, inner), default=0)


def _merge(written: Members, members: Members) -> Members:
    merged = dict(written)
    for name, value in members.items():
        own = written.get(name)
        if type(own) is not dict:
            merged[name] = value
        elif type(value) is dict:
            merged[name] = _merge(own, value)
    return merged


# --- writing ----------------------------------------------------------------------------------------------------


def encode_json(
    message: Members,
    extra: str,
    read: Read,
    limit: int | None,
    shorten: Callable[[Fits], Members],
    *,
    ascii_only: bool = False,
) -> Encoded:
    """A message as bytes, at most `limit` of them, with the members of `extra` unless `read` would then refuse it.

    `shorten(fits)` gives a form of the message that fits, where the whole one does not; `extra` is left out then.

    Messages are plain ASCII, as those of the legacy programs: no reader can cut a character in two. One that is too
    long that way is written without blanks, and as UTF-8 unless `ascii_only`, before anything is left out: a message
    that shares a receive with others (in a delimited format) must not be cut within a character.
    """
    whole = with_members(message, extra, read)
    data = json.dumps(whole).encode()
    if limit is None or len(data) <= limit:
        return Encoded(data)
    data = compact(whole, ascii_only)
    if len(data) <= limit:
        return Encoded(data)
    short = shorten(lambda members: len(compact(members, ascii_only)) <= limit)
    return Encoded(compact(short, ascii_only), shortened=True)


def compact(value: Any, ascii_only: bool = False) -> bytes:
    """JSON in the fewest bytes, as UTF-8 or as ASCII."""
    # A lone surrogate has no UTF-8 form; what is written for it is its JSON escape.
    return json.dumps(value, ensure_ascii=ascii_only, separators=(',', ':')).encode('utf-8', 'backslashreplace')


def shortest(value: float) -> float:
    """The number with the fewest digits that is the same float32: 0.95, not 0.949999988079071; 0 for NaN and inf."""
    if value.is_integer() and abs(value) < 2**24:
        return value
    if not math.isfinite(value):
        return 0.0  # NaN and infinity are no JSON
    packed = _packed(value)
    for digits in (6, 7, 8):
        candidate = float(f'{value:.{digits}g}')
        if _packed(candidate) == packed:
            return candidate
    return float(f'{value:.9g}')


def _packed(value: float) -> bytes | None:
    """The bytes of the float32, None for what is too large for one."""
    try:
        return _float32.pack(value)
    except (OverflowError, struct.error):  # the latter for an int beyond all floats
        return None
