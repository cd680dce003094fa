"""The robot's own voice: when it speaks, what it says, and whether that is what was heard."""

from __future__ import annotations

import difflib
from collections import deque
from dataclasses import dataclass

from gemma_events.events import LONGEST_SPEECH, SECOND, ActionEvent, ActionStatus
from gemma_events.hearing.wake_word import CLOSE, split
from gemma_events.settings import setting

TEXTS = 64  # that are remembered: more than wait to be spoken
LONGEST = LONGEST_SPEECH / SECOND  # seconds; whoever spoke for longer forgot to say that it ended
LIKENESS = 0.6  # share of the heard words that are also, in this order, in what the robot says


@dataclass(frozen=True)
class OwnSpeechSettings:
    """What to do with sound while the robot itself speaks."""

    while_speaking: str = setting(
        'listen',
        'while the robot speaks: listen as ever; ignore everything; or gate: take it for a person only when '
        'it goes on for barge_in_ms and, as far as a recogniser can tell, is not what the robot says',
        choices=('listen', 'ignore', 'gate'),
        live=True,
    )
    barge_in_ms: int = setting(
        600, 'for how long a person has to talk to interrupt the robot', unit='ms', low=0, high=10_000, live=True
    )
    own_tail_ms: int = setting(
        300, "for how long the robot's voice is heard after it has ended", unit='ms', low=0, high=5000, live=True
    )


class OwnSpeech:
    """Follows `action` and `action_status`. Times are seconds of a clock that does not jump."""

    def __init__(self) -> None:
        self._speaking: dict[str, float] = {}  # actions that speak, with when they began
        self._ended = float('-inf')  # when the last one ended
        self._texts: deque[str] = deque(maxlen=TEXTS)  # what it was asked to say; most actions come without an id

    def requested(self, event: ActionEvent) -> None:
        """An action is asked for."""
        if event.action == 'speak':
            self._texts.append(event.content)

    def fared(self, status: ActionStatus, now: float) -> None:
        """An action has begun or ended."""
        if status.action != 'speak':
            return
        if status.event_type == ActionStatus.ACTION_STARTED:
            self._speaking = {action: began for action, began in self._speaking.items() if now - began < LONGEST}
            self._speaking[status.id] = now
        elif self._speaking.pop(status.id, None) is not None:
            self._ended = now
            self._texts.append(status.content_done)

    def is_heard(self, now: float, settings: OwnSpeechSettings) -> bool:
        """Whether the microphone hears the robot."""
        speaking = any(now - began < LONGEST for began in list(self._speaking.values()))
        return speaking or now - self._ended < settings.own_tail_ms / 1000

    def said(self, text: str) -> bool:
        """Whether this is, more or less, a part of what the robot says or has just said."""
        return any(likeness(text, spoken) >= LIKENESS for spoken in list(self._texts))


def likeness(heard: str, spoken: str) -> float:
    """The share of the heard words that are, more or less and in the same order, among the spoken ones; 0 to 1."""
    own = split(spoken)
    words = [(difflib.get_close_matches(word, own, 1, CLOSE) or [word])[0] for word in split(heard)]
    if not words:
        return 1.0
    blocks = difflib.SequenceMatcher(None, words, own, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / len(words)
