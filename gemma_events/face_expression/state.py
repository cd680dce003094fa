"""What the face shows, as a function of what happened and of the time. Times are ns of any steady clock."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gemma_events.events import LONGEST_SPEECH, SECOND, ActionStatus, FaceExpression, SpeechEvent

NEUTRAL, LISTENING = 'neutral', 'listening'
EXPRESSIONS = (NEUTRAL, 'happy', 'sad', 'angry', 'surprised', 'thinking', LISTENING)  # any other is a plain face

# Should the end never be told, because who began it is gone.
LISTENING_LIMIT = 60 * SECOND  # longer than utterances are

MOUTH_STEP = SECOND // 8  # syllables come at 4 to 5 Hz: each opens and closes
MOUTH_WIDEST = 3
_MOUTH = (1, 3, 2, 0, 2, 3, 1, 2, 0, 3, 2, 1, 3, 0)  # how far it is open, step by step

BLINK = SECOND // 5
BLINK_CYCLE = 17 * SECOND  # people blink every 3 to 6 s, not like clockwork
_BLINKS = (3 * SECOND, 7 * SECOND, 10 * SECOND, 15 * SECOND)


@dataclass(frozen=True, slots=True)
class Face:
    """All that a picture of the face depends on; equal faces are equal pictures."""

    expression: str = NEUTRAL  # one of EXPRESSIONS
    mouth: int | None = None  # 0 (closed) to MOUTH_WIDEST while talking; None: as the expression has it
    eyes_closed: bool = False


@dataclass(frozen=True, slots=True)
class FaceState:
    """What was asked for, and what goes on: `after` each event a new one, `at` any time a face."""

    expression: str = NEUTRAL
    talking: bool = False  # as a request said
    speaking: str | None = None  # the id of the speak action that is being done
    speaking_since: int = 0
    listening_since: int | None = None  # when a person started to talk

    def after(self, event: FaceExpression | ActionStatus | SpeechEvent, now: int) -> FaceState:
        """The state once this has happened."""
        if isinstance(event, FaceExpression):
            return replace(self, expression=event.expression.strip().lower() or self.expression, talking=event.talking)
        if isinstance(event, SpeechEvent):
            started = event.event_type == SpeechEvent.SPEECH_STARTED
            stopped = event.event_type in (SpeechEvent.SPEECH_STOPPED, SpeechEvent.TRANSCRIPT)
            return replace(self, listening_since=now if started else None if stopped else self.listening_since)
        if event.event_type == ActionStatus.ACTION_STARTED:
            return replace(self, speaking=event.id, speaking_since=now) if event.action == 'speak' else self
        return replace(self, speaking=None) if event.id == self.speaking and event.event_type in _ENDS else self

    def at(self, now: int) -> Face:
        """The face at a time not before the last event."""
        speaking = self.speaking is not None and now - self.speaking_since < LONGEST_SPEECH
        talking = self.talking or speaking
        listening = self.listening_since is not None and now - self.listening_since < LISTENING_LIMIT
        expression = self.expression if self.expression in EXPRESSIONS else NEUTRAL
        if expression == NEUTRAL and listening and not talking:
            expression = LISTENING
        mouth = _MOUTH[now // MOUTH_STEP % len(_MOUTH)] if talking else None
        return Face(expression, mouth, any(0 <= now % BLINK_CYCLE - blink < BLINK for blink in _BLINKS))


_ENDS = (ActionStatus.ACTION_FINISHED, ActionStatus.ACTION_CANCELLED, ActionStatus.ACTION_FAILED)
