"""The face_expression node: draws requests, speech and action status as a face, to an image topic."""

from __future__ import annotations

import threading
import time
from array import array
from dataclasses import dataclass
from typing import Any

from rclpy.qos import QoSProfile
from sensor_msgs.msg import Image

from gemma_events import messages
from gemma_events.events import ActionStatus, FaceExpression, SpeechEvent
from gemma_events.face_expression.health import conditions, unknown
from gemma_events.face_expression.painter import Painter
from gemma_events.face_expression.state import EXPRESSIONS, FaceState
from gemma_events.log import Trouble
from gemma_events.node import Health, ManagedNode
from gemma_events.settings import setting

REPEAT = 1.0  # seconds after which an unchanged picture is published again, for new subscribers
IMAGE_QOS = QoSProfile(depth=5)  # reliable, which subscribers of either reliability get
CLOSE_TIMEOUT = 1.0  # seconds; a picture takes a few ms
COLOUR = '#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})'


@dataclass(frozen=True)
class FaceSettings:
    """The parameters of the face_expression node."""

    width: int = setting(320, 'width of face_image', unit='px', low=32, high=1920)
    height: int = setting(240, 'height of face_image', unit='px', low=32, high=1920)
    background: str = setting(
        '#202a3a',
        'colour behind the face, as #rgb or #rrggbb, in quotes: YAML takes what begins with # for a comment',
        pattern=COLOUR,
        form='#rgb or #rrggbb, such as #202a3a',
    )
    frame_rate: float = setting(10.0, 'how often the face is drawn, at most', unit='Hz', low=0.5, high=60.0, live=True)
    frame_id: str = setting('face', 'frame_id in the header of face_image')

    def background_rgb(self) -> tuple[int, int, int]:
        """Its red, green and blue, 0 to 255."""
        digits = self.background[1:]
        if len(digits) == 3:
            digits = ''.join(2 * digit for digit in digits)
        red, green, blue = bytes.fromhex(digits)
        return red, green, blue


class FaceExpressionNode(ManagedNode[FaceSettings]):
    """Draws to `face_image` in a thread of its own: when the face changed, and only while somebody subscribes.

    `face_state` has what was asked for last, for those who come late. Whenever the node becomes active, the face is
    neutral and quiet: requests of before are over.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__('face_expression', FaceSettings, **options)
        self._state = FaceState()  # replaced as a whole, so that the drawing thread needs no lock
        self._publisher = self.create_lifecycle_publisher(Image, 'face_image', IMAGE_QOS)
        self._publish_state = self.create_event_publisher(FaceExpression, 'face_state', messages.STATE_QOS)
        self.create_event_subscription(FaceExpression, 'face_expression', self._obey)
        self.create_event_subscription(ActionStatus, 'action_status', self._receive)
        self.create_event_subscription(SpeechEvent, 'speech', self._receive)
        self._painter: Painter | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._drawn = 0
        self._failure = Trouble(self.log.error)  # why nothing is drawn

    def configure(self) -> None:
        """Prepare what is drawn with."""
        self._painter = Painter(self.settings.width, self.settings.height, self.settings.background_rgb())

    def cleanup(self) -> None:
        """Release what is drawn with."""
        self._painter = None

    def activate(self) -> None:
        """Begin with a neutral face."""
        self._rest()
        self._failure.clear()
        self._stop = threading.Event()  # a new one: a thread that has outlived its time must not be revived
        self._thread = threading.Thread(target=self._run, args=(self._stop,), name='face', daemon=True)
        self._thread.start()

    def deactivate(self) -> None:
        """Stop drawing."""
        self._stop.set()
        if self._thread:
            self._thread.join(CLOSE_TIMEOUT)
            self._thread = None
        self._rest()

    def health(self) -> Health:
        """What the face shows."""
        face, viewers = self._state.at(time.monotonic_ns()), self._publisher.get_subscription_count()
        values: dict[str, object] = {
            'expression': face.expression,
            'asked for': self._state.expression,
            'expressions': ', '.join(EXPRESSIONS),
            'talking': face.mouth is not None,
            'pictures': self._drawn,
            'viewers': viewers,
        }
        if not self.active:
            return Health('waiting', values=values)
        summary = face.expression if viewers else f'{face.expression}; nobody subscribes to face_image'
        return Health(summary, values=values).judged(conditions(self._state.expression, str(self._failure)))

    def _rest(self) -> None:
        """Nothing has been asked for."""
        self._state = FaceState()
        self._tell(self.now())

    def _tell(self, stamp: int) -> None:
        expression, talking = self._state.expression, self._state.talking
        self._publish_state(FaceExpression(stamp=stamp, expression=expression, talking=talking))

    def _obey(self, request: FaceExpression) -> None:
        before = self._state
        self._receive(request)
        if (expression := self._state.expression) not in EXPRESSIONS:
            self.throttled_log.warning('expression', unknown(expression))
        if (expression, self._state.talking) != (before.expression, before.talking):
            self._tell(request.stamp or self.now())

    def _receive(self, event: FaceExpression | ActionStatus | SpeechEvent) -> None:
        self._state = self._state.after(event, time.monotonic_ns())

    def _run(self, stop: threading.Event) -> None:
        while not stop.is_set():  # what failed once may succeed with the next picture
            try:
                self._draw(stop)
            except Exception as error:
                self._failure.set(f'the face cannot be drawn: {error}')

    def _draw(self, stop: threading.Event) -> None:
        assert self._painter
        shown, shown_at, message = None, 0.0, Image()
        while not stop.wait(1 / self.settings.frame_rate):
            now = time.monotonic()
            face = self._state.at(time.monotonic_ns())
            if not self._publisher.get_subscription_count():
                shown = None
                continue
            if face != shown:
                message = self._image(self._painter.paint(face))
                self._drawn += 1
            elif now - shown_at < REPEAT:
                continue
            shown, shown_at = face, now
            messages.set_time(message.header.stamp, self.now())
            self._publisher.publish(message)
            self._failure.clear()

    def _image(self, pixels: bytes) -> Image:
        message = Image(
            width=self.settings.width, height=self.settings.height, encoding='rgb8', step=3 * self.settings.width
        )
        message.header.frame_id = self.settings.frame_id
        message.data = array('B', pixels)  # any other sequence is checked byte by byte
        return message
