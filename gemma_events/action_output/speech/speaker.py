"""A loudspeaker: opened when there is something to say, kept for a while, looked for again when it was lost."""

from __future__ import annotations

import threading
import time
from typing import Any

from gemma_events import portaudio
from gemma_events.action_output.speech.stream import Stream, Tap
from gemma_events.errors import DeviceError

TICK = 0.02  # seconds between looks at `cancelled`
CLOSE_TIMEOUT = 0.3  # seconds


class Speaker:
    """The loudspeaker of a robot: at most one stream, for one speech after the other, from one thread."""

    def __init__(self, tap: Tap) -> None:
        """`tap`: see Stream."""
        self.lost = 0  # how often a device was
        self._tap = tap
        self._lock = threading.Lock()  # of the next two
        self._idle: tuple[Stream, portaudio.Attempt[None] | None] | None = None  # and what is to be waited for
        self._timer: threading.Timer | None = None
        self._closing: portaudio.Attempt[None] | None = None
        self._levels: dict[str, int] = {}  # device: of LATENCIES, that it needs
        self._suspect = False  # a device was lost: there may be others now
        self._last: Stream | None = None
        self._opened = 0

    def take(self, device: str, rate: int, lead_in: float, cancelled: threading.Event) -> Stream | None:
        """A stream on this device, the one that was kept or a new one, for the caller alone until `give_back`.

        `rate`: of the sound, which a new stream has if the device can; `lead_in`: seconds of silence when it is new.
        None when cancelled first. Raises DeviceError where there is no such device, or it cannot be opened.
        """
        stream = self._kept(device, cancelled) or self._opening(device, rate, lead_in, cancelled)
        self._last = stream or self._last
        return stream

    def give_back(self, stream: Stream, keep: float) -> None:
        """The speech is over, or failed; the device stays open for `keep` seconds."""
        stream.stop()
        self._levels[stream.wanted] = stream.level
        if not keep or not stream.usable:
            self._dispose(stream, stream.usable)
            return
        with self._lock:
            self._idle = stream, stream.go_on()
            self._timer = threading.Timer(keep, self.close)
            self._timer.daemon = True
            self._timer.start()

    def close(self) -> None:
        """Give back a device that is not used."""
        stream, pending = self._take_idle()
        if stream and (pending is None or pending.wait(CLOSE_TIMEOUT)):
            self._dispose(stream, works=True)

    def health(self) -> dict[str, object]:
        """For the diagnostics."""
        values: dict[str, object] = {'speaker lost': self.lost} if self.lost else {}
        if not (stream := self._last):
            return values
        return values | {
            'device': stream.name,
            'speaker rate': stream.rate,
            'speaker latency (ms)': round(1000 * stream.latency),
            'speaker underruns': stream.underruns,
            'speaker opened': self._opened,
        }

    def _take_idle(self) -> tuple[Stream | None, portaudio.Attempt[None] | None]:
        with self._lock:
            (stream, pending), self._idle = self._idle or (None, None), None
            if self._timer:
                self._timer.cancel()
            self._timer = None
        return stream, pending

    def _kept(self, device: str, cancelled: threading.Event) -> Stream | None:
        stream, pending = self._take_idle()
        if not stream:
            return None
        if pending and not _wait(pending, CLOSE_TIMEOUT, cancelled):
            self.lost, self._suspect = self.lost + 1, True
            self._closing = pending  # it hangs, and cannot even be closed
            return None
        if pending and pending.failed:
            self._dispose(stream, works=False)
            return None
        if stream.wanted == device and stream.fresh:
            return stream
        self._dispose(stream, stream.fresh)
        return None

    def _opening(self, device: str, rate: int, lead_in: float, cancelled: threading.Event) -> Stream | None:
        if self._closing and not _wait(self._closing, CLOSE_TIMEOUT, cancelled):
            raise DeviceError(f'the speaker is stuck: {portaudio.SILENT_SERVER}')
        attempt = portaudio.Attempt('open speaker', lambda: self._find(device, rate, lead_in), Stream.close)
        if _wait(attempt, 3 * portaudio.LIMIT, cancelled):
            self._opened += 1
            return attempt.result()
        attempt.give_up()
        if cancelled.is_set():
            return None
        raise DeviceError(f'no speaker: {portaudio.SILENT_SERVER}')

    def _find(self, device: str, rate: int, lead_in: float) -> Stream:
        """Opens the device; one that cannot be opened may have come, or got another index, since one looked."""
        level = self._levels.get(device, 0)
        if self._suspect:
            self._suspect = not portaudio.look_again()
        try:
            return Stream(device, rate, level, lead_in, self._tap)
        except DeviceError:
            if not portaudio.look_again():
                raise
            return Stream(device, rate, level, lead_in, self._tap)

    def _dispose(self, stream: Stream, works: bool) -> None:
        if not works:
            self.lost, self._suspect = self.lost + 1, True
        self._closing = stream.close()
        if self._closing:
            self._closing.wait(CLOSE_TIMEOUT)


def _wait(attempt: portaudio.Attempt[Any], limit: float, cancelled: threading.Event) -> bool:
    """Whether the attempt has returned within `limit` seconds, before `cancelled`."""
    end = time.monotonic() + limit
    while not attempt.wait(TICK):
        if cancelled.is_set() or time.monotonic() > end:
            return False
    return True
