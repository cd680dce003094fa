"""A microphone through PortAudio."""

from __future__ import annotations

import contextlib
import functools
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy.typing as npt

from gemma_events import portaudio
from gemma_events.errors import DeviceError
from gemma_events.events import Nanoseconds
from gemma_events.hearing.frames import BLOCK_FRAMES, FRAME_MS, SAMPLE_RATE, Chunk, Samples, mono, to_int16
from gemma_events.hearing.sources import Context
from gemma_events.hearing.timeline import captured

QUEUE_LIMIT = 50  # chunks between PortAudio's thread and ours: 3 s
WATCHDOG = 1.5  # seconds without sound after which a device counts as lost
FIRST_SOUND = 4.0  # seconds that a device may take until its first chunk: 1.7 were seen


def prepare(context: Context) -> Callable[[], Microphone]:
    """What opens the microphone. One that is missing may yet be plugged in, so nothing is raised here."""
    with contextlib.suppress(DeviceError):
        portaudio.load()
    settings = context.settings
    return functools.partial(Microphone, settings.audio_source, settings.audio_channel, context.now)


class Microphone:
    """An input device, opened at 16 kHz where it can do that, else at its own rate and resampled.

    PortAudio says little about a device that is lost: its callback is not called any more, and closing may hang for
    ever. So the age of the last chunk is watched, and the stream is closed in a thread that may be left behind.
    """

    live = True

    def __init__(self, name: str, channel: int, now: Callable[[], Nanoseconds]) -> None:
        """`name` and `channel`: as `audio_source` and `audio_channel`; `now` since the epoch.

        Raises DeviceError where it cannot be opened.
        """
        self.dropped = 0
        self._channel, self._now = channel, now
        self._queue: queue.Queue[tuple[npt.NDArray[Any], Nanoseconds] | None] = queue.Queue(QUEUE_LIMIT)
        self._closed = threading.Event()
        try:
            self._open(name)
        except DeviceError:  # it may have been plugged in, or got another index, since devices were last looked for
            if not portaudio.look_again():
                raise
            self._open(name)

    def _open(self, name: str) -> None:
        sounddevice = portaudio.load()
        device = find_device(input_devices(sounddevice), name)
        self.name = str(device['name'])
        self._rate, channels = _format(sounddevice, device, self._channel)
        try:
            self._stream = portaudio.open_stream(
                lambda sounddevice: sounddevice.InputStream(
                    device=device['index'],
                    samplerate=self._rate,
                    channels=channels,
                    dtype='float32',
                    blocksize=self._rate * FRAME_MS * BLOCK_FRAMES // 1000,
                    callback=self._hear,
                    finished_callback=self._wake,
                )
            )
        except DeviceError as error:
            raise DeviceError(f'microphone {self.name!r} cannot be opened: {error}') from error

    def chunks(self) -> Iterator[Chunk]:
        """Its sound, in chunks of 60 ms. Raises DeviceError when no more comes."""
        convert = _converter(self._rate)
        patience = FIRST_SOUND
        while True:
            try:
                item = self._queue.get(timeout=patience)
            except queue.Empty:
                raise DeviceError(
                    f'microphone {self.name!r} gives no sound: is it plugged in, and is the sound server alive?'
                ) from None
            if self._closed.is_set():
                return
            if item is None:
                raise DeviceError(f'microphone {self.name!r} was lost: is it unplugged?')
            patience = WATCHDOG
            samples, stamp = item
            yield Chunk(convert(mono(samples.T, self._channel)), stamp)

    def silence(self) -> str:
        """That cannot be told."""
        return ''

    def close(self) -> None:
        """End `chunks`, and close the device in a thread that nobody waits for."""
        if not self._closed.is_set():
            self._closed.set()
            self._wake()
            portaudio.close_stream(self._stream)

    # --- PortAudio's thread: copy and enqueue, nothing else -------------------------------------------

    def _hear(self, samples: npt.NDArray[Any], frames: int, _times: Any, status: Any) -> None:
        # PortAudio's own times are no help: PulseAudio's are up to half a second early in the first seconds.
        stamp = captured(self._now(), frames, self._rate)
        try:
            self._queue.put_nowait((samples.copy(), stamp))
        except queue.Full:
            self.dropped += 1
        if status.input_overflow:
            self.dropped += 1

    def _wake(self) -> None:
        with contextlib.suppress(queue.Full):  # then there is already something to wake up for
            self._queue.put_nowait(None)


def input_devices(sounddevice: Any) -> list[dict[str, Any]]:
    """What PortAudio knows of each device that can record; `default` marks the default one."""
    return portaudio.devices(sounddevice, 'input')


def find_device(devices: Sequence[dict[str, Any]], name: str) -> dict[str, Any]:
    """The device with this index, this name, or the first one with this in its name; '' or 'default': the default.

    Raises DeviceError where there is none.
    """
    if not devices:
        raise DeviceError('there is no microphone: plug one in, or set audio_source to a file')
    if found := portaudio.find(devices, name):
        return found
    raise DeviceError(f'there is no microphone {name!r}; there are {portaudio.names(devices)}')


def print_devices() -> int:
    """Print the microphones, a * before the one that is taken by default; 1 where there is none."""
    try:
        devices = input_devices(portaudio.load())
        taken = find_device(devices, '')
    except DeviceError as error:
        print(error)
        return 1
    print('  index  channels  rate   name')
    for device in devices:
        mark = '*' if device['index'] == taken['index'] else ' '
        print(
            f'{mark} {device["index"]:5}  {device["max_input_channels"]:8}  {device["default_samplerate"]:5.0f}  '
            f'{device["name"]}'
        )
    return 0


def _format(sounddevice: Any, device: dict[str, Any], channel: int) -> tuple[int, int]:
    """Rate and number of channels to open a device with: ours if it can, else its own rate."""
    channels = min(device['max_input_channels'], max(channel, 1)) if channel else min(device['max_input_channels'], 2)
    for rate in (SAMPLE_RATE, int(device['default_samplerate'])):
        try:
            sounddevice.check_input_settings(device['index'], channels, 'float32', samplerate=rate)
        except (sounddevice.PortAudioError, ValueError):
            continue
        return rate, channels
    return int(device['default_samplerate']), device['max_input_channels']


def _converter(rate: int) -> Any:
    if rate == SAMPLE_RATE:
        return to_int16
    from gemma_events.hearing.resampling import Resampler

    resampler = Resampler(0)

    def convert(samples: npt.NDArray[Any]) -> Samples:
        return resampler.feed_samples(samples, rate)

    return convert
