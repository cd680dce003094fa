"""Which object of a picture is which of those before: boxes are followed from picture to picture. Pure.

Each box moves with a constant velocity as far as anybody knows (a Kalman filter over its centre, in the manner of
SORT, Bewley et al. 2016), and is the nearest one of the next picture, all pairs taken together (the assignment
problem). Near is meant by distance-IoU (Zheng et al. 2020): how much two boxes overlap, and beyond that how far apart
they are for their size, so that it also works where they do not overlap: small ones, slow detectors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gemma_events.events import SECOND, DetectedObject, Nanoseconds

try:
    import lap
except ImportError as error:
    raise ImportError(f'to follow what a camera sees takes lap (pip install lap): {error}') from error

Floats = NDArray[np.float64]

MEASURED = 0.05  # standard deviation of a box's place, as a share of its size
ACCELERATION = 0.5  # standard deviation, sizes of the box a second squared: people turn and stop
START_SPEED = 1.0  # standard deviation of what nobody has seen moving yet, sizes a second
RESIZING = 0.4  # share of a new size that is believed
NEAR = 0.1  # distance-IoU of two boxes that may be the same, at least: nearer than any two that only touch
WIDENING = 0.7  # less than that for each second since it was seen, as far as FARTHEST
FARTHEST = -0.35  # about one and a half widths apart
MISSING = 0.2  # of distance-IoU a second: of two that are as near, the one that was seen lately is meant
IMPOSSIBLE = 1e6  # as a cost
SMALLEST = 1e-9  # square pixels, of a box without a size
MAX_TRACKS = 256  # that are followed; the rest is left out


@dataclass(slots=True)
class Track:
    """An object that is followed."""

    number: int
    item: DetectedObject  # as it was detected last
    seen: Nanoseconds  # when that was
    key: str  # of the objects that it may be: label, and what else tells them apart


class Tracker:
    """Give each picture's objects to `update`, in the order of their times; `forget` those that are gone."""

    def __init__(self, numbers: Iterator[int]) -> None:
        """`numbers`: of tracks, each once."""
        self.tracks: list[Track] = []
        self.refused = 0  # objects beyond MAX_TRACKS
        self._numbers = numbers
        self._time: Nanoseconds | None = None
        self._place, self._speed, self._size = np.zeros((3, 0, 2))  # centre, of which velocity, width and height
        self._doubt = np.zeros((3, 0))  # variances of place and speed and their covariance, for a size of 1

    def update(self, objects: Sequence[DetectedObject], time: Nanoseconds) -> list[Track]:
        """The track of each object, in their order; without those that were refused."""
        self._predict(0.0 if self._time is None else max(0, time - self._time) / SECOND)
        self._time = time
        keys = _keys(objects)
        boxes = np.array([(item.x, item.y, item.width, item.height) for item in objects]).reshape(-1, 4)
        centres, sizes = boxes[:, :2] + boxes[:, 2:] / 2, boxes[:, 2:]
        matched = self._match(
            keys, np.array([bool(item.id or not item.width) for item in objects], bool), centres, sizes, time
        )
        known = matched >= 0
        self._correct(matched[known], centres[known], sizes[known])
        for index in np.flatnonzero(~known).tolist():
            matched[index] = self._add(objects[index], keys[index], centres[index], sizes[index], time)
        found = []
        for number, item in zip(matched.tolist(), objects, strict=True):
            if number >= 0:
                track = self.tracks[number]
                track.item, track.seen = item, time
                found.append(track)
        return found

    def forget(self, gone: Iterable[int]) -> None:
        """These numbers are no longer followed."""
        numbers = frozenset(gone)
        keep = [track.number not in numbers for track in self.tracks]
        self.tracks = [track for track, kept in zip(self.tracks, keep, strict=True) if kept]
        self._place, self._speed, self._size = self._place[keep], self._speed[keep], self._size[keep]
        self._doubt = self._doubt[:, keep]

    def _predict(self, seconds: float) -> None:
        """Where all are after this time, and how sure that is."""
        if not seconds or not self.tracks:
            return
        self._place += self._speed * seconds
        noise = ACCELERATION**2 * seconds**2
        place, speed, both = self._doubt
        place += 2 * seconds * both + seconds**2 * (speed + noise / 4)
        both += seconds * (speed + noise / 2)
        speed += noise

    def _correct(self, tracks: NDArray[np.intp], centres: Floats, sizes: Floats) -> None:
        """What was seen of these tracks."""
        doubt = self._doubt[:, tracks]
        place, speed, both = doubt
        gain, gain_of_speed = doubt[::2] / (place + MEASURED**2)
        error = centres - self._place[tracks]
        self._place[tracks] += gain[:, None] * error
        self._speed[tracks] += gain_of_speed[:, None] * error
        self._size[tracks] += RESIZING * (sizes - self._size[tracks])
        self._doubt[:, tracks] = place * (1 - gain), speed - gain_of_speed * both, both * (1 - gain)

    def _add(self, item: DetectedObject, key: str, centre: Floats, size: Floats, time: Nanoseconds) -> int:
        if len(self.tracks) == MAX_TRACKS:
            self.refused += 1
            return -1
        self.tracks.append(Track(next(self._numbers), item, time, key))
        self._place = np.vstack((self._place, centre))
        self._speed = np.vstack((self._speed, (0.0, 0.0)))
        self._size = np.vstack((self._size, size))
        self._doubt = np.column_stack((self._doubt, (MEASURED**2, START_SPEED**2, 0.0)))
        return len(self.tracks) - 1

    def _match(
        self, keys: Sequence[str], named: NDArray[np.bool_], centres: Floats, sizes: Floats, time: Nanoseconds
    ) -> NDArray[np.intp]:
        """Of each object the index of its track, -1 where there is none.

        One that its detector has a name for, or no box, may be anywhere.
        """
        if not (keys and self.tracks):
            return np.full(len(keys), -1)
        names = {track.key: number for number, track in enumerate(self.tracks)}
        theirs = np.array([names[track.key] for track in self.tracks])
        possible = np.array([names.get(key, -1) for key in keys])[:, None] == theirs
        near = nearness(boxes(centres, sizes), boxes(self._place, self._size))
        missing = np.array([time - track.seen for track in self.tracks]) / SECOND
        possible &= (near > np.maximum(NEAR - WIDENING * missing, FARTHEST)) | named[:, None]
        return assign(np.where(possible, MISSING * missing - near, IMPOSSIBLE))


def assign(costs: Floats) -> NDArray[np.intp]:
    """Of each row the column that is its own, so that the sum is least; -1 where there is none below IMPOSSIBLE."""
    best: NDArray[np.intp] = costs.argmin(axis=1)
    best[costs[np.arange(len(best)), best] >= IMPOSSIBLE] = -1
    wanted = best[best >= 0].tolist()
    if len(set(wanted)) == len(wanted):  # no two want the same
        return best
    _, found, _ = lap.lapjv(costs, extend_cost=True, cost_limit=IMPOSSIBLE / 2)
    return np.asarray(found, np.intp)


def boxes(centres: Floats, sizes: Floats) -> Floats:
    """Left, top, right and bottom, (4, boxes), of boxes by their centres and sizes, (boxes, 2)."""
    half = sizes / 2
    found: Floats = np.concatenate((centres - half, centres + half), axis=1).T
    return found


def nearness(some: Floats, others: Floats) -> Floats:
    """Distance-IoU of all pairs of boxes, (boxes, other boxes): 1 the same, 0 they touch, near -1 far apart.

    Boxes without a size are as far apart as their places, and 0 where these are the same.
    """
    count = some.shape[1], others.shape[1]
    some, others = some.repeat(count[1], axis=1), np.tile(others, count[0])  # faster than to broadcast, for a few
    most, least = np.maximum(some, others), np.minimum(some, others)
    common = _area(np.maximum(least[2:] - most[:2], 0.0))
    union = _area(some[2:] - some[:2]) + _area(others[2:] - others[:2]) - common
    apart = _squared(some[:2] + some[2:] - others[:2] - others[2:]) / 4
    near: Floats = common / (union + SMALLEST) - apart / (_squared(most[2:] - least[:2]) + SMALLEST)
    return near.reshape(count)


def _area(size: Floats) -> Floats:
    found: Floats = size[0] * size[1]
    return found


def _squared(span: Floats) -> Floats:
    found: Floats = span[0] * span[0] + span[1] * span[1]
    return found


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
