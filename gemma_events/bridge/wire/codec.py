"""What all wire formats have in common: `Format`, which says what a format is, and its parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Generic, Protocol, TypeVar

from gemma_events.events import SECOND, Event, UnrecognisedMessage, from_seconds
from gemma_events.words import printable

PENDING_LIMIT = 64 * 1024  # bytes of an event that is not complete yet
LEGACY_LIMIT = 1024  # bytes that a legacy reader takes as one message
SHORTEST_LIMIT = 256  # bytes; every event can be shortened to this
IDLE_GAP = 0.05  # seconds
IDLE_GAP_CHARACTER = 1.0  # seconds; within a character there is surely more to come

TIME_RANGE = range(2**31 * SECOND)  # what builtin_interfaces/Time holds

EventT = TypeVar('EventT', bound=Event)
Contra = TypeVar('Contra', contravariant=True)


class NotUnderstood(ValueError):  # noqa: N818 - no fault of ours: an answer
    """What came in is not an event; the text says why."""


class Decoder(Protocol):
    """Finds the events in a stream of bytes, however it is cut. Never raises, whatever comes.

    What is not an event comes out as an UnrecognisedMessage with `text`, `data` and `reason`. `endpoint`, `source`
    and stamps of 0 (none on the wire) are for the caller to fill in.
    """

    @property
    def pending(self) -> int:
        """Bytes held back because their event may go on: never more than the limit."""

    def feed(self, data: bytes) -> list[Event]:
        """All events that are complete with these bytes."""

    def flush(self, closed: bool = False) -> list[Event]:
        """All events that are complete because nothing more came for the format's `idle_gap`, or (`closed`) ever will.

        A pause ends what has no end mark: a text event, or bytes that are part of no event. An incomplete JSON
        value waits on, until `closed`.
        """


@dataclass(frozen=True, slots=True)
class Encoded:
    """An event as it goes on the wire; `shortened`: something of it was left out to make it fit."""

    data: bytes
    shortened: bool = False


class Encode(Protocol[Contra]):
    """Gives an event as it goes on the wire, None for one that has no form there.

    `limit`, in bytes and at least SHORTEST_LIMIT, holds for what a reader takes as one message; None: no limit.
    `to_server`: a legacy server will read it. Raises ValueError or OverflowError for a stamp that the format's
    calendar does not have, and nothing else whatever the event holds.
    """

    def __call__(self, event: Contra, *, limit: int | None = None, to_server: bool = False) -> Encoded | None:
        """See above."""


class Importance(IntEnum):
    """What is dropped first, and what last, when a queue is full."""

    PASSING = 0  # the next event of its kind replaces it
    ORDINARY = 1
    IMPORTANT = 2  # a program waits for it


class AnswerDecoder(Decoder, Protocol):
    """A Decoder of what a server sends that answers each event."""

    @property
    def acks(self) -> int:
        """How many answers have come so far."""


@dataclass(frozen=True)
class Answers:
    """For a format whose servers answer each event with `data`, and whose clients wait for that.

    `expects` says of bytes that could not be read whether they were meant as an event, and so are answered too.
    `decoder(limit)` reads what such a server sends, and holds at most `limit` bytes back.
    """

    data: bytes
    expects: Callable[[bytes], bool]
    decoder: Callable[[int], AnswerDecoder]


@dataclass(frozen=True)
class Format(Generic[EventT]):
    """A wire format, and all that it means for the bridge: a new one is its module and its row in `FORMATS`.

    What each format has to say:

    - `name`: what the parameter `<endpoint>.format` and `wire --format` call it.
    - `event_type`: the class of `gemma_events.events` that it carries.
    - `topic`: what its endpoints are joined with, unless a parameter names another topic.
    - `decoder(limit)`: a new Decoder, one for each connection, that holds at most `limit` bytes back (at least 64).
    - `encode`: the event as bytes; see Encode. What it gives, the decoder reads back, also when it was shortened.
    - `example`: an event as `wire send` takes it, such as `object_detected objects=person`.

    What differs between formats; the defaults are those of a plain JSON format:

    - `delimited`: a reader can tell several events in one receive apart. Otherwise a client gets each event only
      after it has taken the one before.
    - `idle_gap`: seconds without data, after which what has no end mark is complete.
    - `importance(event)`: what a full queue drops first.
    - `is_state(event)`: whether it holds until the next such event, so that who connects later gets the last one.
    - `state_topic`: where a node keeps its last state for who comes later, beside `topic`; empty: nowhere.
    - `completed(event, state)`: the event for a program that knows none before; `state` is the last one that was a
      state, None: there was none.
    - `answers`: what servers answer each event with; None: nothing.
    - `differs_for_servers`: `encode` gives something else with `to_server`.
    """

    name: str
    event_type: type[EventT]
    topic: str
    decoder: Callable[[int], Decoder]
    encode: Encode[EventT]
    example: str
    delimited: bool = False
    idle_gap: float = IDLE_GAP
    importance: Callable[[EventT], Importance] = lambda _event: Importance.ORDINARY
    is_state: Callable[[EventT], bool] = lambda _event: False
    state_topic: str = ''
    completed: Callable[[EventT, EventT | None], EventT] = lambda event, _state: event
    answers: Answers | None = None
    differs_for_servers: bool = False

    def state_topic_beside(self, topic: str) -> str:
        """The state's topic where events are on `topic`; empty: none, for nobody knows one beside another's name."""
        folder, _, name = f'/{topic}'.rpartition('/')
        return f'{folder}/{self.state_topic}'[1:] if self.state_topic and name == self.topic else ''


def cuts_character(tail: bytes) -> bool:
    """Whether bytes end within a UTF-8 character; the last three of them are enough to tell."""
    for follow, byte in enumerate(reversed(tail[-3:])):
        if 0xC2 <= byte <= 0xF4:
            return follow < 1 + (byte >= 0xE0) + (byte >= 0xF0)
        if not 0x80 <= byte < 0xC0:
            return False
    return False


def unrecognised(data: bytes, reason: str) -> UnrecognisedMessage:
    """An UnrecognisedMessage with all that could not be understood, and why."""
    return UnrecognisedMessage(text=printable(data.decode('utf-8', 'replace')), data=data, reason=printable(reason))


def decode_utf8(data: bytes) -> str:
    """Text that ROS can hold. Raises NotUnderstood for bytes that are not UTF-8."""
    try:
        return printable(data.decode())
    except UnicodeDecodeError as error:
        raise NotUnderstood(f'not UTF-8: {error.reason} at byte {error.start}') from error


def stamp_from(seconds: Any) -> int:
    """Unix seconds in ns; 0 for what is not a number, or not a time that ROS can hold (1970 to 2038)."""
    if type(seconds) not in (int, float) or not 0 <= seconds < 2**31:
        return 0
    stamp = from_seconds(seconds)
    return stamp if stamp in TIME_RANGE else 0
