"""Sound out of a loudspeaker, by PortAudio, so that it can be cut at any moment and nothing here ever hangs."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Any

from gemma_events import portaudio
from gemma_events.errors import DeviceError

BLOCK = 0.02  # seconds of sound that the device asks for at a time
LATENCY = 0.1  # seconds; PulseAudio's ALSA plugin stumbles with less
PATIENCE = 4.0  # seconds for which the device may ask for nothing; a sound server may take 2 to begin
TICK = 0.02  # seconds between looks at `cancelled`
CLOSE_TIMEOUT = 0.3  # seconds
BYTES = 2  # a sample


class Speaker:
    """A device that plays s16 mono samples, until `close`. Feed it from one thread.

    `device`: its name, part of it, or its index; empty: the default one. `rate` in Hz. Raises DeviceError where there
    is no such device; so do the methods that wait when it is lost or takes no sound any more.
    """

    _closing: threading.Thread | None = None  # of the last speaker: PortAudio may hang on a lost device

    def __init__(self, device: str, rate: int) -> None:
        if Speaker._closing and Speaker._closing.is_alive():
            raise DeviceError('the speaker is stuck: its sound server does not answer')
        sounddevice = portaudio.load()
        if not sounddevice.query_devices():
            portaudio.look_again()
        self._stop, self._abort = sounddevice.CallbackStop, sounddevice.CallbackAbort
        self._sounds: deque[bytes] = deque()
        self._sound = memoryview(b'')  # the one being played
        self._fed = self._taken = 0  # bytes
        self._complete = self._cut = self._stopped = False
        self._ended = threading.Event()
        self._asked = time.monotonic()  # when the device asked for sound last
        self._rate = rate
        try:
            self._stream = portaudio.open_stream(
                lambda sounddevice: sounddevice.RawOutputStream(
                    rate,
                    int(rate * BLOCK),
                    _identity(device),
                    1,
                    'int16',
                    latency=LATENCY,
                    callback=self._callback,
                    finished_callback=self._ended.set,
                )
            )
        except DeviceError as error:
            raise DeviceError(f'no speaker {device!r}: {error}' if device else f'no speaker: {error}') from error

    def feed(self, samples: bytes) -> None:
        """Play these, whole samples as bytes, after what was fed before."""
        self._fed += len(samples)
        self._sounds.append(samples)

    @property
    def played(self) -> int:
        """How many bytes of what was fed have been heard, as far as the device's latency says."""
        if self._ended.is_set() and self._stopped:
            return self._taken
        return max(0, self._taken - int(self._stream.latency * self._rate) * BYTES)

    def wait_until_taken(self, left: float, cancelled: threading.Event) -> None:
        """Return when at most `left` seconds of sound wait here, or cancelled."""
        while (self._fed - self._taken) / BYTES / self._rate > left and not cancelled.wait(TICK):
            self._watch()

    def wait_until_played(self, cancelled: threading.Event) -> None:
        """Return when all that was fed has left the device, after which nothing can be fed any more; or cancelled."""
        # PortAudio promises to play all at the end, but through PulseAudio's plugin it drops what the device's buffer
        # holds: let that be silence.
        self.feed(bytes(int((self._stream.latency + BLOCK) * self._rate) * BYTES))
        self._complete = True
        while not self._ended.is_set() and not cancelled.wait(TICK):
            self._watch()
        self._watch()

    def close(self) -> None:
        """Cut what still plays, and give the device back."""
        self._cut = self._cut or not self._ended.is_set()  # the next callback ends the stream at once
        self._ended.wait(CLOSE_TIMEOUT)
        Speaker._closing = portaudio.close_stream(self._stream)
        Speaker._closing.join(CLOSE_TIMEOUT)

    def _watch(self) -> None:
        if self._ended.is_set() and not self._stopped:
            raise DeviceError('the speaker was lost')
        if time.monotonic() - self._asked > PATIENCE:
            raise DeviceError(f'the speaker is stuck: it took no sound for {PATIENCE:g} s')

    def _callback(self, out: Any, _frames: int, _time: Any, _status: Any) -> None:
        """PortAudio's thread: copies, and says when to end."""
        self._asked = time.monotonic()
        if self._cut:
            raise self._abort
        complete = self._complete  # before looking for sound: what was fed last came before it
        filled = 0
        while filled < len(out) and (self._sound or self._sounds):
            self._sound = self._sound or memoryview(self._sounds.popleft())
            part = self._sound[: len(out) - filled]
            out[filled : filled + len(part)] = part
            self._sound = self._sound[len(part) :]
            filled += len(part)
        out[filled : len(out)] = bytes(len(out) - filled)
        self._taken += filled
        if complete and filled < len(out):
            self._stopped = True
            raise self._stop  # finished_callback comes next


def _identity(device: str) -> int | str | None:
    return int(device) if device.isdecimal() else device or None
