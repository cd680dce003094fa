"""What is there, from what a detector saw in the last pictures: no flicker when it misses one."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass

from gemma_events.events import DetectedObject, Nanoseconds, VisionEvent

# The rule of the legacy detection pipeline, whose readers expect its pace.
WINDOW = 30  # pictures
APPEAR_PERCENT = 60  # of the window (of fewer pictures, as long as fewer have come), at least
DISAPPEAR_PERCENT = 30  # fewer than that


@dataclass(frozen=True, slots=True)
class Detections:
    """What a detector saw in one picture; no objects: it looked and saw nothing.

    `stamp`: when the picture was taken, 0: unknown; `frame_id`: the camera's; picture size in pixels, 0: unknown.
    """

    objects: tuple[DetectedObject, ...]
    stamp: Nanoseconds = 0
    frame_id: str = ''
    image_width: int = 0
    image_height: int = 0


class Scene:
    """The objects that are there, by label. Feed each picture's detections to `see`, in their order."""

    def __init__(self) -> None:
        self.visible: dict[str, DetectedObject] = {}  # each as it was detected last, in order of appearance
        self._window: deque[frozenset[str]] = deque()
        self._seen: Counter[str] = Counter()  # pictures of the window with this label

    def see(self, detections: Detections) -> list[VisionEvent]:
        """The events that this picture leads to: what appeared, what disappeared, then all that is there."""
        newest = _most_confident(detections.objects)
        self._count(frozenset(newest))
        self.visible.update((label, newest[label]) for label in self.visible.keys() & newest.keys())
        # An object is in this picture when its share rises, so `newest` has all that can appear.
        appeared = [label for label in newest if label not in self.visible and self._share(label) >= APPEAR_PERCENT]
        gone = [label for label in self.visible if self._share(label) < DISAPPEAR_PERCENT]
        disappeared = [self.visible.pop(label) for label in gone]
        self.visible.update((label, newest[label]) for label in appeared)

        def event(event_type: str, objects: Iterable[DetectedObject]) -> VisionEvent:
            return VisionEvent(
                event_type,
                detections.stamp,
                frame_id=detections.frame_id,
                objects=tuple(objects),
                image_width=detections.image_width,
                image_height=detections.image_height,
            )

        events = []
        if appeared:
            events.append(event(VisionEvent.OBJECT_APPEARED, (newest[label] for label in appeared)))
        if disappeared:
            events.append(event(VisionEvent.OBJECT_DISAPPEARED, disappeared))
        if events:
            events.append(event(VisionEvent.VISIBLE_OBJECTS, self.visible.values()))
        return events

    def _count(self, labels: frozenset[str]) -> None:
        self._window.append(labels)
        self._seen.update(labels)
        if len(self._window) > WINDOW:
            self._seen.subtract(self._window.popleft())
            self._seen += Counter()  # drops what is no longer in the window

    def _share(self, label: str) -> float:
        return 100 * self._seen[label] / len(self._window)


def _most_confident(objects: Iterable[DetectedObject]) -> dict[str, DetectedObject]:
    """One object a label; of equals the first."""
    best: dict[str, DetectedObject] = {}
    for item in objects:
        if item.label not in best or item.confidence > best[item.label].confidence:
            best[item.label] = item
    return best
