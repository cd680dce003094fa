"""A microphone without hardware: PulseAudio with a null sink, or with a pipe. What is put into it is heard."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NEEDED = ('pulseaudio', 'pactl', 'paplay')


def missing() -> str:
    """What is not installed, as a reason to skip; empty where nothing is."""
    absent = [name for name in NEEDED if not shutil.which(name)]
    return f'not installed: {", ".join(absent)} (apt install pulseaudio pulseaudio-utils)' if absent else ''


class VirtualMicrophone:
    """A sound server of its own in a folder; processes and threads find it through XDG_RUNTIME_DIR.

    With a null sink, sound files are played into it; with a pipe, samples (int16, 16 kHz, mono) are written into
    `pipe`, and are heard at once.
    """

    def __init__(self, folder: Path, piped: bool = False) -> None:
        self.folder, self.pipe = folder, folder / 'pipe'
        self._module = (
            f'module-pipe-source source_name=pipemic file={self.pipe} rate=16000 channels=1 format=s16le'
            if piped
            else 'module-null-sink sink_name=nullsink rate=16000 channels=1 format=s16le'
        )
        self._environment = {**os.environ, 'XDG_RUNTIME_DIR': str(folder)}
        self._server: subprocess.Popen[bytes] | None = None

    def plug_in(self) -> None:
        """Start the server."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self._server = subprocess.Popen(
            [
                'pulseaudio',
                '--daemonize=no',
                '-n',
                '--exit-idle-time=-1',
                '--disable-shm=yes',
                '--log-level=error',
                '-L',
                'module-native-protocol-unix auth-anonymous=1',
                '-L',
                self._module,
            ],
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(100):
            if subprocess.run(['pactl', 'info'], env=self._environment, capture_output=True).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError('pulseaudio did not start')

    def play(self, path: Path) -> subprocess.Popen[bytes]:
        """Let somebody speak: play a sound file into it."""
        return subprocess.Popen(['paplay', '--device=nullsink', str(path)], env=self._environment)

    def freeze(self) -> None:
        """The server stops answering, without closing anything."""
        assert self._server
        self._server.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        assert self._server
        self._server.send_signal(signal.SIGCONT)

    def unplug(self) -> None:
        """The server dies, and its microphone with it."""
        if self._server:
            self._server.send_signal(signal.SIGCONT)
            self._server.kill()
            self._server.wait(10)
            self._server = None


@contextmanager
def virtual_microphone(folder: Path) -> Iterator[VirtualMicrophone]:
    """One that is plugged in."""
    microphone = VirtualMicrophone(folder)
    try:
        microphone.plug_in()
        yield microphone
    finally:
        microphone.unplug()
