"""What moves in a face by itself, and how one expression turns into the next: pure functions of the time in ns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gemma_events.events import SECOND, Nanoseconds
from gemma_events.face_expression.looks import LOOKS, Face, Look, mixed
from gemma_events.face_expression.mouth import pattern
from gemma_events.face_expression.state import ASLEEP, NEUTRAL, Habits, Mood

MILLISECOND = SECOND // 1000
TURN = 200 * MILLISECOND  # from one expression to another
TURN_STEPS = 8

BLINK = (60 * MILLISECOND, 140 * MILLISECOND, 200 * MILLISECOND)  # half closed until, closed until, half open until
BLINK_EVERY = 4 * SECOND  # on average
BLINK_AGAIN = 350 * MILLISECOND  # for the second of two, which one in six is
SACCADE_EVERY = 1700 * MILLISECOND
SACCADES = ((0.0, 0.0), (0.0, 0.0), (0.22, 0.0), (-0.22, 0.0), (0.14, 0.12), (-0.14, 0.12), (0.1, -0.14), (0.0, 0.0))
BREATH = 5200 * MILLISECOND
BREATH_LEVELS = (0, 1, 2, 3, 3, 3, 2, 1, 0, 0)  # thirds: in, hold, out, rest; few, for each is a picture to be drawn


def _chance(number: int, kind: int) -> int:
    """A number from 0 to 2**32 - 1 that looks like chance, and is always the same (splitmix64)."""
    z = (number * 0x9E3779B97F4A7C15 + kind * 0xD1B54A32D192ED03) & 0xFFFFFFFFFFFFFFFF
    z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    z = ((z ^ z >> 27) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    return (z ^ z >> 31) >> 32


def blink(now: Nanoseconds) -> float:
    """How far the eyes are closed, 0 to 1. People blink every 2 to 6 s, not like clockwork, and at times twice."""
    slot, into = divmod(now, BLINK_EVERY)
    begin = _chance(slot, 1) % (BLINK_EVERY - BLINK_AGAIN - BLINK[-1])
    since = into - begin
    if since >= BLINK_AGAIN and _chance(slot, 2) % 6 == 0:
        since -= BLINK_AGAIN
    if not 0 <= since < BLINK[-1]:
        return 0.0
    return 1.0 if BLINK[0] <= since < BLINK[1] else 0.5


def saccade(now: Nanoseconds) -> tuple[float, float]:
    """Where the eyes look beside what they look at: right and down, -1 to 1."""
    slot, into = divmod(now, SACCADE_EVERY)
    if into < _chance(slot, 3) % SACCADE_EVERY:  # until then as in the slot before
        slot -= 1
    return SACCADES[_chance(slot, 4) % len(SACCADES)]


def breath(now: Nanoseconds) -> float:
    """How far breathed in, 0 to 1."""
    return BREATH_LEVELS[now * len(BREATH_LEVELS) // BREATH % len(BREATH_LEVELS)] / max(BREATH_LEVELS)


@dataclass(frozen=True, slots=True)
class Turning:
    """One expression that turns into another, from when on."""

    NEVER: ClassVar[Nanoseconds] = -(2**62)

    expression: str = NEUTRAL
    source: Look = LOOKS[NEUTRAL]
    begun: Nanoseconds = NEVER

    def toward(self, expression: str, now: Nanoseconds) -> Turning:
        """The same, or another one that begins with how the face looks now."""
        return self if expression == self.expression else Turning(expression, self.look(now), now)

    def look(self, now: Nanoseconds) -> Look:
        """How the face looks at a time."""
        step = (now - self.begun) * TURN_STEPS // TURN
        share = min(max(step + 1, 0), TURN_STEPS) / TURN_STEPS
        return mixed(self.source, LOOKS[self.expression], share * share * (3 - 2 * share))


def face(mood: Mood, look: Look, opening: float | None, now: Nanoseconds, habits: Habits) -> Face:
    """The face at a time; `opening` is the mouth's by what is played, None where nothing is."""
    awake = mood.expression != ASLEEP and look.shut < 1
    moving = saccade(now) if habits.saccades and awake else (0.0, 0.0)
    return Face(
        look=look,
        mouth=pattern(now) if opening is None and mood.talking else opening,
        blink=blink(now) if habits.blinking and awake else 0.0,
        glance=mood.glance if mood.glance is not None and awake else moving,
        breath=breath(now) if habits.breathing else 0.5,
    )
