"""A microphone without hardware: PulseAudio with a null sink, or with a pipe. What is put into it is heard."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts import sound_server

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
            else sound_server.null_sink(16_000)
        )
        self._environment = sound_server.environment(folder)
        self._server: subprocess.Popen[bytes] | None = None

    def plug_in(self) -> None:
        """Start the server."""
        self._server = sound_server.start(self.folder, self._module)

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
