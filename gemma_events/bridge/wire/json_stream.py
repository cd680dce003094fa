"""Where the JSON values of a stream begin and end, however the stream is cut.

Legacy writers put nothing between their messages, so only the grammar shows where one ends. The scanner knows just
enough of it to notice a broken message where it breaks (one that was cut off runs into the next: a `{` where a `,`
belongs), and not only after it has swallowed all that follows.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from gemma_events.bridge.wire.codec import NotUnderstood
from gemma_events.bridge.wire.receive_buffer import Piece, ReceiveBuffer

MAX_DEPTH = 64  # levels of nesting in an event
RESTART_DEPTH = 8  # a value that breaks at most this deep may hold the beginning of the next event
RESTART_LENGTH = 32  # bytes; no match of the patterns below is longer

BOM = b'\xef\xbb\xbf'
ACK = b'ack'

_SPACE = re.compile(rb'[ \t\r\n]*')
_STRING = re.compile(rb'[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*')
_ESCAPE_BEGUN = re.compile(rb'\\(?:u[0-9a-fA-F]{0,3})?\Z')
_SCALAR = re.compile(rb'[-+.0-9A-Za-z]*')
# What ends bytes that are not JSON, and what ends a broken value: an object that begins with a member as the legacy
# messages do, or an object right behind another one.
_AFTER_JUNK = re.compile(rb'(?=\{)|\n')
_BEGINNING = (
    rb'(?=\{[%(space)s]{0,8}"(?:event_type|timestamp|data|event|object_id)")'
    rb'|(?<=\})[%(space)s]{0,8}(?=\{)'
)
_AFTER_BROKEN = re.compile(_BEGINNING % {b'space': rb' \t\r\n'})
_AFTER_BROKEN_LINE = re.compile(_BEGINNING % {b'space': rb' \t\r'} + rb'|\n')


class Expects(Enum):
    """What the grammar has next; white space may stand before each."""

    START = auto()  # a value, between values
    VALUE = auto()  # a value, behind `:` or `,`
    VALUE_OR_END = auto()  # behind `[`
    KEY = auto()  # behind `,` in an object
    KEY_OR_END = auto()  # behind `{`
    COLON = auto()  # behind a key
    MORE_OR_END = auto()  # behind a value: `,` or the closing bracket


_STRUCTURED = {ord('"'): Expects.MORE_OR_END, ord('{'): Expects.KEY_OR_END, ord('['): Expects.VALUE_OR_END}
_SCALARS = frozenset(b'-0123456789tfnNI')
_VALUES = {**_STRUCTURED, **dict.fromkeys(_SCALARS, Expects.MORE_OR_END)}
# State -> byte -> next state. Behind `,` the next state depends on the innermost bracket.
GRAMMAR: dict[Expects, dict[int, Expects]] = {
    Expects.START: _STRUCTURED,
    Expects.VALUE: _VALUES,
    Expects.VALUE_OR_END: {**_VALUES, ord(']'): Expects.MORE_OR_END},
    Expects.KEY: {ord('"'): Expects.COLON},
    Expects.KEY_OR_END: {ord('"'): Expects.COLON, ord('}'): Expects.MORE_OR_END},
    Expects.COLON: {ord(':'): Expects.VALUE},
    Expects.MORE_OR_END: {ord(','): Expects.VALUE, ord('}'): Expects.MORE_OR_END, ord(']'): Expects.MORE_OR_END},
}
_OPENING = {ord('}'): ord('{'), ord(']'): ord('[')}


class JsonStream:
    """Cuts a stream into complete JSON objects, arrays and strings, and what is not one.

    Each byte is looked at once, or a few times (RESTART_DEPTH) where messages are broken; at most `limit` bytes are
    held. `lines`: no value goes over the end of a line. `acks`: the word `ack` between values is counted, not junk.
    """

    def __init__(self, limit: int, *, lines: bool = False, acks: bool = False) -> None:
        self.acks = 0
        self._space = b' \t\r' if lines else b' \t\r\n'
        self._after_broken = _AFTER_BROKEN_LINE if lines else _AFTER_BROKEN
        self._marks = (BOM, ACK) if acks else (BOM,)
        self._buffer = ReceiveBuffer(limit)
        self._restart()

    def __len__(self) -> int:
        return len(self._buffer)

    @property
    def idle(self) -> bool:
        """Whether a value may begin with the next byte."""
        return not self._buffer.held and not self._lost

    def feed(self, data: bytes) -> list[Piece]:
        """All pieces that are complete with these bytes."""
        return [piece for piece in self._buffer.feed(data, self._next, self._overflow) if not _is_blank(piece)]

    def flush(self, closed: bool) -> list[Piece]:
        """What a pause ends, or (`closed`) the end of the stream: see Decoder.flush."""
        incomplete = not self._lost and self._expects is not Expects.START
        if incomplete and not closed:
            return []
        reason = 'incomplete: the connection was closed' if incomplete else self._lost or 'not JSON'
        piece = (self._buffer.take(len(self._buffer)), reason)
        self._restart()
        return [] if _is_blank(piece) else [piece]

    def _restart(self) -> None:
        self._expects = Expects.START
        self._brackets = bytearray()  # open ones
        self._deepest = 0
        self._in_string = self._in_scalar = False
        self._lost = ''  # why what is held is not a value: look for the next
        self._after = _AFTER_JUNK  # where that may begin

    def _next(self) -> Piece | None:
        """The next complete piece, None before more comes in."""
        while self._buffer.held:
            if self._lost:
                return self._search()
            try:
                if self._expects is Expects.START and not self._begin():
                    return None
                if not self._scan():
                    return None
            except NotUnderstood as error:
                self._lost = str(error)
                continue
            reason = f'nested deeper than {MAX_DEPTH} levels' if self._deepest > MAX_DEPTH else ''
            piece = (self._buffer.take(self._buffer.at), reason)
            self._restart()
            return piece
        return None

    def _search(self) -> Piece | None:
        """All up to where the next value may begin."""
        buffer = self._buffer
        match = self._after.search(buffer.held, buffer.at)
        if match is None:
            buffer.at = max(buffer.at, len(buffer) - RESTART_LENGTH)
            return None
        piece = (buffer.take(match.end()), self._lost)
        self._restart()
        return piece

    def _overflow(self) -> Piece:
        """Give up what fills the buffer; only where the next value may begin is looked for from here on."""
        buffer = self._buffer
        if self._lost:
            return buffer.take(buffer.limit - RESTART_LENGTH), self._lost
        self._restart()
        self._lost, self._after = f'the rest of what was {buffer.too_long}', self._after_broken
        return buffer.take(buffer.limit), buffer.too_long

    def _begin(self) -> bool:
        """Skip what may stand before a value; false while there is nothing else."""
        held = self._buffer.held
        while held:
            if space := _end(_SPACE, held, 0):
                self._buffer.skip(space)
                continue
            mark = next((mark for mark in self._marks if mark.startswith(held[: len(mark)])), None)
            if mark is None:
                if held[0] in _STRUCTURED:
                    return True
                raise NotUnderstood('not JSON')
            if len(held) < len(mark):
                return False
            self._buffer.skip(len(mark))
            self.acks += mark is ACK
        return False

    def _scan(self) -> bool:
        """Go on through the value at the front; true at its end. Raises NotUnderstood where it breaks."""
        buffer = self._buffer
        held, length = buffer.held, len(buffer.held)
        while buffer.at < length:
            if self._in_string:
                if not self._scan_string():
                    return False
                if not self._brackets:
                    return True
            elif self._in_scalar:
                buffer.at = _end(_SCALAR, held, buffer.at)
                self._in_scalar = buffer.at == length
            elif held[buffer.at] in self._space:
                buffer.at += 1
            else:
                self._step(held[buffer.at])
                if not self._brackets and not self._in_string:
                    return True
        return False

    def _scan_string(self) -> bool:
        buffer = self._buffer
        buffer.at = _end(_STRING, buffer.held, buffer.at)
        if buffer.at == len(buffer) or _ESCAPE_BEGUN.match(buffer.held, buffer.at):
            return False
        if buffer.held[buffer.at] != ord('"'):
            raise self._broken()
        buffer.at += 1
        self._in_string = False
        return True

    def _step(self, byte: int) -> None:
        expects = GRAMMAR[self._expects].get(byte)
        if expects is None or (byte in _OPENING and self._brackets[-1] != _OPENING[byte]):
            raise self._broken()
        if byte in _OPENING:
            self._brackets.pop()
        elif byte in b'{[':
            self._brackets.append(byte)
            self._deepest = max(self._deepest, len(self._brackets))
        elif byte == ord(','):
            expects = Expects.KEY if self._brackets[-1] == ord('{') else Expects.VALUE
        self._in_string = byte == ord('"')
        self._in_scalar = byte in _SCALARS
        self._expects = expects
        self._buffer.at += 1

    def _broken(self) -> NotUnderstood:
        buffer, at = self._buffer, self._buffer.at
        # A message that was cut off holds the beginning of the next one. So deep inside, nobody's message begins,
        # and looking there again and again would take quadratic time.
        buffer.at = 1 if len(self._brackets) <= RESTART_DEPTH else at
        self._after = self._after_broken
        return NotUnderstood(f'not JSON: {bytes(buffer.held[at : at + 1])!r} at byte {at}')


def _end(pattern: re.Pattern[bytes], held: bytearray, at: int) -> int:
    """The end of what matches the pattern at `at`; `at` where nothing does."""
    match = pattern.match(held, at)
    return match.end() if match else at


def _is_blank(piece: Piece) -> bool:
    data, reason = piece
    return reason != '' and not data.strip()
