"""The speech format: lines of text that end where the next one begins.

A stop line with a `Transcript:` stands for two events: it is decoded as a `speech_stopped` with `transcript_follows`
and a `transcript`, so that on a topic each start has its stop. Encoding writes the line for the `transcript`, and
none for the stop before it. A stop line without one is a `speech_stopped` alone.
"""

from __future__ import annotations

import functools
import re
from datetime import datetime, tzinfo

from gemma_events.bridge.wire.codec import (
    Encoded,
    Format,
    Importance,
    NotUnderstood,
    decode_utf8,
    stamp_from,
    unrecognised,
)
from gemma_events.bridge.wire.receive_buffer import Piece, ReceiveBuffer
from gemma_events.bridge.wire.shorten import cut
from gemma_events.bridge.wire.text import one_line
from gemma_events.events import SECOND, Event, SpeechEvent

LARGEST_NUMBER = 2**32 - 1  # uint32
LONGEST_DURATION = 2**31 * SECOND - 1  # int32 seconds
BEGINNING_LENGTH = len('[2024-01-01 12:00:00] Speech')
SPACE = ' \t\r\n'
# In an event a duration of 0 means unknown; a line can give one of 0 all the same.
ZERO_DURATION = '{"duration": 0.0}'

_TIME = r'\[([0-9]{4})-([0-9]{2})-([0-9]{2}) ([0-9]{2}):([0-9]{2}):([0-9]{2})\]'
_BOUNDARY = re.compile(rf'\n|{_TIME} Speech'.encode())
_BLANK = re.compile(rb'[ \t\r\n]+')
_STARTED = re.compile(rf'{_TIME} Speech started \(Event #[0-9]+\)'.encode())
_LINE = re.compile(
    rf'{_TIME} Speech (?:started(?: \(Event #(?P<started>[0-9]{{1,10}})\))?'
    r'|(?P<stop>stopped)(?: \(Event #(?P<stopped>[0-9]{1,10})\))?'
    r'(?: - Duration: (?P<duration>[0-9]{1,10}(?:\.[0-9]+)?) seconds)?'
    r'(?: - Transcript:(?P<transcript>.*))?)',
    re.DOTALL,
)
# A transcript that quotes such a beginning would end there for every reader. A no-break space looks the same.
_QUOTED = re.compile(rf'({_TIME}) (?=Speech)')
_MASKED = re.compile(rf'({_TIME})\u00a0(?=Speech)')


class SpeechDecoder:
    """A Decoder for speech lines; `zone` is the writer's time zone, None: this machine's.

    A start with its number is complete as it stands. Every other line ends where the next one begins, at a newline,
    or when nothing more comes.
    """

    def __init__(self, limit: int, zone: tzinfo | None = None) -> None:
        self._buffer, self._zone = ReceiveBuffer(limit), zone

    @property
    def pending(self) -> int:
        """Bytes held back."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Event]:
        """See Decoder."""
        return self._events(self._buffer.feed(data, self._next, self._overflow))

    def flush(self, closed: bool = False) -> list[Event]:
        """See Decoder."""
        return self._events([(self._buffer.take(len(self._buffer)), '')])

    def _next(self) -> Piece | None:
        buffer = self._buffer
        if complete := _STARTED.match(buffer.held) or _BLANK.match(buffer.held):
            return buffer.take(complete.end()), ''
        boundary = _BOUNDARY.search(buffer.held, max(1, buffer.at))  # this message begins at 0
        if boundary:
            return buffer.take(boundary.start()), ''
        buffer.at = len(buffer) - BEGINNING_LENGTH
        return None

    def _overflow(self) -> Piece:
        return self._buffer.take(self._buffer.limit - BEGINNING_LENGTH), self._buffer.too_long

    def _events(self, pieces: list[Piece]) -> list[Event]:
        events: list[Event] = []
        for data, reason in pieces:
            if not data.strip():
                continue
            try:
                if reason:
                    raise NotUnderstood(reason)
                events += _read(decode_utf8(data).strip(SPACE), self._zone)
            except NotUnderstood as error:
                events.append(unrecognised(data, str(error)))
        return events


def _read(line: str, zone: tzinfo | None) -> list[Event]:
    match = _LINE.fullmatch(line)
    if match is None:
        raise NotUnderstood('not in one of the forms of "Speech started" and "Speech stopped"')
    stamp = _stamp(match, zone)
    if not match['stop']:
        return [SpeechEvent(SpeechEvent.SPEECH_STARTED, stamp, event_number=_number(match['started']))]
    number, duration, text = _number(match['stopped']), _duration(match['duration']), match['transcript']
    extra = ZERO_DURATION if duration == 0 and match['duration'] else ''
    stopped = SpeechEvent(
        SpeechEvent.SPEECH_STOPPED,
        stamp,
        event_number=number,
        duration=duration,
        transcript_follows=text is not None,
        extra=extra,
    )
    if text is None:
        return [stopped]
    transcript = _MASKED.sub(r'\1 ', text.strip(SPACE))
    return [
        stopped,
        SpeechEvent(
            SpeechEvent.TRANSCRIPT, stamp, event_number=number, duration=duration, transcript=transcript, extra=extra
        ),
    ]


def _stamp(match: re.Match[str], zone: tzinfo | None) -> int:
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    try:
        return stamp_from(datetime(year, month, day, hour, minute, second, tzinfo=zone).timestamp())
    except (ValueError, OverflowError, OSError):  # a 13th month, a year that the C library does not know
        return 0


def _number(text: str | None) -> int:
    number = int(text or 0)
    if number > LARGEST_NUMBER:
        raise NotUnderstood(f'event number {number} is too large')
    return number


def _duration(text: str | None) -> int:
    seconds, _, fraction = (text or '0').partition('.')
    duration = int(seconds) * SECOND + (int(f'{fraction:0<10.10}') + 5) // 10
    if duration > LONGEST_DURATION:
        raise NotUnderstood('the duration is too long')
    return duration


def encode(
    event: SpeechEvent, *, limit: int | None = None, to_server: bool = False, zone: tzinfo | None = None
) -> Encoded | None:
    """A line for a start, for a transcript, and for a stop that no transcript follows; None for all else.

    A newline in a transcript is written as a space, and white space around it is left out; a long one is cut at a
    word. For a legacy server each stop line has a `Transcript:`: without one it crashes. `zone` is the reader's time
    zone, None: this machine's. Raises ValueError or OverflowError for a stamp that the calendar does not have.
    """
    if event.event_type == SpeechEvent.SPEECH_STARTED:
        return Encoded(f'{_beginning(event.stamp // SECOND, zone)} started (Event #{event.event_number})'.encode())
    if event.event_type == SpeechEvent.SPEECH_STOPPED and not event.transcript_follows:
        tail = ' - Transcript: ' if to_server else ''
        return Encoded((_stopped(event, zone) + tail).encode())
    if event.event_type != SpeechEvent.TRANSCRIPT:
        return None
    head = (_stopped(event, zone) + ' - Transcript: ').encode()
    data = head + _transcript(event.transcript)
    if limit is None or len(data) <= limit:
        return Encoded(data)
    room = limit - len(head)
    return Encoded(
        head + _transcript(cut(event.transcript, lambda text: len(_transcript(text)) <= room)), shortened=True
    )


@functools.lru_cache(maxsize=8)  # events come in order: mostly within the same second
def _beginning(seconds: int, zone: tzinfo | None) -> str:
    return f'[{datetime.fromtimestamp(seconds, zone):%Y-%m-%d %H:%M:%S}] Speech'


def _stopped(event: SpeechEvent, zone: tzinfo | None) -> str:
    number = f' (Event #{event.event_number})' if event.event_number else ''
    duration = (
        f' - Duration: {_seconds(event.duration)} seconds' if event.duration or event.extra == ZERO_DURATION else ''
    )
    return f'{_beginning(event.stamp // SECOND, zone)} stopped{number}{duration}'


def _seconds(duration: int) -> str:
    """At least two decimals, more where the duration has them."""
    whole, fraction = divmod(min(max(duration, 0), LONGEST_DURATION), SECOND)
    digits = f'{fraction:09}'.rstrip('0')
    return f'{whole}.{digits:0<2}'


def _transcript(text: str) -> bytes:
    text = one_line(text).strip(SPACE)
    if '] Speech' in text:
        text = _QUOTED.sub('\\1\u00a0', text)
    return text.encode('utf-8', 'replace')


def importance(event: SpeechEvent) -> Importance:
    """Programs wait for the end of speech and for its text; a partial transcript is replaced by the next."""
    return _IMPORTANCE.get(event.event_type, Importance.ORDINARY)


_IMPORTANCE = {
    SpeechEvent.TRANSCRIPT_PARTIAL: Importance.PASSING,
    SpeechEvent.SPEECH_STOPPED: Importance.IMPORTANT,
    SpeechEvent.TRANSCRIPT: Importance.IMPORTANT,
}
SPEECH = Format(
    'speech',
    SpeechEvent,
    topic='speech',
    decoder=SpeechDecoder,
    encode=encode,
    example='transcript event_number=7 transcript="turn on the light"',
    importance=importance,
    differs_for_servers=True,
)
