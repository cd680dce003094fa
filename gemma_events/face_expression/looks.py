"""What makes each expression: numbers that can be mixed, so that one face turns into another. Pure."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace
from typing import Any

from gemma_events.events import FaceExpression as Asked

Pair = tuple[float, float]  # of the left and the right one in the picture, or of x and y
Marks = tuple[tuple[str, float], ...]  # what is drawn beside the features, and how large: 0 to 1


@dataclass(frozen=True, slots=True)
class Look:
    """A face at rest. All numbers are relative to the plain face, 0 meaning none where nothing else is said."""

    smile: float = 0.45  # 1: the corners of the mouth far up, -1: far down
    opened: float = 0.0  # how far the mouth is, 0 to 1
    wide: float = 1.0  # width of the mouth, 1: the plain one
    tilt: float = 0.0  # of the mouth: 1: its right corner far up
    wave: float = 0.0  # 1: the lips are a wavy line
    teeth: float = 0.0  # how much of the open mouth they fill
    tongue: float = 0.0  # how far it is stuck out
    eyes: Pair = (1.0, 1.0)  # their size
    lids: Pair = (0.0, 0.0)  # how far the upper ones have come down, 0 to 1
    under: Pair = (0.0, 0.0)  # how far the lower ones have come up, 0 to 1
    slant: float = 0.0  # of the upper lids: 1: down at the nose (angry), -1: down at the temples (sad)
    shut: float = 0.0  # 1: the eyes are closed lines
    bend: float = 1.0  # of these lines: 1: down like a bowl (asleep), -1: up like a bow (glad)
    pupils: float = 1.0  # their size
    gaze: Pair = (0.0, 0.0)  # where the eyes look: right and down, -1 to 1
    brows: Pair = (0.0, 0.0)  # how far each is raised, -1 to 1
    frown: float = 0.0  # 1: the inner ends of the brows far down (angry), -1: far up (sad)
    blush: float = 0.35  # how red the cheeks are, 0 to 1
    red: float = 0.0  # how far the whole head is, 0 to 1; so
    pale: float = 0.0
    green: float = 0.0
    marks: Marks = ()


@dataclass(frozen=True, slots=True)
class Face:
    """All that a picture of the face depends on; equal faces are equal pictures."""

    look: Look
    mouth: float | None = None  # how far it is open to talk, 0 to 1; None: as the look has it
    blink: float = 0.0  # 1: the eyes are closed
    glance: tuple[float, float] = (0.0, 0.0)  # where the eyes look beside the look's own gaze, -1 to 1
    breath: float = 0.0  # 1: breathed in


LOOKS: dict[str, Look] = {
    Asked.NEUTRAL: Look(),
    Asked.HAPPY: Look(smile=1.0, opened=0.55, wide=1.25, under=(0.17, 0.17), brows=(0.4, 0.4), blush=0.8),
    Asked.SAD: Look(
        smile=-0.75, wide=0.85, slant=-0.55, lids=(0.15, 0.15), gaze=(0, 0.5), frown=-0.9, blush=0.1, marks=(('tear',
        1),)
    ),
    Asked.ANGRY: Look(
        smile=-0.65, wide=0.9, slant=0.9, lids=(0.15, 0.15), brows=(-0.5, -0.5), frown=1.0, blush=0.1, red=0.25
    ),
    Asked.SURPRISED: Look(
        smile=0.0, opened=0.6, wide=0.36, eyes=(1.2, 1.2), pupils=0.75, brows=(1.0, 1.0), blush=0.3
    ),
    Asked.DISGUSTED: Look(
        smile=-0.7, wide=0.9, tongue=1.0, tilt=0.2, lids=(0.5, 0.3), under=(0.3, 0.25), gaze=(-0.6, 0.1),
        brows=(-0.4, 0.1), frown=0.5, blush=0, green=0.55,
    ),
    Asked.SCARED: Look(
        smile=-0.4, opened=0.42, wide=0.95, wave=0.5, teeth=1.0, eyes=(1.12, 1.12), pupils=0.45, brows=(0.6, 0.6),
        frown=-0.8, blush=0, pale=0.4, marks=(('sweat', 1),),
    ),
    Asked.PLEADING: Look(
        smile=-0.25, wide=0.4, eyes=(1.25, 1.25), pupils=1.55, gaze=(0, -0.25), brows=(0.5, 0.5), frown=-1.0, blush=0.7,
        marks=(('gleam', 1),),
    ),
    Asked.VULNERABLE: Look(
        smile=-0.2, wide=0.6, wave=0.6, eyes=(0.9, 0.9), pupils=1.25, slant=-0.3, gaze=(-0.5, 0.35), brows=(0.2, 0.2),
        frown=-0.8, blush=0.5, marks=(('plaster', 1), ('gleam', 0.7)),
    ),
    Asked.DESPAIRED: Look(
        smile=-0.9, opened=0.75, wide=0.95, shut=1, bend=-0.5, brows=(0.2, 0.2), frown=-1.0, blush=0.2,
        marks=(('streams', 1),),
    ),
    Asked.GUILTY: Look(
        smile=-0.1, opened=0.32, wide=0.75, teeth=1.0, lids=(0.12, 0.12), gaze=(0.95, 0.45), brows=(0.1, 0.3),
        frown=-0.6,
        blush=0.75, marks=(('sweat', 1),),
    ),
    Asked.DISAPPOINTED: Look(
        smile=-0.5, wide=0.7, lids=(0.42, 0.42), slant=-0.35, gaze=(0, 0.75), brows=(-0.1, -0.1), frown=-0.4, blush=0.1,
        marks=(('sigh', 1),),
    ),
    Asked.EMBARRASSED: Look(
        smile=0.35, wide=0.65, wave=0.7, under=(0.15, 0.15), gaze=(-0.9, 0.55), brows=(0.5, 0.5), frown=-0.4, blush=1.0,
        red=0.18, marks=(('flush', 1),),
    ),
    Asked.HORRIFIED: Look(
        smile=-0.2, opened=1.0, wide=0.62, eyes=(1.32, 1.32), pupils=0.28, brows=(0.9, 0.9), frown=-0.6, blush=0,
        pale=0.9,
        marks=(('gloom', 1),),
    ),
    Asked.SKEPTICAL: Look(
        smile=-0.15, wide=0.7, tilt=0.55, lids=(0.45, 0.0), under=(0.1, 0.0), gaze=(0.3, 0), brows=(-0.5, 1.0),
        frown=0.25,
        blush=0.2,
    ),
    Asked.ANNOYED: Look(
        smile=-0.3, wide=0.75, lids=(0.45, 0.45), gaze=(0, -0.1), brows=(-0.75, -0.75), frown=0.25, blush=0.1,
        marks=(('anger', 1),),
    ),
    Asked.FURIOUS: Look(
        smile=-0.6, opened=0.5, wide=1.2, teeth=1.0, slant=1.0, lids=(0.2, 0.2), under=(0.15, 0.15), pupils=0.6,
        brows=(-0.7, -0.7), frown=1.3, blush=0, red=1.0, marks=(('steam', 1), ('anger', 1)),
    ),
    Asked.SUSPICIOUS: Look(
        smile=-0.15, wide=0.6, tilt=-0.2, lids=(0.45, 0.45), under=(0.33, 0.33), gaze=(0.95, 0), brows=(-0.8, -0.45),
        frown=0.5, blush=0.1,
    ),
    Asked.REJECTED: Look(
        smile=-0.6, wide=0.7, lids=(0.3, 0.3), slant=-0.5, gaze=(-0.85, 0.6), frown=-0.7, blush=0.1, pale=0.15,
        marks=(('heartbreak', 1),),
    ),
    Asked.BORED: Look(
        smile=-0.05, wide=0.6, tilt=-0.25, lids=(0.55, 0.55), gaze=(0.75, -0.35), brows=(0.0, 0.0), blush=0.1,
        marks=(('dots', 1),),
    ),
    Asked.TIRED: Look(
        smile=0.0, opened=0.62, wide=0.6, lids=(0.66, 0.66), slant=-0.15, gaze=(0, 0.5), brows=(0.45, 0.45),
        frown=-0.35,
        blush=0.1, marks=(('bags', 1),),
    ),
    Asked.ASLEEP: Look(smile=0.35, wide=0.5, shut=1, bend=1, blush=0.5, marks=(('snore', 1),)),
    Asked.CONFUSED: Look(
        smile=-0.1, wide=0.85, wave=1.0, eyes=(1.15, 0.9), pupils=0.8, gaze=(-0.2, -0.5), brows=(0.9, -0.2), frown=-0.2,
        blush=0.2, marks=(('question', 1),),
    ),
    Asked.AMAZED: Look(
        smile=0.8, opened=0.75, wide=0.85, eyes=(1.25, 1.25), pupils=1.1, brows=(1.0, 1.0), blush=0.7,
        marks=(('stars', 1),)
    ),
    Asked.EXCITED: Look(
        smile=1.0, opened=0.95, wide=1.4, teeth=0.28, shut=1, bend=-1.0, brows=(0.9, 0.9), blush=1.0,
        marks=(('sparkles', 1),),
    ),
    Asked.THINKING: Look(
        smile=0.1, wide=0.55, tilt=0.2, gaze=(0.75, -0.85), brows=(-0.2, 0.7), frown=0.1, marks=(('thought', 1),)
    ),
    Asked.LISTENING: Look(
        smile=0.55, wide=0.8, eyes=(1.08, 1.08), brows=(0.6, 0.6), gaze=(0, -0.05), marks=(('sound', 1),)
    ),
}  # fmt: skip
LOOKS[Asked.NORMAL] = LOOKS[Asked.NEUTRAL]

_NUMBERS = tuple(field.name for field in dataclasses.fields(Look) if field.name != 'marks')


def mixed(one: Look, other: Look, share: float) -> Look:
    """The look between two; `share` of the other one, 0 to 1. At the ends it is the one or the other itself."""
    if share <= 0 or one is other:
        return one
    if share >= 1:
        return other
    values: dict[str, Any] = {name: _between(getattr(one, name), getattr(other, name), share) for name in _NUMBERS}
    amounts = {name: amount * (1 - share) for name, amount in one.marks}
    for name, amount in other.marks:
        amounts[name] = amounts.get(name, 0.0) + amount * share
    return replace(one, **values, marks=tuple(amounts.items()))


def _between(one: float | Pair, other: float | Pair, share: float) -> float | Pair:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share
    assert not isinstance(one, tuple) and not isinstance(other, tuple)
    return one + (other - one) * share
