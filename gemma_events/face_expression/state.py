"""What the face should express, as a function of what happened and of the time: pure.

Times are ns of any clock that does not jump. All that is asked for or heard of lapses, in case its end is never told:

    talking          30 s after the request; a program that talks for longer asks again
    an expression    Habits.expression_lasts after the request
    listening        turns.LONGEST_UTTERANCE after a person began
    thinking         10 s after the transcript
    a glance         1.5 s
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from gemma_events.events import EXPRESSIONS, SECOND, ActionStatus, FaceExpression, Nanoseconds, SpeechEvent, VisionEvent
from gemma_events.turns import SPEAK, Floor

NEUTRAL, LISTENING, THINKING, ASLEEP = (
    FaceExpression.NEUTRAL,
    FaceExpression.LISTENING,
    FaceExpression.THINKING,
    FaceExpression.ASLEEP,
)
TALKING_LASTS = 30 * SECOND
LONGEST_THOUGHT = 10 * SECOND
GLANCE = 3 * SECOND // 2
WIDEST_GLANCE = 0.9

LONGEST_NAME = 100  # characters that are kept of what nobody knows
HOUR = 3600 * SECOND
Received = FaceExpression | ActionStatus | SpeechEvent | VisionEvent


@dataclass(frozen=True, slots=True)
class Habits:
    """What the face does by itself."""

    blinking: bool = True
    saccades: bool = True
    breathing: bool = True
    thinking: bool = True
    listening: bool = True
    glance: bool = True
    sleep: bool = True
    expression_lasts: Nanoseconds = HOUR  # 0: until another is asked for
    sleep_after: Nanoseconds = 10 * 60 * SECOND  # without any event


@dataclass(frozen=True, slots=True)
class Mood:
    """What is to be expressed."""

    expression: str = NEUTRAL  # one of EXPRESSIONS
    talking: bool = False  # as a program asked for
    glance: tuple[float, float] | None = None  # where the eyes look: right and down in the picture, -1 to 1


@dataclass(frozen=True, slots=True)
class FaceState:
    """What was asked for, and who speaks: `after` each event a new one, `at` any time a mood."""

    expression: str = NEUTRAL  # as it was asked for: any text
    asked: Nanoseconds = 0  # when
    talk_asked: Nanoseconds | None = None  # when talking was asked for last; None: it is not
    floor: Floor = field(default_factory=Floor)
    transcript: Nanoseconds | None = None  # when somebody had said something that is not answered yet
    appeared: tuple[float, float] | None = None  # where, as Mood.glance
    appeared_at: Nanoseconds = 0
    stirred: Nanoseconds = 0  # when anything happened last

    def after(self, event: Received, now: Nanoseconds) -> FaceState:
        """The state once this has happened."""
        state = replace(self, stirred=now)
        if isinstance(event, FaceExpression):
            return state._asked_for(event, now)
        if isinstance(event, VisionEvent):
            return state._seen(event, now)
        floor = self.floor.after(event, now)
        if isinstance(event, ActionStatus):
            answers = event.action == SPEAK and event.event_type == ActionStatus.ACTION_STARTED
            return replace(state, floor=floor, transcript=None if answers else self.transcript)
        said = event.event_type == SpeechEvent.TRANSCRIPT and event.transcript.strip()
        return replace(state, floor=floor, transcript=now if said else self.transcript)

    def sounded(self, now: Nanoseconds) -> FaceState:
        """The state once the robot has made a sound."""
        return replace(self, stirred=now, transcript=None)

    def at(self, now: Nanoseconds, habits: Habits = Habits()) -> Mood:
        """What is to be expressed at a time not before the last event."""
        talking = self.talking(now)
        glances = habits.glance and now - self.appeared_at < GLANCE
        return Mood(self._shown(now, habits, talking), talking, self.appeared if glances else None)

    def talking(self, now: Nanoseconds) -> bool:
        """Whether a program asks for a mouth that moves."""
        return self.talk_asked is not None and now - self.talk_asked < TALKING_LASTS

    def lasting(self, now: Nanoseconds, habits: Habits) -> str:
        """The expression that was asked for, any text, or neutral once it has lapsed."""
        lapsed = habits.expression_lasts and now - self.asked >= habits.expression_lasts
        return NEUTRAL if lapsed else self.expression

    # --- inside -----------------------------------------------------------------------------------

    def _shown(self, now: Nanoseconds, habits: Habits, talking: bool) -> str:
        asked = self.lasting(now, habits)
        if asked in EXPRESSIONS and asked not in (NEUTRAL, FaceExpression.NORMAL):
            return asked  # a request goes first
        if talking:
            return NEUTRAL
        if self.floor.person_speaks(now):  # also when the robot has paused in its speech for that
            return LISTENING if habits.listening else NEUTRAL
        if self.floor.robot_speaks(now):
            return NEUTRAL
        if habits.thinking and self.transcript is not None and now - self.transcript < LONGEST_THOUGHT:
            return THINKING
        return ASLEEP if habits.sleep and now - self.stirred >= habits.sleep_after else NEUTRAL

    def _asked_for(self, event: FaceExpression, now: Nanoseconds) -> FaceState:
        expression = event.expression.strip().lower()[:LONGEST_NAME]
        state = replace(self, expression=expression, asked=now) if expression else self
        if not event.talking:
            return replace(state, talk_asked=None)
        return replace(state, talk_asked=now, transcript=None)

    def _seen(self, event: VisionEvent, now: Nanoseconds) -> FaceState:
        """A camera's left is the robot's left, which is right for who looks at its face."""
        boxes = [each for each in event.objects if each.width > 0 and each.height > 0]
        if event.event_type != VisionEvent.OBJECT_APPEARED or not boxes or not event.image_width:
            return self
        largest = max(boxes, key=lambda each: each.width * each.height)
        right = 1 - 2 * (largest.x + largest.width / 2) / event.image_width
        down = 2 * (largest.y + largest.height / 2) / event.image_height - 1 if event.image_height else 0.0
        return replace(self, appeared=(_glance(right), _glance(down)), appeared_at=now)


def _glance(where: float) -> float:
    return max(-WIDEST_GLANCE, min(WIDEST_GLANCE, where)) if where == where else 0.0
