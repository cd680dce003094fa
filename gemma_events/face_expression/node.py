"""The face_expression node: draws what was asked for, said, heard and seen as a face, to image topics and a window."""

from __future__ import annotations

import importlib.util
import os
import threading
import time
from array import array
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CompressedImage, Image

from gemma_events import messages
from gemma_events.errors import ConfigurationError
from gemma_events.events import EXPRESSIONS, ActionStatus, FaceExpression, SpeechEvent, VisionEvent
from gemma_events.face_expression.health import conditions, unknown
from gemma_events.face_expression.life import Turning, face
from gemma_events.face_expression.mouth import Envelope
from gemma_events.face_expression.screen import Screen, mode_of
from gemma_events.face_expression.settings import OFF, FaceSettings
from gemma_events.face_expression.state import FaceState, Received
from gemma_events.face_expression.style import Style, load
from gemma_events.health import Lately
from gemma_events.log import Trouble
from gemma_events.msg import Playback
from gemma_events.node import Health, ManagedNode

if TYPE_CHECKING:
    from gemma_events.face_expression.canvas import Pixels
    from gemma_events.face_expression.looks import Face
    from gemma_events.face_expression.painter import Painter

REPEAT = 1.0  # seconds after which an unchanged picture is published again, for new subscribers
NOBODY_LOOKS = 0.2  # seconds between two looks whether somebody does
IMAGE_QOS = QoSProfile(depth=5)  # reliable, which subscribers of either reliability get
PLAYBACK_QOS = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)
MOST_SAID = 20  # unknown expressions that are logged once each; of more than that, one now and then
CLOSE_TIMEOUT = 1.0  # seconds; a picture takes a few ms
SEEN_LATER = 35_000_000  # ns from drawing a picture to the middle of the time at which it is seen, at 25 Hz
COMPRESSED = 'rgb8; jpeg compressed bgr8'  # as image_transport has it


class FaceExpressionNode(ManagedNode[FaceSettings]):
    """Draws in a thread of its own: when the face changed, and only while somebody looks.

    `face_state` has what was asked for last, for those who come late. Whenever the node becomes active, the face is
    neutral and quiet: requests of before are over.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__('face_expression', FaceSettings, **options)
        # Replaced as wholes, so that the drawing thread needs no lock.
        self._state, self._envelope, self._habits = FaceState(), Envelope(), self.settings.habits()
        self._images = self.create_lifecycle_publisher(Image, 'face_image', IMAGE_QOS)
        self._jpegs = self.create_lifecycle_publisher(CompressedImage, 'face_image/compressed', IMAGE_QOS)
        self._publish_state = self.create_event_publisher(FaceExpression, 'face_state', messages.STATE_QOS)
        self.create_event_subscription(FaceExpression, 'face_expression', self._obey)
        self.create_event_subscription(ActionStatus, 'action_status', self._receive)
        self.create_event_subscription(SpeechEvent, 'speech', self._receive)
        self.create_event_subscription(VisionEvent, 'vision', self._receive)
        self.create_subscription(Playback, 'playback', self._hear, PLAYBACK_QOS)
        self._style: Style | None = None
        self._painter: Painter | None = None
        self._image = Image()  # one for all pictures: new memory for each costs as much as half of the drawing
        self._screen: Screen | None = None
        self._window = OFF
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._drawn = 0
        self._said: set[str] = set()  # lines about unknown expressions
        self._strange_sound = Lately()
        self._failure = Trouble(self.log.error)  # why nothing is drawn

    def configure(self) -> None:
        """Prepare what is drawn with."""
        if not importlib.util.find_spec('cv2'):
            raise ConfigurationError('the face is drawn with OpenCV: install python3-opencv, or opencv-python-headless')
        settings = self.settings
        style = load(settings.style)
        if settings.background:
            style = replace(style, background=settings.background)
        self._window = mode_of(settings.window, os.environ)
        self._habits = settings.habits()
        self._style = style
        row = 3 * settings.width
        self._image = Image(
            width=settings.width, height=settings.height, encoding='rgb8', step=row, data=bytes(row * settings.height)
        )

    def cleanup(self) -> None:
        """Release what is drawn with."""
        self._painter = None

    def activate(self) -> None:
        """Begin with a neutral face."""
        self._rest()
        self._failure.clear()
        if self._window != OFF:
            size = (self.settings.width, self.settings.height)
            self._screen = Screen(self._window, self.settings.display, size, self.log)
        self._stop = threading.Event()  # a new one: a thread that has outlived its time must not be revived
        self._thread = threading.Thread(target=self._run, args=(self._stop,), name='face', daemon=True)
        self._thread.start()

    def deactivate(self) -> None:
        """Stop drawing."""
        self._stop.set()
        if self._thread:
            self._thread.join(CLOSE_TIMEOUT)
            self._thread = None
        if self._screen:
            self._screen.close()
            self._screen = None
        self._rest()

    def settings_changed(self, names: set[str]) -> None:
        """Other habits."""
        self._habits = self.settings.habits()

    def health(self) -> Health:
        """What the face shows."""
        now, screen = time.monotonic_ns(), self._screen
        mood = self._state.at(now, self._habits)
        asked = self._state.lasting(now, self._habits)
        viewers = self._images.get_subscription_count() + self._jpegs.get_subscription_count()
        closed = screen is not None and screen.closed_by_user
        values: dict[str, object] = {
            'expression': mood.expression,
            'asked for': asked,
            'expressions': ', '.join(EXPRESSIONS),
            'talking': mood.talking or bool(self._envelope.opening(self.now())),
            'pictures': self._drawn,
            'viewers': viewers,
            'window': 'closed by a user' if closed else self._window,
            'pieces of playback out of time': self._envelope.refused,
        }
        if not self.active:
            return Health('waiting', values=values)
        seen = viewers or (screen and screen.wants_pictures)
        summary = mood.expression if seen else f'{mood.expression}; nobody subscribes to face_image'
        window = str(screen.trouble) if screen else ''
        wrong = conditions(asked, str(self._failure), window, str(self._strange_sound) if self._strange_sound else '')
        return Health(summary, values=values).judged(wrong)

    # --- what comes in ------------------------------------------------------------------------------

    def _rest(self) -> None:
        """Nothing has been asked for."""
        self._state, self._envelope = FaceState(stirred=time.monotonic_ns()), Envelope()
        self._tell(self.now())

    def _tell(self, stamp: int) -> None:
        expression, talking = self._state.expression, self._state.talking(time.monotonic_ns())
        self._publish_state(FaceExpression(stamp=stamp, expression=expression, talking=talking))

    def _obey(self, request: FaceExpression) -> None:
        now = time.monotonic_ns()
        before = (self._state.expression, self._state.talking(now))
        self._receive(request)
        expression = self._state.expression
        if expression not in EXPRESSIONS and unknown(expression) not in self._said:
            if len(self._said) < MOST_SAID:
                self._said.add(unknown(expression))
                self.log.warning(unknown(expression))
            else:
                self.throttled_log.warning('expression', unknown(expression))
        if (expression, self._state.talking(now)) != before:
            self._tell(request.stamp or self.now())

    def _receive(self, event: Received) -> None:
        self._state = self._state.after(event, time.monotonic_ns())

    def _hear(self, piece: Playback) -> None:
        if not self.active:
            return
        samples, before = np.asarray(piece.samples, np.int16), self._envelope.refused
        stamp = messages.from_time(piece.header.stamp)
        self._envelope = self._envelope.after(stamp, piece.rate, samples, self.now())
        if self._envelope.refused > before:
            ahead = (stamp - self.now()) / 1e9
            when = f'in {ahead:.1f} s' if ahead >= 0 else f'{-ahead:.1f} s ago'
            line = f'{self.resolve_topic_name("playback")} has brought sound that the mouth cannot follow: '
            line += f'{len(samples)} samples at {piece.rate} Hz, heard {when}; are the clocks the same?'
            self._strange_sound.happened(line)
            self.throttled_log.warning('playback', line)
        elif samples.any():
            self._state = self._state.sounded(time.monotonic_ns())

    # --- in the drawing thread ----------------------------------------------------------------------

    def _run(self, stop: threading.Event) -> None:
        while not stop.is_set():  # what failed once may succeed with the next picture
            try:
                self._draw(stop)
            except Exception as error:
                self._failure.set(f'the face cannot be drawn: {error}')
                stop.wait(NOBODY_LOOKS)

    def _draw(self, stop: threading.Event) -> None:
        """Until `stop`."""
        shown, shown_at, viewers, turning = None, 0.0, (False, False, False), Turning()
        pixels: Pixels | None = None
        due = time.monotonic()
        while not stop.wait(max(0.0, due - time.monotonic())):
            due = max(due + (1 / self.settings.frame_rate if any(viewers) else NOBODY_LOOKS), time.monotonic())
            before, viewers = viewers, self._viewers()
            now = time.monotonic_ns()
            mood = self._state.at(now, self._habits)
            turning = turning.toward(mood.expression, now)
            if not any(viewers):
                continue
            opening = self._envelope.opening(self.now() + SEEN_LATER)
            wanted = face(mood, turning.look(now), opening, now, self._habits)
            if wanted != shown or pixels is None:
                pixels = self._paint(wanted)
                self._drawn += 1
            elif viewers == before and time.monotonic() - shown_at < REPEAT:
                continue
            self._show(pixels, viewers)
            shown, shown_at = wanted, time.monotonic()
            self._failure.clear()

    def _paint(self, wanted: Face) -> Pixels:
        if not self._painter:  # OpenCV takes 20 MB, which a robot whose face nobody looks at need not have
            from gemma_events.face_expression.painter import Painter

            settings = self.settings
            assert self._style
            self._painter = Painter(settings.width, settings.height, self._style, settings.rotation)
        return self._painter.paint(wanted)

    def _viewers(self) -> tuple[bool, bool, bool]:
        """Who looks at which of the three: pictures, compressed ones, the window."""
        window = self._screen is not None and self._screen.wants_pictures
        return self._images.get_subscription_count() > 0, self._jpegs.get_subscription_count() > 0, window

    def _show(self, pixels: Pixels, viewers: tuple[bool, bool, bool]) -> None:
        to_images, to_jpegs, to_window = viewers
        if to_images:
            np.frombuffer(self._image.data, np.uint8)[:] = pixels.reshape(-1)
            self._publish(self._images, self._image)
        if to_jpegs:
            from gemma_events.face_expression.canvas import jpeg

            data_of_jpeg = array('B', jpeg(pixels, self.settings.jpeg_quality))
            self._publish(self._jpegs, CompressedImage(format=COMPRESSED, data=data_of_jpeg))
        if to_window and self._screen:
            self._screen.show(pixels.tobytes())

    def _publish(self, publisher: Any, message: Any) -> None:
        messages.set_time(message.header.stamp, self.now())
        message.header.frame_id = self.settings.frame_id
        publisher.publish(message)
