"""What all wire formats have in common: bytes in, events out; events in, bytes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from gemma_events.events import SECOND, Event, UnrecognisedMessage, from_seconds

PENDING_LIMIT = 64 * 1024  # bytes of an event that is not complete yet
LEGACY_LIMIT = 1024  # bytes that a legacy reader takes as one message
SHORTEST_LIMIT = 256  # bytes; every event can be shortened to this

REPLACEMENT = '\ufffd'
TIME_RANGE = range(2**31 * SECOND)  # what builtin_interfaces/Time holds


class NotUnderstood(ValueError):  # noqa: N818 - no fault of ours: an answer
    """What came in is no event; the text says why."""


class Decoder(Protocol):
    """Finds the events in a stream of bytes, however it is cut. Never raises, whatever comes.

    What is no event comes out as an UnrecognisedMessage with `text`, `data` and `reason`. `endpoint`, `source`
    and stamps of 0 (none on the wire) are for the caller to fill.
    """

    @property
    def pending(self) -> int:
        """Bytes held back because their event may go on: never more than the limit."""

    def feed(self, data: bytes) -> list[Event]:
        """Take what came in; all events that are complete with it."""

    def flush(self, closed: bool = False) -> list[Event]:
        """Nothing more came for a short while, or (`closed`) will ever come.

        A pause ends what has no end mark: a text event, or bytes that are part of no event. An incomplete JSON
        value waits on, until `closed`.
        """


@dataclass(frozen=True, slots=True)
class Encoded:
    """An event as it goes on the wire; `shortened`: to fit, something of it was left out."""

    data: bytes
    shortened: bool = False


@dataclass(frozen=True)
class Format:
    """A wire format.

    `encode(event, *, limit=None, to_server=False)` gives None for an event that has no form on this wire;
    `limit` in bytes, at least SHORTEST_LIMIT; `to_server`: a legacy server will read it (`differs_for_servers`: which
    may change something). `delimited`: a reader can tell several events in one receive apart. `decoder(limit)` holds
    at most so many bytes back, at least 64.
    """

    name: str
    event_type: type
    delimited: bool
    decoder: Callable[[int], Decoder]
    encode: Callable[..., Encoded | None]
    differs_for_servers: bool = False


def unrecognised(data: bytes, reason: str) -> UnrecognisedMessage:
    """What could not be understood, whole."""
    return UnrecognisedMessage(text=clean(data.decode('utf-8', 'replace')), data=data, reason=clean(reason))


def clean(text: str) -> str:
    """Text that a ROS string can hold: a NUL ends it there, a lone surrogate has no UTF-8 form."""
    if '\0' in text:
        text = text.replace('\0', REPLACEMENT)
    if not text.isascii() and any('\ud800' <= character <= '\udfff' for character in text):
        text = ''.join(REPLACEMENT if '\ud800' <= character <= '\udfff' else character for character in text)
    return text


def decode_utf8(data: bytes) -> str:
    """Text without what ROS cannot hold. Raises NotUnderstood for anything but UTF-8."""
    try:
        return clean(data.decode())
    except UnicodeDecodeError as error:
        raise NotUnderstood(f'not UTF-8: {error.reason} at byte {error.start}') from error


def stamp_from(seconds: Any) -> int:
    """A wire's Unix seconds in ns; 0 for what is no number or no time that ROS can hold."""
    if type(seconds) not in (int, float) or not 0 <= seconds < 2**31:
        return 0
    stamp = from_seconds(seconds)
    return stamp if stamp in TIME_RANGE else 0
