"""What is there in front of one camera, from what a detector saw in its pictures: who came, who went, once. Pure."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gemma_events.events import SECOND, DetectedObject, Nanoseconds, VisionEvent
from gemma_events.vision.presence import Pictures, Presence, PresencePolicy
from gemma_events.vision.tracker import Track, Tracker

REMEMBERED = 2 * SECOND  # for which what has gone is known again when it comes back
REORDERED = SECOND  # a stamp that is older than the one before by less is late; by more, it is of another time


@dataclass(frozen=True, slots=True)
class Detections:
    """What a detector saw in one picture; no objects: it looked and saw nothing.

    `stamp`: when the picture was taken, 0: unknown; `frame_id`: the camera's; picture size in pixels, 0: unknown;
    `source`: who detected.
    """

    objects: tuple[DetectedObject, ...]
    stamp: Nanoseconds = 0
    frame_id: str = ''
    image_width: int = 0
    image_height: int = 0
    source: str = ''


class Scene:
    """The objects that are there. Feed each picture's detections to `see`, in their order."""

    def __init__(self, numbers: Iterator[int] | None = None) -> None:
        """`numbers`: of tracks, each once."""
        self.late = 0  # pictures that came after a later one, or twice
        self._tracker = Tracker(numbers or itertools.count(1))
        self._pictures = Pictures()
        self._presences: dict[int, Presence] = {}  # by the number of their track
        self._there: dict[int, Track] = {}  # in order of appearance
        self._last, self._shift = 0, 0  # time of the last picture; from stamps to times, which never jump back

    @property
    def refused(self) -> int:
        """How many objects there was no room for."""
        return self._tracker.refused

    @property
    def tracks(self) -> int:
        """How many objects are followed."""
        return len(self._tracker.tracks)

    @property
    def visible(self) -> tuple[DetectedObject, ...]:
        """What is there, as it was detected last; `count`: how many of its label there are, with those before it."""
        counts: Counter[str] = Counter()
        found = []
        for number, track in self._there.items():
            counts[track.item.label] += 1
            came = self._presences[number].came
            found.append(self._told(track, counts[track.item.label], self._last - (came or self._last)))
        return tuple(found)

    def see(self, detections: Detections, policy: PresencePolicy) -> list[VisionEvent]:
        """The events that this picture leads to: what appeared, what disappeared, then all that is there."""
        if not (time := self._time(detections.stamp)):
            self.late += 1
            return []
        self._pictures.add(time, policy)
        for track in self._tracker.update(detections.objects, time):
            if not (presence := self._presences.get(track.number)):
                presence = self._presences[track.number] = Presence()
            presence.seen(time, self._pictures)
        appeared, disappeared = self._changes(time, policy)
        events = []
        if appeared:
            events.append(_event(VisionEvent.OBJECT_APPEARED, detections, appeared))
        if disappeared:
            events.append(_event(VisionEvent.OBJECT_DISAPPEARED, detections, disappeared))
        if events:
            events.append(self.state(detections))
        return events

    def state(self, detections: Detections) -> VisionEvent:
        """All that is there, with its place now; `detections` were the last ones."""
        return _event(VisionEvent.VISIBLE_OBJECTS, detections, self.visible)

    def _time(self, stamp: Nanoseconds) -> Nanoseconds:
        """On a line without jumps back; 0 for a picture that comes too late."""
        time = stamp + self._shift
        if time <= self._last:
            if self._last - time < REORDERED:
                return 0
            self._shift += self._last + 1 - time
            time = self._last + 1
        self._last = time
        return time

    def _changes(self, time: Nanoseconds, policy: PresencePolicy) -> tuple[list[DetectedObject], list[DetectedObject]]:
        """What came and what went with the last picture, each with how many there are of its label then."""
        came, went, forgotten = [], [], []
        for track in self._tracker.tracks:
            presence = self._presences[track.number]
            since = presence.came
            if presence.changed(time, self._pictures, policy):
                if since is None:
                    came.append(track)
                else:
                    went.append((track, since))
            elif since is None and track.seen < self._pictures.begin and time - track.seen > REMEMBERED:
                forgotten.append(track.number)
        if forgotten:
            self._tracker.forget(forgotten)
            for number in forgotten:
                del self._presences[number]
        return [self._come(track, time) for track in came], [self._go(track, since) for track, since in went]

    def _come(self, track: Track, time: Nanoseconds) -> DetectedObject:
        self._there[track.number] = track
        return self._told(track, self._count(track), time - (self._presences[track.number].came or time))

    def _go(self, track: Track, since: Nanoseconds) -> DetectedObject:
        del self._there[track.number]
        return self._told(track, self._count(track), track.seen - since)

    def _count(self, track: Track) -> int:
        """How many of its label there are."""
        return sum(other.item.label == track.item.label for other in self._there.values())

    @staticmethod
    def _told(track: Track, count: int, duration: Nanoseconds) -> DetectedObject:
        return replace(track.item, id=track.item.id or str(track.number), count=count, duration=duration)


def _event(
    event_type: str, detections: Detections, objects: tuple[DetectedObject, ...] | list[DetectedObject]
) -> VisionEvent:
    return VisionEvent(
        event_type,
        detections.stamp,
        frame_id=detections.frame_id,
        objects=tuple(objects),
        image_width=detections.image_width,
        image_height=detections.image_height,
    )
