"""The text format: one line per message, the newline often missing."""

from __future__ import annotations

import re

from gemma_events.bridge.wire.codec import Encoded, Format, NotUnderstood, decode_utf8, unrecognised
from gemma_events.bridge.wire.receive_buffer import Piece, ReceiveBuffer
from gemma_events.bridge.wire.shorten import cut
from gemma_events.events import Event, TextInput

IDLE_GAP = 0.005  # seconds: a send is a message, so only what was cut on its way is joined again

_NEWLINES = re.compile('\r\n|\r|\n')


def one_line(text: str) -> str:
    """Text with a space for each newline."""
    return _NEWLINES.sub(' ', text) if '\n' in text or '\r' in text else text


class TextDecoder:
    """A Decoder for lines. One ends at its newline, or when nothing more comes; empty lines give no event."""

    def __init__(self, limit: int) -> None:
        self._buffer = ReceiveBuffer(limit)
        self._lost = ''  # why what comes until the next newline is not a message

    @property
    def pending(self) -> int:
        """Bytes held back."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Event]:
        """See Decoder."""
        if data.endswith(b'\n') and len(data) <= self._buffer.limit and not self._buffer.held and not self._lost:
            return _events([(line, '') for line in data.split(b'\n')])  # as they mostly come; this is faster
        return _events(self._buffer.feed(data, self._next, self._overflow))

    def flush(self, closed: bool = False) -> list[Event]:
        """See Decoder."""
        return _events([self._take(len(self._buffer))])

    def _next(self) -> Piece | None:
        end = self._buffer.held.find(b'\n', self._buffer.at)
        if end < 0:
            self._buffer.at = len(self._buffer)
            return None
        line, reason = self._take(end + 1)
        return line[:-1], reason

    def _overflow(self) -> Piece:
        self._lost = f'the rest of what was {self._buffer.too_long}'
        return self._buffer.take(self._buffer.limit), self._buffer.too_long

    def _take(self, count: int) -> Piece:
        reason, self._lost = self._lost, ''
        return self._buffer.take(count), reason


def _events(lines: list[Piece]) -> list[Event]:
    events: list[Event] = []
    for line, reason in lines:
        text = line.removesuffix(b'\r')
        if not text or (reason and not text.strip()):
            continue
        try:
            events.append(unrecognised(text, reason) if reason else TextInput(text=decode_utf8(text)))
        except NotUnderstood as error:
            events.append(unrecognised(text, str(error)))
    return events


def encode(event: TextInput, *, limit: int | None = None, to_server: bool = False) -> Encoded | None:
    """The text as one line, a newline in it written as a space; a long one is cut at a word. None for an empty text."""
    text = one_line(event.text.strip('\r\n'))
    if not text:
        return None
    data = _line(text)
    if limit is None or len(data) <= limit:
        return Encoded(data)
    return Encoded(_line(cut(text, lambda text: len(_line(text)) <= limit)), shortened=True)


def _line(text: str) -> bytes:
    return text.encode('utf-8', 'replace') + b'\n'


TEXT = Format(
    'text',
    TextInput,
    topic='text_input',
    decoder=TextDecoder,
    encode=encode,
    example='text_input text="what time is it"',
    idle_gap=IDLE_GAP,
)
