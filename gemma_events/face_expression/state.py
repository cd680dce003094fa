"""What the face shows, as a function of what happened and of the time. Times are ns of any clock that does not jump."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from gemma_events.events import SECOND, ActionStatus, FaceExpression, Nanoseconds, SpeechEvent
from gemma_events.turns import Floor

NEUTRAL, LISTENING = 'neutral', 'listening'
EXPRESSIONS = (NEUTRAL, 'happy', 'sad', 'angry', 'surprised', 'thinking', LISTENING)  # any other is a neutral face

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
    """What was asked for, and who speaks: `after` each event a new one, `at` any time a face."""

    expression: str = NEUTRAL  # as it was asked for: any text
    talking: bool = False  # as it was asked for
    floor: Floor = field(default_factory=Floor)

    def after(self, event: FaceExpression | ActionStatus | SpeechEvent, now: Nanoseconds) -> FaceState:
        """The state once this has happened."""
        if isinstance(event, FaceExpression):
            return replace(self, expression=event.expression.strip().lower() or self.expression, talking=event.talking)
        return replace(self, floor=self.floor.after(event, now))

    def at(self, now: Nanoseconds) -> Face:
        """The face at a time not before the last event."""
        talking = self.talking or self.floor.robot_speaks(now)
        expression = self.expression if self.expression in EXPRESSIONS else NEUTRAL
        if expression == NEUTRAL and self.floor.person_speaks(now) and not talking:
            expression = LISTENING
        mouth = _MOUTH[now // MOUTH_STEP % len(_MOUTH)] if talking else None
        return Face(expression, mouth, any(0 <= now % BLINK_CYCLE - blink < BLINK for blink in _BLINKS))
