"""Whose turn it is to speak, a person's or the robot's. Pure; times are ns of any clock that does not jump.

               robot starts to speak                    person starts to speak
    NOBODY ----------------------------> ROBOT -----------------------------------> BOTH (barge-in)
      ^ |                                  ^                                          |
      | +--- person starts ---> PERSON     +------------ person stops ----------------+
      +------ whoever spoke stops

Everyone who has to know follows the same events (`speech`, `action`, `action_status`) with a `Floor` of his own:
hearing asks it whether what it heard was a person, action output what gives way, the face who speaks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Protocol

from gemma_events.events import ENDINGS, SECOND, ActionEvent, ActionStatus, Nanoseconds, SpeechEvent
from gemma_events.words import likeness

SPEAK = 'speak'  # the action that makes a sound
# Should the end never be told, because who began is gone.
LONGEST_SPEECH = 1300 * SECOND  # of the robot: 10,000 characters at 80 words a minute
LONGEST_UTTERANCE = 60 * SECOND  # of a person: utterances are cut before that
TEXTS = 64  # that are remembered: more than wait to be spoken
LONGEST_TEXT = 10_000  # characters: no longer one is spoken
LIKENESS = 0.6  # share of the heard words that are also, in this order, in what the robot says

MILLISECOND = SECOND // 1000


class Turn(Enum):
    """Who speaks."""

    NOBODY = auto()
    PERSON = auto()
    ROBOT = auto()
    BOTH = auto()


class Attention(Enum):
    """What hearing does with sound."""

    LISTEN = 'listen'  # it is a person's
    IGNORE = 'ignore'  # it counts as silence
    GATE = 'gate'  # it may be the robot's own voice: an utterance is held back until its `verdict`


class Verdict(Enum):
    """Who spoke an utterance that was held back."""

    OPEN = auto()
    PERSON = auto()
    ROBOT = auto()


class Policy(Protocol):
    """What a robot's owner decides: hearing's settings."""

    @property
    def while_speaking(self) -> str:
        """An Attention's value."""

    @property
    def barge_in_ms(self) -> int:
        """For how long a person has to talk to interrupt the robot."""

    @property
    def own_tail_ms(self) -> int:
        """For how long the robot's voice is heard after it has ended."""


@dataclass(frozen=True, slots=True)
class Floor:
    """Who speaks, and what the robot says: `after` each event a new one."""

    robot: tuple[tuple[str, Nanoseconds], ...] = ()  # ids of the actions that speak, and when each began
    robot_ended: Nanoseconds | None = None
    person: Nanoseconds | None = None  # when a person started to talk
    texts: tuple[str, ...] = ()  # what the robot was asked to say, and said

    def after(self, event: SpeechEvent | ActionEvent | ActionStatus, now: Nanoseconds) -> Floor:
        """The floor once this has happened."""
        if isinstance(event, SpeechEvent):
            return self._after_speech(event.event_type, now)
        if event.action != SPEAK:
            return self
        if isinstance(event, ActionEvent):
            return self._knowing(event.content)
        if event.event_type == ActionStatus.ACTION_STARTED:
            going_on = [(name, began) for name, began in self.robot if name != event.id and _lasts(began, now)]
            return replace(self, robot=(*going_on, (event.id, now)))
        others = tuple((name, began) for name, began in self.robot if name != event.id)
        if event.event_type not in ENDINGS or others == self.robot:
            return self
        return replace(self, robot=others, robot_ended=now)._knowing(event.content_done)

    def turn(self, now: Nanoseconds) -> Turn:
        """Who speaks."""
        if self.robot_speaks(now):
            return Turn.BOTH if self.person_speaks(now) else Turn.ROBOT
        return Turn.PERSON if self.person_speaks(now) else Turn.NOBODY

    def robot_speaks(self, now: Nanoseconds) -> bool:
        """Whether the robot does."""
        return any(_lasts(began, now) for _, began in self.robot)

    def person_speaks(self, now: Nanoseconds) -> bool:
        """Whether a person does, or several."""
        return self.person is not None and now - self.person < LONGEST_UTTERANCE

    # --- for hearing ------------------------------------------------------------------------------

    def attention(self, now: Nanoseconds, policy: Policy) -> Attention:
        """What to do with sound that comes now: the policy holds while the microphone hears the robot."""
        tail = policy.own_tail_ms * MILLISECOND
        heard = self.robot_speaks(now) or (self.robot_ended is not None and now - self.robot_ended < tail)
        return Attention(policy.while_speaking) if heard else Attention.LISTEN

    def verdict(self, length: Nanoseconds, text: str | None, policy: Policy, *, over: bool, can_tell: bool) -> Verdict:
        """Who spoke an utterance, `length` of it so far, that began with Attention.GATE.

        `over`: no more of it comes. `text`: what it says, empty for no words; None: not known, and `can_tell` whether
        it will be. Where no text can be had it is a person: the robot may interrupt itself, but never be deaf to who
        stops it.
        """
        own = Verdict.ROBOT if over else Verdict.OPEN
        if length < policy.barge_in_ms * MILLISECOND:
            return own
        if text is None:
            return Verdict.OPEN if can_tell else Verdict.PERSON
        return Verdict.PERSON if text and not self.said(text) else own

    def said(self, text: str) -> bool:
        """Whether this is, more or less, a part of what the robot says or has just said."""
        return any(likeness(text, spoken) >= LIKENESS for spoken in self.texts)

    # --- inside -----------------------------------------------------------------------------------

    def _after_speech(self, event_type: str, now: Nanoseconds) -> Floor:
        if event_type == SpeechEvent.SPEECH_STARTED:
            return replace(self, person=now)
        ended = event_type in (SpeechEvent.SPEECH_STOPPED, SpeechEvent.TRANSCRIPT)
        return replace(self, person=None) if ended else self

    def _knowing(self, text: str) -> Floor:
        return replace(self, texts=(*self.texts, text[:LONGEST_TEXT])[-TEXTS:])


def takes_the_floor(event: SpeechEvent) -> bool:
    """Whether a person starts to talk, who is given way to."""
    return event.event_type == SpeechEvent.SPEECH_STARTED


def gives_way(action: ActionEvent) -> bool:
    """Whether an action, waiting or being done, is cancelled when a person takes the floor."""
    return action.action == SPEAK and action.priority < ActionEvent.URGENT


def _lasts(began: Nanoseconds, now: Nanoseconds) -> bool:
    return now - began < LONGEST_SPEECH
