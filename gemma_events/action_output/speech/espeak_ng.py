"""Text to sound, by espeak-ng."""

from __future__ import annotations

import struct
import subprocess
import threading
import time

import numpy as np

from gemma_events.action_output.speech.sentences import Sentence
from gemma_events.action_output.speech.settings import SpeechSettings
from gemma_events.action_output.speech.synthesis import Delivery, Sound
from gemma_events.errors import DeviceError

SYNTHESIS_TIMEOUT = 5.0  # seconds; a sentence takes 13 ms
TICK = 0.05  # seconds between looks at `cancelled`


class EspeakNg:
    """The program espeak-ng, started for each sentence. Fits speak.Synthesiser."""

    rate = 22_050  # Hz, of all of espeak-ng's own voices

    def __init__(self, settings: SpeechSettings) -> None:
        """There is nothing to load."""

    def refusal(self, delivery: Delivery) -> str:
        """Nothing is known before it is tried."""
        return ''

    def synthesise(self, sentence: Sentence, delivery: Delivery, cancelled: threading.Event) -> Sound:
        """A sentence as sound; empty when cancelled, within 0.1 s.

        Raises DeviceError where espeak-ng is missing, fails or hangs.
        """
        voice = delivery.voice or delivery.language or 'en-us'
        sound, complaint, status = _run(_command(voice, delivery.rate), sentence.text, cancelled)
        if cancelled.is_set():
            return Sound(np.empty(0, np.int16), self.rate)
        if status or not sound.startswith(b'RIFF'):
            reason = complaint.decode(errors='replace').strip().partition('\n')[0] or f'exit status {status}'
            raise DeviceError(f'espeak-ng cannot speak with voice {voice!r}: {reason}')
        return Sound(np.frombuffer(self._samples(sound, voice), np.int16), self.rate)

    def _samples(self, sound: bytes, voice: str) -> bytes:
        """The samples behind the header of a WAV file, whose lengths are bogus, for it was written to a pipe."""
        (rate,) = struct.unpack_from('<I', sound, 24)
        if rate != self.rate:
            raise DeviceError(f"voice {voice!r} speaks at {rate} Hz: take one of espeak-ng's own, at {self.rate} Hz")
        samples = sound[sound.index(b'data', 12) + 8 :]
        return samples[: len(samples) // 2 * 2]


def _command(voice: str, rate: int) -> list[str]:
    """-a 100 is the voice's own loudness. The text never goes into the command line."""
    options = ['-v', voice, '-s', str(round(1.6 * rate)), '-a', '100']
    return ['espeak-ng', *options, '-b', '1', '--stdin', '--stdout']


def _run(command: list[str], text: str, cancelled: threading.Event) -> tuple[bytes, bytes, int | None]:
    """What the program wrote to its two outputs, and its exit status; it is killed when cancelled."""
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except OSError as error:
        raise DeviceError('speech needs espeak-ng: install it (apt install espeak-ng)') from error
    with process:
        try:
            return *_communicate(process, text, cancelled), process.returncode
        finally:
            process.kill()


def _communicate(process: subprocess.Popen[bytes], text: str, cancelled: threading.Event) -> tuple[bytes, bytes]:
    """What it wrote to its two outputs; nothing when cancelled."""
    # [[...]] would be taken for phonemes.
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
