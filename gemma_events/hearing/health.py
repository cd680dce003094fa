"""What can be wrong with hearing, how bad it is, and what to do: a table. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gemma_events.health import Condition, Health


@dataclass(frozen=True)
class Facts:
    """How hearing is doing. Texts say why something does not work; they are empty where it does."""

    lost: str = ''  # no device
    silent: str = ''  # nothing comes on the topic
    dropped: bool = False  # lately, sound was lost because it was not taken in time
    no_recogniser: str = ''
    failing: str = ''  # the recogniser, each of the last times
    late: bool = False  # lately, an utterance was answered with an error because there was no time for it
    not_recorded: str = ''


@dataclass(frozen=True)
class Row:
    """A fact, how bad it is, and what is said about it; `{}` stands for the fact's text."""

    fact: str
    level: bytes
    text: str


TABLE = (
    Row('lost', Health.ERROR, '{}'),
    Row('silent', Health.WARN, '{}'),
    Row(
        'dropped',
        Health.WARN,
        'sound was lost lately because this computer is too busy: let it do less, take a smaller model, or set vad to '
        'webrtc',
    ),
    Row('no_recogniser', Health.WARN, '{}'),
    Row('failing', Health.WARN, 'the recogniser fails each time ({}): set recogniser, model or compute_device'),
    Row(
        'late',
        Health.WARN,
        'lately there was no time to recognise an utterance: take a smaller model or another recogniser, or raise '
        'recognition_timeout',
    ),
    Row('not_recorded', Health.WARN, '{}'),
)


def conditions(facts: Facts) -> Iterator[Condition]:
    """All that is wrong."""
    for row in TABLE:
        if fact := getattr(facts, row.fact):
            yield Condition(row.level, row.text.format(fact))
