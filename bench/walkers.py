"""A film of people who walk, as boxes: the truth, and what a detector makes of it, which errs as detectors do."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

WIDTH, HEIGHT = 1280.0, 720.0  # pixels
SPEED = (40.0, 160.0)  # pixels a second
MISSED, FALSE = 0.1, 0.05  # share of people that are not seen; false boxes a picture
JITTER = 0.03  # of a box, as a share of its size
HIDDEN = 0.5  # of a box that is behind a nearer one: more, and it is not seen

Box = tuple[float, float, float, float]  # x, y, width, height


@dataclass(frozen=True)
class Picture:
    """`people`: by number, those of whom a detector can see enough; `detected`: boxes and their confidence."""

    seconds: float
    people: dict[int, Box]
    detected: list[tuple[Box, float]]


@dataclass(frozen=True)
class Walker:
    """Walks through the picture, and may stand for a while on the way."""

    begin: float
    x: float
    y: float
    speed: float
    height: float
    stop: float  # after so many seconds
    stay: float

    def box(self, seconds: float) -> Box | None:
        """Where they are, if in the picture."""
        at = seconds - self.begin
        walked = min(at, self.stop) + max(0.0, at - self.stop - self.stay)
        width = 0.4 * self.height
        x = self.x + self.speed * walked
        return (x, self.y, width, self.height) if at >= 0 and -width / 2 < x < WIDTH - width / 2 else None


def film(seconds: float, rate: float, people: float, seed: int) -> Iterator[Picture]:
    """`people`: how many come in a second."""
    chance = random.Random(seed)
    walkers = [walker(chance, chance.uniform(-10, seconds)) for _ in range(round(people * (seconds + 10)))]
    for number in range(round(seconds * rate)):
        yield picture(walkers, number / rate, chance)


def walker(chance: random.Random, begin: float) -> Walker:
    """From left or right."""
    speed, height = chance.uniform(*SPEED), chance.uniform(120, 300)
    rightwards = chance.random() < 0.5
    return Walker(
        begin,
        -0.2 * height if rightwards else WIDTH - 0.2 * height,
        HEIGHT - height - chance.uniform(0, 120),
        speed if rightwards else -speed,
        height,
        chance.uniform(1, 8),
        chance.choice((0.0, 0.0, chance.uniform(1, 5))),
    )


def picture(walkers: list[Walker], seconds: float, chance: random.Random) -> Picture:
    """Of one moment; the larger ones are nearer."""
    there = {number: box for number, each in enumerate(walkers) if (box := each.box(seconds))}
    people: dict[int, Box] = {}
    for number, box in sorted(there.items(), key=lambda item: -item[1][3]):
        if all(covered(box, nearer) < HIDDEN for nearer in people.values()):
            people[number] = box
    detected = [
        (jittered(box, chance), chance.uniform(0.6, 0.95)) for box in people.values() if chance.random() > MISSED
    ]
    if chance.random() < FALSE:
        detected.append(((chance.uniform(0, 1100), chance.uniform(0, 400), 60.0, 150.0), chance.uniform(0.6, 0.7)))
    chance.shuffle(detected)
    return Picture(seconds, people, detected)


def jittered(box: Box, chance: random.Random) -> Box:
    """As a detector has it."""
    x, y, width, height = box
    return (
        x + chance.gauss(0, JITTER * width),
        y + chance.gauss(0, JITTER * height),
        width * chance.gauss(1, JITTER),
        height * chance.gauss(1, JITTER),
    )


def common(box: Box, other: Box) -> float:
    """The area that two boxes share."""
    x = min(box[0] + box[2], other[0] + other[2]) - max(box[0], other[0])
    y = min(box[1] + box[3], other[1] + other[3]) - max(box[1], other[1])
    return max(0.0, x) * max(0.0, y)


def covered(box: Box, nearer: Box) -> float:
    """The share of a box that is behind another."""
    return common(box, nearer) / (box[2] * box[3])


def overlap(box: Box, other: Box) -> float:
    """Intersection over union."""
    both = common(box, other)
    return both / (box[2] * box[3] + other[2] * other[3] - both)
