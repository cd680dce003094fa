"""Which object of a picture is which of those before: boxes are followed from picture to picture. Pure.

Each box moves with a constant velocity as far as anybody knows (a Kalman filter over its centre, in the manner of
SORT, Bewley et al. 2016), and is the nearest one of the next picture, all pairs taken together (the assignment
problem). Near is meant by distance-IoU (Zheng et al. 2020): how much two boxes overlap, and beyond that how far apart
they are for their size, so that it also works where they do not overlap: small ones, slow detectors.

Written without arrays: for the few objects of a picture these cost more than they save.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gemma_events.events import SECOND, DetectedObject, Nanoseconds

try:
    import lap
except ImportError as error:
    raise ImportError(f'to follow what a camera sees takes lap (pip install lap): {error}') from error

MEASURED = 0.05**2  # variance of a box's place, in sizes of the box
ACCELERATION = 0.5**2  # variance, sizes a second squared: people turn and stop
START_SPEED = 1.0**2  # variance of what nobody has seen moving yet, sizes a second
RESIZING = 0.4  # share of a new size that is believed
NEAR = 0.1  # distance-IoU of two boxes that may be the same, at least: nearer than any two that only touch
WIDENING = 0.7  # less than that for each second since it was seen, as far as FARTHEST
FARTHEST = -0.35  # about one and a half widths apart
REACH = 1.4  # of two boxes, by their width and height: none that is farther away is as near as that
MISSING = 0.2  # of distance-IoU a second: of two that are as near, the one that was seen lately is meant
IMPOSSIBLE = 1e6  # as a cost
MAX_TRACKS = 256  # that are followed; the rest is left out


@dataclass(slots=True)
class Box:
    """By its centre, in pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(slots=True)
class Track:
    """An object that is followed."""

    number: int
    item: DetectedObject  # as it was detected last
    seen: Nanoseconds  # when that was
    key: str  # of the objects that it may be: label, and what else tells them apart
    box: Box  # where it is, as far as anybody knows
    speed: tuple[float, float] = (0.0, 0.0)  # pixels a second
    # Variances of place and speed and their covariance, for a box of size 1.
    of_place: float = MEASURED
    of_speed: float = START_SPEED
    of_both: float = 0.0

    def predict(self, seconds: float) -> None:
        """Where it is after this time, and how sure that is."""
        self.box.x += self.speed[0] * seconds
        self.box.y += self.speed[1] * seconds
        noise = ACCELERATION * seconds * seconds
        self.of_place += seconds * (2 * self.of_both + seconds * (self.of_speed + noise / 4))
        self.of_both += seconds * (self.of_speed + noise / 2)
        self.of_speed += noise

    def correct(self, item: DetectedObject, box: Box, time: Nanoseconds) -> None:
        """It was seen there."""
        self.item, self.seen, own = item, time, self.box
        total = self.of_place + MEASURED
        gain, gain_of_speed = self.of_place / total, self.of_both / total
        x, y = box.x - own.x, box.y - own.y
        self.speed = self.speed[0] + gain_of_speed * x, self.speed[1] + gain_of_speed * y
        own.x += gain * x
        own.y += gain * y
        own.width += RESIZING * (box.width - own.width)
        own.height += RESIZING * (box.height - own.height)
        self.of_speed -= gain_of_speed * self.of_both
        self.of_both *= 1 - gain
        self.of_place *= 1 - gain


class Tracker:
    """Give each picture's objects to `update`, in the order of their times; `forget` those that are gone."""

    def __init__(self, numbers: Iterator[int]) -> None:
        """`numbers`: of tracks, each once."""
        self.tracks: list[Track] = []
        self.refused = 0  # objects beyond MAX_TRACKS
        self._numbers = numbers
        self._time: Nanoseconds | None = None

    def update(self, objects: Sequence[DetectedObject], time: Nanoseconds) -> list[Track]:
        """The track of each object, in their order; without those that were refused."""
        if self._time is not None:
            seconds = (time - self._time) / SECOND
            for track in self.tracks:
                track.predict(seconds)
        self._time = time
        keys = _keys(objects)
        boxes = [Box(item.x + item.width / 2, item.y + item.height / 2, item.width, item.height) for item in objects]
        matched = assign(self._costs(objects, keys, boxes, time), len(self.tracks))
        known = len(self.tracks)
        found = []
        for item, key, box, index in zip(objects, keys, boxes, matched, strict=True):
            if 0 <= index < known:
                track = self.tracks[index]
                track.correct(item, box, time)
            elif len(self.tracks) < MAX_TRACKS:
                track = Track(next(self._numbers), item, time, key, box)
                self.tracks.append(track)
            else:
                self.refused += 1
                continue
            found.append(track)
        return found

    def forget(self, gone: Iterable[int]) -> None:
        """These numbers are no longer followed."""
        numbers = frozenset(gone)
        self.tracks = [track for track in self.tracks if track.number not in numbers]

    def _costs(
        self, objects: Sequence[DetectedObject], keys: Sequence[str], boxes: Sequence[Box], time: Nanoseconds
    ) -> list[dict[int, float]]:
        """Of each object the tracks that it may be, and what that costs.

        One that its detector has a name for, or no box, may be anywhere.
        """
        tracks: dict[str, list[_Candidate]] = {}  # by key
        for index, track in enumerate(self.tracks):
            missing = (time - track.seen) / SECOND
            least = max(NEAR - WIDENING * missing, FARTHEST)
            candidate = (index, track.box, least, MISSING * missing, track.box.x, _reach(track.box, least > 0))
            tracks.setdefault(track.key, []).append(candidate)
        costs = []
        for item, key, box in zip(objects, keys, boxes, strict=True):
            anywhere, found = bool(item.id) or not item.width, {}
            x, near_reach, far_reach = box.x, _reach(box, True), _reach(box, False)
            for index, other, least, penalty, other_x, reach in tracks.get(key, ()):
                if anywhere or abs(x - other_x) < reach + (near_reach if least > 0 else far_reach):
                    near = nearness(box, other)
                    if anywhere or near > least:
                        found[index] = penalty - near
            costs.append(found)
        return costs


_Candidate = tuple[int, Box, float, float, float, float]


def _reach(box: Box, overlaps: bool) -> float:
    """How far apart the centres of two boxes can be, this one's share, if they overlap or are nearer than FARTHEST."""
    return box.width / 2 if overlaps else REACH * (box.width + box.height)


def assign(costs: Sequence[dict[int, float]], columns: int) -> list[int]:
    """Of each row the column that is its own, so that the sum is least; -1 where there is none.

    A row has the costs of the columns that it may have, of so many.
    """
    best = [min(row, key=row.__getitem__) if row else -1 for row in costs]
    wanted = [column for column in best if column >= 0]
    if len(set(wanted)) == len(wanted):  # no two want the same
        return best
    matrix = np.full((len(costs), columns), IMPOSSIBLE)
    for number, row in enumerate(costs):
        for column, cost in row.items():
            matrix[number, column] = cost
    _, found, _ = lap.lapjv(matrix, extend_cost=True, cost_limit=IMPOSSIBLE / 2)
    return [int(column) for column in found]


def nearness(one: Box, other: Box) -> float:
    """Distance-IoU of two boxes: 1 the same, 0 or less where they only touch, near -1 far apart.

    Of two without a size at the same place, 0.
    """
    x, y = abs(one.x - other.x), abs(one.y - other.y)
    width, height = (one.width + other.width) / 2, (one.height + other.height) / 2
    around = max(x + width, one.width, other.width) ** 2 + max(y + height, one.height, other.height) ** 2
    apart = (x * x + y * y) / around if around else 0.0
    if x >= width or y >= height:
        return -apart
    common = min(width - x, one.width, other.width) * min(height - y, one.height, other.height)
    union = one.width * one.height + other.width * other.height - common
    return (common / union if union else 0.0) - apart


def _keys(objects: Sequence[DetectedObject]) -> list[str]:
    """What tells objects apart that no place does: their label and what their detector calls them.

    Of those without a box the first of a label is the first of the next picture, too.
    """
    counts: dict[str, int] = {}
    keys = []
    for item in objects:
        key = f'{item.label}\0{item.id}'
        if not (item.width or item.height):
            counts[key] = counts.get(key, 0) + 1
            key += f'\0{counts[key]}'
        keys.append(key)
    return keys
