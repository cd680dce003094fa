"""Where the JSON values of a stream begin and end, however the stream is cut.

Legacy writers put nothing between their messages, so only the grammar tells where one ends. The scanner knows
just enough of it to notice a broken message where it breaks (one that was cut off runs into the next: a `{`
where a `,` belongs), and not after it has swallowed all that follows.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from gemma_events.bridge.wire.codec import NotUnderstood

MAX_DEPTH = 64  # levels of nesting in an event
RESTART_DEPTH = 8  # a value that breaks at most this deep may hold the beginning of the next event
RESTART_LENGTH = 32  # bytes; no match of the patterns below is longer

BOM = b'\xef\xbb\xbf'
ACK = b'ack'

_SPACE = re.compile(rb'[ \t\r\n]*')
_LINE_SPACE = re.compile(rb'[ \t\r]*')
_STRING = re.compile(rb'[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*')
_ESCAPE_BEGUN = re.compile(rb'\\(?:u[0-9a-fA-F]{0,3})?\Z')
_SCALAR = re.compile(rb'[-+.0-9A-Za-z]*')
# What ends bytes that are no JSON, and what ends a broken value: one of the members with which the messages of the
# contract begin, or an object right behind another one.
_AFTER_JUNK = re.compile(rb'(?=\{)|\n')
_BEGINNING = (
    rb'(?=\{[%(space)s]{0,8}"(?:event_type|timestamp|data|event|object_id)")'
    rb'|(?<=\})[%(space)s]{0,8}(?=\{)'
)
_AFTER_BROKEN = re.compile(_BEGINNING % {b'space': rb' \t\r\n'})
_AFTER_BROKEN_LINE = re.compile(_BEGINNING % {b'space': rb' \t\r'} + rb'|\n')

Piece = tuple[bytes, str]  # a complete value and '', or what is none and the reason


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
# State -> byte -> next state. Behind `,` it is the innermost bracket that tells.
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
    """Cuts a stream into complete JSON objects, arrays and strings, and what is none.

    Each byte is looked at once, or a few times (RESTART_DEPTH) where messages are broken; `limit` bounds the bytes
    held. `lines`: no value goes over the end of a line. `acks`: the word `ack` between values is counted, not junk.
    """

    def __init__(self, limit: int, *, lines: bool = False, acks: bool = False) -> None:
        self.acks = 0
        self._limit = limit
        self._space = _LINE_SPACE if lines else _SPACE
        self._after_broken = _AFTER_BROKEN_LINE if lines else _AFTER_BROKEN
        self._marks = (BOM, ACK) if acks else (BOM,)
        self._held = bytearray()
        self._restart()

    def __len__(self) -> int:
        return len(self._held)

    @property
    def idle(self) -> bool:
        """Whether a value may begin with the next byte."""
        return not self._held and not self._lost

    def feed(self, data: bytes) -> list[Piece]:
        """All pieces that are complete with these bytes."""
        pieces: list[Piece] = []
        taken = 0
        while taken < len(data):
            room = self._limit - len(self._held)
            self._held += data[taken : taken + room]
            taken += room
            while (piece := self._next()) is not None:
                pieces.append(piece)
            if len(self._held) == self._limit:
                pieces.append(self._overflow())
        return [piece for piece in pieces if not _is_blank(piece)]

    def flush(self, closed: bool) -> list[Piece]:
        """What a pause ends, or the end of the stream: see Decoder.flush."""
        incomplete = not self._lost and self._expects is not Expects.START
        if incomplete and not closed:
            return []
        reason = 'incomplete: the connection was closed' if incomplete else self._lost or 'not JSON'
        piece = (self._take(len(self._held)), reason)
        self._restart()
        return [] if _is_blank(piece) else [piece]

    def _restart(self) -> None:
        self._at = 0  # bytes of those held that were looked at
        self._expects = Expects.START
        self._brackets = bytearray()  # open ones
        self._deepest = 0
        self._in_string = self._in_scalar = False
        self._lost = ''  # why what is held is no value: look for the next
        self._after = _AFTER_JUNK  # where that may begin

    def _take(self, count: int) -> bytes:
        piece = bytes(self._held[:count])
        del self._held[:count]
        return piece

    def _next(self) -> Piece | None:
        """The next complete piece, or nothing before more comes in."""
        while self._held:
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
            piece = (self._take(self._at), reason)
            self._restart()
            return piece
        return None

    def _search(self) -> Piece | None:
        """All up to where the next value may begin."""
        match = self._after.search(self._held, self._at)
        if match is None:
            self._at = max(self._at, len(self._held) - RESTART_LENGTH)
            return None
        piece = (self._take(match.end()), self._lost)
        self._restart()
        return piece

    def _overflow(self) -> Piece:
        """Give up what fills the room; only where the next value may begin is looked for from here on."""
        if self._lost:
            piece = (self._take(self._limit - RESTART_LENGTH), self._lost)
            self._at = 0
            return piece
        piece = (self._take(self._limit), f'longer than {self._limit} bytes')
        self._restart()
        self._lost, self._after = f'the rest of what was {piece[1]}', self._after_broken
        return piece

    def _begin(self) -> bool:
        """Skip what may stand before a value; false while there is nothing else."""
        while self._held:
            if space := _SPACE.match(self._held).end():  # type: ignore[union-attr]
                del self._held[:space]
                continue
            mark = next((mark for mark in self._marks if mark.startswith(self._held[: len(mark)])), None)
            if mark is None:
                if self._held[0] in _STRUCTURED:
                    return True
                raise NotUnderstood('not JSON')
            if len(self._held) < len(mark):
                return False
            del self._held[: len(mark)]
            self.acks += mark is ACK
        return False

    def _scan(self) -> bool:
        """Go on through the value at the front; true at its end. Raises NotUnderstood where it breaks."""
        held = self._held
        while self._at < len(held):
            if self._in_string:
                if not self._scan_string():
                    return False
                if not self._brackets:
                    return True
            elif self._in_scalar:
                self._at = _SCALAR.match(held, self._at).end()  # type: ignore[union-attr]
                self._in_scalar = self._at == len(held)
            elif (space := self._space.match(held, self._at).end()) > self._at:  # type: ignore[union-attr]
                self._at = space
            else:
                self._step(held[self._at])
                if not self._brackets and not self._in_string:
                    return True
        return False

    def _scan_string(self) -> bool:
        held = self._held
        self._at = _STRING.match(held, self._at).end()  # type: ignore[union-attr]
        if self._at == len(held) or _ESCAPE_BEGUN.match(held, self._at):
            return False
        if held[self._at] != ord('"'):
            raise self._broken()
        self._at += 1
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
        self._at += 1

    def _broken(self) -> NotUnderstood:
        at = self._at
        # A message that was cut off holds the beginning of the next one. So deep inside, nobody's message begins,
        # and looking there again and again would take quadratic time.
        self._at = 1 if len(self._brackets) <= RESTART_DEPTH else at
        self._after = self._after_broken
        return NotUnderstood(f'not JSON: {bytes(self._held[at : at + 1])!r} at byte {at}')


def _is_blank(piece: Piece) -> bool:
    data, reason = piece
    return reason != '' and not data.strip()
