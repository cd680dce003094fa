"""The vision node: detections, of others or in a video, as events about what is there."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gemma_events import messages, registry
from gemma_events.events import SECOND, VisionEvent, from_seconds, recognised
from gemma_events.health import Lately
from gemma_events.log import Trouble
from gemma_events.node import Health, ManagedNode
from gemma_events.reception import Reception
from gemma_events.vision.cameras import Cameras
from gemma_events.vision.detections import LeftOut, Reader, from_vision_event, reader
from gemma_events.vision.detectors import Detector
from gemma_events.vision.health import Looking, conditions
from gemma_events.vision.scene import Detections
from gemma_events.vision.selection import select
from gemma_events.vision.settings import DETECTIONS, NOTHING, VisionSettings
from gemma_events.vision.video import Video, VideoWatcher
from gemma_events.worker import Ticker

MAX_LABELS = 10  # in a line for debugging
CLOSE_TIMEOUT = 1.0  # seconds; a detector takes a tenth of that for a picture
PERIOD = 0.1  # seconds between looks at whether a detector is silent


class VisionNode(ManagedNode[VisionSettings]):
    """Publishes `object_appeared`, `object_disappeared` and, after each change, `visible_objects` on `vision`.

    The topic `visible_objects` has the latter for those who come late; while the node is not active, nothing is there.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__('vision', VisionSettings, **options)
        self._publish = self.create_event_publisher(VisionEvent, 'vision')
        self._publish_state = self.create_event_publisher(VisionEvent, 'visible_objects', messages.STATE_QOS)
        self._cameras, self._lock = Cameras(), threading.Lock()
        self._told = 0  # when places were told last, ns
        self._left_out: LeftOut = Counter()
        self._silence: Ticker | None = None
        self._reception: Reception | None = None
        self._read: Reader = from_vision_event
        self._detector: Detector | None = None
        self._watcher: VideoWatcher | None = None
        self._pictures = 0
        self._last = 0.0  # when a picture came last, or the node became active; as time.monotonic has it
        self._delay = 0.0  # seconds from the last picture's stamp to its arrival
        self._ignored = Lately()  # what came instead of detections
        self._ended = Trouble(self.log.info)  # why the video is over

    def configure(self) -> None:
        """Find out whether the source can work."""
        if self.settings.source == DETECTIONS:
            message_type, self._read = reader(self.settings.detections_type)
            self._reception = self.parameters.with_overrides(
                self.create_reception, messages.EVENT_QOS, message_type, 'detections', self._receive
            )
            self.parameters.check()  # of its qos_overrides
        else:
            Video(self.settings.source)
            self._detector = registry.create(registry.DETECTORS, self.settings.detector, Detector, self.settings)

    def cleanup(self) -> None:
        """Release the subscription and the detector."""
        if self._reception:
            self.destroy_reception(self._reception)
        self._reception = self._detector = None

    def activate(self) -> None:
        """Begin with an empty scene, and with a video at its beginning."""
        self._cameras, self._left_out = Cameras(), Counter()
        self._pictures, self._last, self._delay, self._told = 0, time.monotonic(), 0.0, 0
        self._ended.clear()
        self._ignored.forget()
        self._publish_state(VisionEvent(VisionEvent.VISIBLE_OBJECTS, self.now()))
        if self._reception:
            self._silence = self.every('silence', PERIOD, self._look)
        if self._detector:
            start, frame_id = self.now(), self.settings.frame_id
            self._watcher = VideoWatcher(
                Video(self.settings.source),
                self._detector,
                1 / self.settings.detection_rate,
                lambda seen: self._see(replace(seen, stamp=start + seen.stamp, frame_id=frame_id)),
                self._ended.set,
                self._left_out,
                self.log,
            )

    def deactivate(self) -> None:
        """Stop looking, and leave no old news: nobody knows any more what is there."""
        if self._watcher:
            self._watcher.close(CLOSE_TIMEOUT)
            self._watcher = None
        if self._silence:
            self._silence.close()
            self._silence = None
        nothing = VisionEvent(VisionEvent.VISIBLE_OBJECTS, self.now())
        if self._cameras.visible:
            self._publish(nothing)
        self._publish_state(nothing)
        self._cameras = Cameras()

    def health(self) -> Health:
        """How many pictures, how long ago, and what is there."""
        with self._lock:  # the thread of a video, or of a detector's silence, may be changing them
            visible, figures = self._cameras.counts(), self._cameras.figures()
        values: dict[str, object] = {
            'source': self.settings.source,
            'pictures': self._pictures,
            'visible': ', '.join(f'{count} {label}' for label, count in visible.items()),
            **figures,
            **{f'left out, {reason}': count for reason, count in dict(self._left_out).items()},
        }
        if self._pictures:
            values['seconds since the last picture'] = round(time.monotonic() - self._last, 1)
        if watcher := self._watcher:
            values |= {'pictures left out, too late': watcher.late, 'pictures the detector failed on': watcher.failed}
        if not self.active:
            return Health('waiting', values=values)
        summary = 'looking' if self._pictures else 'nothing to look at yet'
        return Health(summary, values=values).judged(conditions(self._looking()))

    def _looking(self) -> Looking:
        waiting = time.monotonic() - self._last
        if reception := self._reception:
            topic, ignored = reception.topic_name, str(self._ignored) if self._ignored else ''
            publishers = self.count_publishers(topic)
            silent = self.settings.empty_means == NOTHING
            return Looking(waiting, topic, publishers, reception.publishers, silent, ignored, self._delay)
        watcher = self._watcher
        return Looking(
            waiting,
            period=1 / self.settings.detection_rate,
            ended=str(self._ended),
            failing=watcher.failing if watcher else '',
            failed=str(watcher.fault) if watcher and watcher.fault else '',
        )

    def _receive(self, message: Any) -> None:
        if not self.active:
            return
        if not (detections := self._read(message, self._left_out)):
            self._ignore(messages.to_event(message))
            return
        now = self.now()
        self._delay = (now - detections.stamp) / SECOND if detections.stamp else 0.0
        self._see(detections if detections.stamp else replace(detections, stamp=now))

    def _ignore(self, event: VisionEvent) -> None:
        if recognised(event):
            self._ignored.happened(event.event_type)
            self.throttled_log.warning(
                'ignored', f'{event.event_type} on detections is left out: a detector has to publish object_detected'
            )
        else:
            self.report_unknown(event, 'detections')

    def _see(self, detections: Detections) -> None:
        if self.debugging:
            self.get_logger().debug(f'a picture with {[item.label for item in detections.objects[:MAX_LABELS]]}')
        self._pictures += 1
        self._last = time.monotonic()
        settings, now = self.settings, self.now()
        wanted = replace(detections, objects=select(detections.objects, settings, self._left_out))
        with self._lock:
            self._tell(self._cameras.see(wanted, now, settings))
            if settings.position_rate and abs(now - self._told) >= SECOND / settings.position_rate:
                self._told = now
                for state in self._cameras.states():
                    self._publish_state(state)

    def _look(self) -> None:
        """A detector that publishes only what it sees has seen nothing for a while."""
        settings = self.settings
        if settings.empty_means == NOTHING:
            with self._lock:
                self._tell(self._cameras.silent(self.now(), from_seconds(settings.window_s), settings))

    def _tell(self, events: Sequence[VisionEvent]) -> None:
        for event in events:
            self._publish(event)
            if event.event_type == VisionEvent.VISIBLE_OBJECTS:
                self._told = self.now()
                self._publish_state(event)
