"""Wake words: what is said to the robot, and what is only said near it."""

from __future__ import annotations

from dataclasses import dataclass

from gemma_events.events import from_seconds
from gemma_events.settings import setting
from gemma_events.words import are_alike, split


@dataclass(frozen=True)
class WakeSettings:
    """What wakes the robot, and for how long."""

    wake_words: tuple[str, ...] = setting(
        (),
        'words or phrases ("gemma", "hey gemma") without which the text of a transcript is left out; none: it never is',
        live=True,
    )
    awake_for: float = setting(
        15.0,
        'how long after an utterance with a wake word no further one is needed',
        unit='s',
        low=0.0,
        high=3600.0,
        live=True,
    )
    asleep_text: bool = setting(False, 'publish the text of transcripts without a wake word as well', live=True)


class WakeWordGate:
    """Remembers until when the robot is awake. Times are nanoseconds of any clock that does not jump."""

    def __init__(self) -> None:
        self._awake_until = 0

    def is_awake(self, start: int, settings: WakeSettings) -> bool:
        """Whether what begins at `start` needs no wake word."""
        return not settings.wake_words or start <= self._awake_until

    def is_meant(self, text: str, start: int, end: int, settings: WakeSettings) -> bool:
        """Whether what was said from `start` to `end` was said to the robot; then it stays awake for a while."""
        meant = self.is_awake(start, settings) or contains(text, settings.wake_words)
        if meant and text:
            self._awake_until = end + from_seconds(settings.awake_for)
        return meant


def contains(text: str, phrases: tuple[str, ...]) -> bool:
    """Whether one of the phrases is in a text, however people and recognisers spell it: case, spaces, close words."""
    words = split(text)
    return any(_is_at(words[i:], split(phrase)) for phrase in phrases for i in range(len(words)))


def _is_at(words: list[str], phrase: list[str]) -> bool:
    """Whether a text begins with a phrase; its words may be joined or split ("he gemma", "heygemma")."""
    wanted = ''.join(phrase)
    return any(
        are_alike(''.join(words[:count]), wanted)
        for count in range(max(1, len(phrase) - 1), len(phrase) + 2)
        if count <= len(words)
    )
