"""What a demo leaves behind: the robot's voice as a WAV file, and a strip of its face."""

from __future__ import annotations

import time
import wave
from pathlib import Path
from typing import Any

import cv2
import numpy as np

LONGEST_GAP = 1.0  # seconds of silence between two answers; there was more
LONGEST_TAPE = 600.0  # seconds; what is said later is not kept
JITTER = 0.2  # seconds between the stamps of two pieces that belong together
CAPTIONS = {  # by event
    'speech_started': 'listening',
    'speech_stopped': 'thinking',
    'action_started': 'answering',
    'action_finished': 'has answered',
    'action_cancelled': 'gives way',
}
SETTLED = 0.3  # seconds from an event to the picture that shows it: faces change slowly
PICTURES = 10  # in a strip
WIDTH, MARGIN, LINE = 240, 8, 24  # pixels


class Tape:
    """The sound of `playback`, piece by piece as it is published."""

    def __init__(self) -> None:
        self._pieces: list[Any] = []
        self._rate, self._next, self._seconds = 0, 0.0, 0.0

    def add(self, message: Any) -> None:
        """A piece; what was silent for long is made short."""
        samples, when = (
            np.array(message.samples, np.int16),
            message.header.stamp.sec + message.header.stamp.nanosec / 1e9,
        )
        if not len(samples) or self._seconds > LONGEST_TAPE or message.rate != (self._rate or message.rate):
            return
        gap = when - self._next
        if self._pieces and gap > JITTER:
            self._pieces.append(np.zeros(int(min(gap, LONGEST_GAP) * message.rate), np.int16))
        self._pieces.append(samples)
        self._rate, self._next = message.rate, when + len(samples) / message.rate
        self._seconds += len(samples) / message.rate

    def write(self, path: Path) -> bool:
        """Whether there was any sound."""
        if not self._pieces:
            return False
        with wave.open(str(path), 'wb') as out:
            out.setparams((1, 2, self._rate, 0, 'NONE', ''))
            out.writeframes(np.concatenate(self._pieces).tobytes())
        return True


class Strip:
    """Pictures of a face, one for each thing that happened, side by side."""

    def __init__(self) -> None:
        self._begin = self._since = time.monotonic()
        self._caption: str | None = 'at rest'
        self._last: Any = None  # since the caption
        self._pictures: list[Any] = []

    def happens(self, event_type: str) -> None:
        """Something that shows in the face; what is under way gets its picture."""
        if caption := CAPTIONS.get(event_type):
            self._take()
            self._caption, self._since = caption, time.monotonic()

    def see(self, message: Any) -> None:
        """A picture, as rgb8 or bgr8."""
        picture = np.frombuffer(message.data, np.uint8).reshape(message.height, message.width, 3)
        self._last = picture if message.encoding == 'bgr8' else picture[:, :, ::-1]
        if time.monotonic() - self._since > SETTLED:
            self._take()

    def write(self, path: Path) -> bool:
        """Whether there was any picture."""
        self._take()
        return bool(self._pictures) and cv2.imwrite(str(path), np.hstack(self._pictures))

    def _take(self) -> None:
        if self._caption is None or self._last is None or len(self._pictures) == PICTURES:
            return
        height = WIDTH * self._last.shape[0] // self._last.shape[1]
        small = cv2.resize(np.ascontiguousarray(self._last), (WIDTH, height), interpolation=cv2.INTER_AREA)
        framed = cv2.copyMakeBorder(
            small, MARGIN, LINE + MARGIN, MARGIN, MARGIN, cv2.BORDER_CONSTANT, value=(255, 255, 255)
        )
        text = f'{self._since - self._begin:.1f} s: {self._caption}'
        place = (MARGIN, MARGIN + height + LINE - 6)
        cv2.putText(framed, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.55, (40, 40, 40), 1, cv2.LINE_AA)
        self._pictures.append(framed)
        self._caption = self._last = None
