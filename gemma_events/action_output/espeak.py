"""Text to sound, by espeak-ng."""

from __future__ import annotations

import struct
import subprocess
import threading
import time

from gemma_events.errors import DeviceError

SAMPLE_RATE = 22_050  # Hz, of all of espeak-ng's own voices
SYNTHESIS_TIMEOUT = 5.0  # seconds; a sentence takes 13 ms
TICK = 0.05  # seconds between looks at `cancelled`


def synthesise(text: str, voice: str, speed: int, volume: int, cancelled: threading.Event) -> bytes:
    """A sentence as s16 mono samples at SAMPLE_RATE; empty when cancelled.

    `voice` as in `espeak-ng --voices`, `speed` in words a minute, `volume` in percent (100: the voice's own).
    Raises DeviceError where espeak-ng is missing, fails or hangs.
    """
    command = ['espeak-ng', '-v', voice, '-s', str(speed), '-a', str(volume), '-b', '1', '--stdin', '--stdout']
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except OSError as error:
        raise DeviceError('speech needs espeak-ng: install it (apt install espeak-ng)') from error
    with process:
        try:
            sound, complaint = _communicate(process, text, cancelled)
        finally:
            process.kill()
    if cancelled.is_set():
        return b''
    if process.returncode or not sound.startswith(b'RIFF'):
        reason = complaint.decode(errors='replace').strip().partition('\n')[0] or f'exit status {process.returncode}'
        raise DeviceError(f'espeak-ng cannot speak with voice {voice!r}: {reason}')
    return _samples(sound, voice)


def _communicate(process: subprocess.Popen[bytes], text: str, cancelled: threading.Event) -> tuple[bytes, bytes]:
    """What it wrote to its two outputs; kills it when cancelled."""
    # [[...]] would be taken for phonemes. The text never goes into the command line.
    data: bytes | None = text.replace('[[', '[ [').encode(errors='replace')
    end = time.monotonic() + SYNTHESIS_TIMEOUT
    while not cancelled.is_set():
        try:
            return process.communicate(data, timeout=TICK)
        except subprocess.TimeoutExpired:
            data = None  # it has been taken
        if time.monotonic() > end:
            raise DeviceError(f'espeak-ng hangs: no sound after {SYNTHESIS_TIMEOUT:g} s')
    return b'', b''


def _samples(sound: bytes, voice: str) -> bytes:
    """The samples behind the header of a WAV file, whose lengths are bogus, for it was written to a pipe."""
    (rate,) = struct.unpack_from('<I', sound, 24)
    if rate != SAMPLE_RATE:
        raise DeviceError(f"voice {voice!r} speaks at {rate} Hz: take one of espeak-ng's own, at {SAMPLE_RATE} Hz")
    samples = sound[sound.index(b'data', 12) + 8 :]
    return samples[: len(samples) // 2 * 2]
