"""A loudspeaker without hardware whose recording is on this machine's clock: PulseAudio's null sink."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from scripts import sound_server

RATE = 48_000  # Hz
LOUD = 300  # of 32768; the null sink adds no noise
GRAIN = 48  # samples: 1 ms


class VirtualSound:
    """Starts a sound server in `folder`; ALSA's device `pulse` of this process goes there."""

    def __init__(self, folder: Path) -> None:
        os.environ['XDG_RUNTIME_DIR'] = str(folder)
        os.environ.pop('PULSE_SERVER', None)
        self._server = sound_server.start(folder, sound_server.null_sink(RATE))
        # With 10 ms the server gives each piece away when its first sample is due.
        recorder = ['parec', '-d', 'nullsink.monitor', f'--rate={RATE}', '--channels=1', '--format=s16le']
        self._recorder = subprocess.Popen([*recorder, '--latency-msec=10'], stdout=subprocess.PIPE, bufsize=0)
        self._pieces: list[npt.NDArray[np.int16]] = []
        self._zero = float('inf')  # when sample 0 was heard, in seconds of time.time()
        self._count = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        odd = b''
        while data := os.read(self._recorder.stdout.fileno(), 65_536):
            now, data = time.time(), odd + data
            odd = data[len(data) // 2 * 2 :]
            piece = np.frombuffer(data[: len(data) // 2 * 2], np.int16)
            if self._pieces:  # the first one may have waited
                self._zero = min(self._zero, now - self._count / RATE)
            self._pieces.append(piece)
            self._count += len(piece)

    def loud(self, begin: float, end: float) -> npt.NDArray[np.bool_]:
        """For each millisecond between two times, whether there was sound."""
        first = round((begin - self._zero) * RATE)
        samples = np.concatenate(self._pieces)[max(0, first) : round((end - self._zero) * RATE)]
        grains = samples[: len(samples) // GRAIN * GRAIN].reshape(-1, GRAIN).astype(np.int32)
        found: npt.NDArray[np.bool_] = np.abs(grains).max(axis=1, initial=0) > LOUD
        return found

    def close(self) -> None:
        """End it."""
        for process in (self._recorder, self._server):
            process.kill()
            process.wait()
