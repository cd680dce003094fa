"""A loudspeaker without hardware: PulseAudio with a null sink, whose sound is recorded."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from gemma_events import portaudio
from scripts import sound_server

RATE = 16_000  # Hz, of the recording
LOUD = 300  # of 32768; the null sink adds no noise
WINDOW = 160  # samples: 10 ms


class VirtualSpeaker:
    """Starts a sound server in `folder`; ALSA's device `pulse` (and `default`) of this process goes there."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for tool in ('pulseaudio', 'parec', 'pactl'):
            if not shutil.which(tool):
                pytest.skip(f'{tool} is not installed (pulseaudio, pulseaudio-utils, libasound2-plugins)')
        monkeypatch.setenv('XDG_RUNTIME_DIR', str(folder))
        monkeypatch.delenv('PULSE_SERVER', raising=False)
        monkeypatch.setattr(portaudio, 'FRESH', 0.0)  # this one is looked for at once
        self.path = folder / 'recording.raw'
        try:
            self.server = sound_server.start(folder, sound_server.null_sink(RATE))
        except RuntimeError as error:
            pytest.skip(str(error))
        self._recorder = subprocess.Popen(
            [
                'parec',
                '-d',
                'nullsink.monitor',
                f'--rate={RATE}',
                '--channels=1',
                '--format=s16le',
                '--latency-msec=20',
                str(self.path),
            ]
        )
        while not self.path.exists() or not self.path.stat().st_size:
            time.sleep(0.02)

    def loud(self) -> list[bool]:
        """For each 10 ms since the beginning, whether there was sound."""
        samples = self.samples()
        windows = samples[: len(samples) // WINDOW * WINDOW].reshape(-1, WINDOW).astype(np.int32)
        found: list[bool] = (np.abs(windows).max(axis=1, initial=0) > LOUD).tolist()
        return found

    def samples(self) -> npt.NDArray[np.int16]:
        """What was recorded so far."""
        data = self.path.read_bytes()
        return np.frombuffer(data[: len(data) // 2 * 2], np.int16)

    def seconds_of_sound(self) -> float:
        """How much of the recording is not silent."""
        return sum(self.loud()) / 100

    def freeze(self) -> None:
        """The server does nothing any more, and does not say so."""
        self.server.send_signal(signal.SIGSTOP)

    def close(self) -> None:
        """End it."""
        for process in (self._recorder, self.server):
            process.kill()
            process.wait()
