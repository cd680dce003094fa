"""The text format: one line a message, the newline often missing."""

from __future__ import annotations

import re

from gemma_events.bridge.wire.codec import Encoded, Format, NotUnderstood, decode_utf8, unrecognised
from gemma_events.bridge.wire.shorten import cut
from gemma_events.events import Event, TextInput

IDLE_GAP = 0.005  # seconds: a send is a message, so only what was cut on its way is put together

_NEWLINES = re.compile('\r\n|\r|\n')


def one_line(text: str) -> str:
    """Text with a space for each newline."""
    return _NEWLINES.sub(' ', text) if '\n' in text or '\r' in text else text


class TextDecoder:
    """A Decoder for lines. One ends at its newline, or when nothing more comes; empty ones say nothing."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = bytearray()
        self._too_long = ''

    @property
    def pending(self) -> int:
        """Bytes held back."""
        return len(self._held)

    def feed(self, data: bytes) -> list[Event]:
        """See Decoder."""
        events: list[Event] = []
        *lines, rest = data.split(b'\n')
        for line in lines:
            if self._held or self._too_long or len(line) >= self._limit:
                events += self._hold(line)
                events += self.flush()
            else:
                events += _events(line)
        return events + self._hold(rest) if rest else events

    def flush(self, closed: bool = False) -> list[Event]:
        """See Decoder."""
        line = bytes(self._held)
        reason, self._too_long = self._too_long, ''
        self._held.clear()
        return _events(line, reason)

    def _hold(self, data: bytes) -> list[Event]:
        events: list[Event] = []
        taken = 0
        while taken < len(data):
            room = self._limit - len(self._held)
            self._held += data[taken : taken + room]
            taken += room
            if len(self._held) == self._limit:
                events += _events(bytes(self._held), f'longer than {self._limit} bytes')
                self._held.clear()
                self._too_long = f'the rest of what was longer than {self._limit} bytes'
        return events


def _events(line: bytes, reason: str = '') -> list[Event]:
    line = line.removesuffix(b'\r')
    if not line or (reason and not line.strip()):
        return []
    try:
        return [unrecognised(line, reason) if reason else TextInput(text=decode_utf8(line))]
    except NotUnderstood as error:
        return [unrecognised(line, str(error))]


def encode(event: TextInput, *, limit: int | None = None, to_server: bool = False) -> Encoded | None:
    """The text as one line, a newline in it written as a space. A long one is cut at a word. None for no text."""
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
