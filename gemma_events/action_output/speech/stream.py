"""A stream of PortAudio to a sound card, in whatever format the card takes, with as little delay as works.

Nothing here hangs: PortAudio is called in threads that can be left behind, and the age of the device's last call is
watched. Sound is cut by aborting the stream, which drops what the device still holds: silence in 20 ms, where waiting
for it takes 60. The same stream goes on a millisecond later.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from gemma_events import portaudio
from gemma_events.action_output.speech.playout import Playout, Samples
from gemma_events.action_output.speech.samples import spread
from gemma_events.errors import DeviceError

# Seconds of sound that the device asks for at a time. PulseAudio's plugin stumbles for ever where another program of
# the same card asks as often, or twice as often: 20 and 15 ms were seen to, this one was not.
BLOCK = 0.0125
LATENCIES = (0.05, 0.075, 0.1, 0.2)  # seconds that the device holds: the first that works is taken
STUMBLES = 3.0  # blocks lately that came too late: more, and the device is to hold more
REOPENINGS = 8  # for that, in one speech
FORGETTING = 0.9  # of that, with each block
SETTLING = 0.06  # seconds of silence at least: what a device that stumbles takes first is lost
PATIENCE = 4.0  # seconds for which the device may ask for nothing; a sound server may take 2 to begin
FRESH = 0.5  # seconds since an idle device asked last: older, and it is opened anew
CUT_TIMEOUT = 0.06  # seconds for the sound to be cut: 0.02 are usual
RATES = (48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 8_000)  # Hz, that are tried after the sound's and the card's
FORMATS = ('int16', 'float32')
REFUSED = (-9998, -9997, -9994)  # PortAudio's invalid channel count, sample rate, format: another may do

Tap = Callable[[Samples | None, int, float], object]


class Playing(NamedTuple):
    """What a stream plays, and the events that it looks at before each block."""

    playout: Playout
    paused: threading.Event
    cancelled: threading.Event


class Stream:
    """An output device that is open, and plays silence but for what `play` is given.

    `latency`: seconds from when a block is taken to when it is heard, as the device says; `held`: the same in samples.
    `tap` gets, in PortAudio's thread, each block that belongs to a speech, its rate in Hz and the seconds until it is
    heard; None for the block while there is no speech, or it pauses.
    """

    audible = True

    def __init__(self, device: str, rate: int, level: int, lead_in: float, tap: Tap) -> None:
        """`device`: its name, part of it, or its index; empty: the default one. `rate`: of the sound, Hz; `level`: of
        LATENCIES; `lead_in`: seconds of silence before anything else.

        Raises DeviceError where it cannot be opened.
        """
        self.wanted, self.level = device, level
        self.underruns, self._stumbles, self._reopened = 0, 0.0, 0
        self._tap, self._lead_in, self._lead = tap, lead_in, 0.0  # the last: what is left of it
        self._playing: Playing | None = None
        self._quiet = 0  # samples of silence that the device has taken since the last sound
        self._aborted, self._ended = False, threading.Event()
        self._silenced = threading.Event()  # what was played has been cut, and is not heard any more
        self._pending: portaudio.Attempt[None] | None = None  # to go on after a cut, or to be opened anew
        self._stream: Any = None
        self._open(rate)

    def _open(self, rate: int) -> None:
        try:
            self._stream = portaudio.open_stream(lambda sounddevice: self._create(sounddevice, rate))
        except DeviceError as error:
            name = f' {self.wanted!r}' if self.wanted else ''
            raise DeviceError(f'no speaker{name}: {error}') from error

    def _create(self, sounddevice: Any, rate: int) -> Any:
        """The stream, in the first format that the device takes."""
        self._abort = sounddevice.CallbackAbort
        known = portaudio.devices(sounddevice, 'output')
        device = portaudio.find(known, self.wanted)
        if not device:
            raise ValueError(f'there are {portaudio.names(known)}' if known else 'there is no sound output')
        self.name, first = str(device['name']), None
        for channels, kind, hertz in formats(device, rate):
            ended = threading.Event()
            try:
                stream = sounddevice.OutputStream(
                    hertz,
                    round(hertz * BLOCK),
                    device['index'],
                    channels,
                    kind,
                    latency=LATENCIES[self.level],
                    callback=self._callback,
                    finished_callback=ended.set,
                )
            except sounddevice.PortAudioError as error:
                first = first or error
                if error.args[1:2] and error.args[1] in REFUSED:
                    continue
                break
            self.rate, self.latency = hertz, float(stream.latency)
            self.held = int(self.latency * hertz)
            self._block: Samples = np.zeros(round(hertz * BLOCK), np.int16)
            self._lead, self._stumbles = max(self._lead_in, SETTLING), 0.0
            self._ended, self._asked = ended, time.monotonic()
            return stream
        raise first or ValueError('it has no channels')

    def play(self, playing: Playing) -> None:
        """Play this, once the lead-in is over."""
        self._silenced.clear()
        self._reopened = 0
        self._playing = playing

    def stop(self) -> None:
        """Play it no more: it has been heard, or its `cancelled` is set. Waits, but not long, until it is cut."""
        playing = self._playing
        if playing and playing.cancelled.is_set() and not self._ended.is_set():
            self._silenced.wait(CUT_TIMEOUT)
        self._playing = None

    def watch(self) -> None:
        """Raises DeviceError where the device was lost, or takes no more sound. One that stumbles is opened anew."""
        if time.monotonic() - self._asked > PATIENCE:
            raise DeviceError(f'the speaker is stuck: it took no sound for {PATIENCE:g} s')
        if self._pending:
            if self._pending.hangs:
                return
            pending, self._pending = self._pending, None
            try:
                pending.result()
            except DeviceError as error:
                raise DeviceError(f'the speaker was lost: {error}') from error
        if self._ended.is_set() and not self._aborted:
            raise DeviceError('the speaker was lost')
        if self._stumbles > STUMBLES:
            self._reopened += 1
            if self._reopened > REOPENINGS:
                raise DeviceError('the speaker is stuck: each block of sound comes too late for it')
            self.level = min(self.level + 1, len(LATENCIES) - 1)
            self._pending = portaudio.Attempt('open speaker', self._reopen)

    def _reopen(self) -> None:
        old, self._stream = self._stream, None
        if not portaudio.close_stream(old).wait(PATIENCE):
            raise DeviceError(portaudio.SILENT_SERVER)
        self._open(self.rate)

    @property
    def fresh(self) -> bool:
        """Whether it works, while it plays nothing."""
        return (
            bool(self._stream)
            and not (self._ended.is_set() or self._aborted)
            and time.monotonic() - self._asked < FRESH
        )

    @property
    def usable(self) -> bool:
        """Whether it can be kept: it has not been lost, nor is it stuck."""
        return self._aborted or self._pending is not None or self.fresh

    def go_on(self) -> portaudio.Attempt[None] | None:
        """Be ready for the next sound; what is to be waited for, if anything is."""
        self._playing = None
        if self._aborted and not self._pending:
            self._pending = portaudio.restart_stream(self._stream, self._revive)
        pending, self._pending = self._pending, None
        return pending

    def _revive(self) -> None:
        self._ended.clear()
        self._aborted, self._asked = False, time.monotonic()

    def close(self) -> portaudio.Attempt[None] | None:
        """Give the device back, if it is there."""
        stream, self._stream = self._stream, None
        return portaudio.close_stream(stream) if stream else None

    # --- PortAudio's thread: copies, and says when to end --------------------------------------------

    def _callback(self, out: Any, frames: int, _times: Any, status: Any) -> None:
        late = bool(status.output_underflow)
        if not late:
            self._asked = time.monotonic()
        self.underruns += late
        self._stumbles = FORGETTING * self._stumbles + late
        block = self._block if frames == len(self._block) else np.zeros(frames, np.int16)
        playing, belongs = self._playing, False
        if playing and playing.cancelled.is_set():
            self._cut()
            playing = None
        if playing and self._lead <= 0 and not late:  # what comes after a gap may run out as well: let it be silence
            belongs = playing.playout.fill(block, playing.paused.is_set())
        else:
            block[:] = 0
            self._lead -= 0 if late else frames / self.rate
        self._quiet = 0 if belongs else self._quiet + frames
        self._tap(block if belongs else None, self.rate, self.latency)
        spread(block, out)

    def _cut(self) -> None:
        self._playing = None
        if self._quiet > self.held:
            self._silenced.set()
            return
        self._tap(None, self.rate, 0)
        self._aborted = True
        self._silenced.set()
        raise self._abort


def formats(device: dict[str, Any], rate: int) -> Iterator[tuple[int, str, int]]:
    """Channels, type of the samples and Hz to try a device with, in order; `rate` is the sound's."""
    most = int(device['max_output_channels'])
    channels = [number for number in dict.fromkeys((1, 2, most)) if number <= most]
    rates = dict.fromkeys((rate, int(device['default_samplerate']), *RATES))
    return itertools.product(channels, FORMATS, rates)
