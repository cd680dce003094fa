"""The scenes of all cameras, each by its own pictures, as one stream of events. Pure."""

from __future__ import annotations

import itertools
from collections import Counter, OrderedDict
from dataclasses import replace

from gemma_events.events import DetectedObject, Nanoseconds, VisionEvent
from gemma_events.vision.presence import PresencePolicy
from gemma_events.vision.scene import Detections, Scene

MAX_CAMERAS = 16  # of one node; of more, the one that was silent for longest is forgotten

Camera = tuple[str, str]  # frame_id, and who detects: two detectors may look at one camera's pictures


class Cameras:
    """What is there, by camera. Feed the detections of all of them to `see`."""

    def __init__(self) -> None:
        self.forgotten = 0  # cameras, beyond MAX_CAMERAS
        self._numbers = itertools.count(1)
        self._scenes: OrderedDict[Camera, Scene] = OrderedDict()  # the one that was silent for longest first
        self._last: dict[Camera, tuple[Detections, Nanoseconds]] = {}  # and when they came

    def see(self, detections: Detections, now: Nanoseconds, policy: PresencePolicy) -> list[VisionEvent]:
        """The events that a picture leads to, which comes `now`."""
        camera = (detections.frame_id, detections.source)
        scene = self._scenes.get(camera)
        events = []
        if not scene:
            if len(self._scenes) == MAX_CAMERAS:
                events = self._forget()
            scene = self._scenes[camera] = Scene(self._numbers)
        self._scenes.move_to_end(camera)
        self._last[camera] = replace(detections, objects=()), now
        return [*events, *scene.see(detections, policy)]

    def silent(self, now: Nanoseconds, limit: Nanoseconds, policy: PresencePolicy) -> list[VisionEvent]:
        """The same for all cameras of which nothing came for longer than `limit`: there is nothing to be seen."""
        events = []
        for camera, (last, came) in list(self._last.items()):
            if now - came >= limit:
                events += self._scenes[camera].see(replace(last, stamp=last.stamp + now - came), policy)
        return events

    def states(self) -> list[VisionEvent]:
        """What is there now, an event for each camera that sees something."""
        states = (scene.state(self._last[camera][0]) for camera, scene in self._scenes.items())
        return [state for state in states if state.objects]

    @property
    def visible(self) -> list[DetectedObject]:
        """All that is there, at any camera."""
        return [item for scene in self._scenes.values() for item in scene.visible]

    def counts(self) -> dict[str, int]:
        """Of what is there, by label."""
        return dict(Counter(item.label for item in self.visible))

    def figures(self) -> dict[str, object]:
        """For the diagnostics."""
        scenes = self._scenes.values()
        figures = {
            'pictures late or twice': sum(scene.late for scene in scenes),
            'objects without room': sum(scene.refused for scene in scenes),
            'cameras forgotten': self.forgotten,
        }
        tracks = sum(scene.tracks for scene in scenes)
        return {'cameras': len(scenes), 'tracks': tracks, **{name: count for name, count in figures.items() if count}}

    def _forget(self) -> list[VisionEvent]:
        """The camera that was silent for longest, and what it saw."""
        camera, scene = self._scenes.popitem(last=False)
        self.forgotten += 1
        last, _ = self._last.pop(camera)
        return [replace(scene.state(last), objects=())] if scene.visible else []
