"""A PulseAudio server of its own in a folder, for sound cards that tests and the benchmark need and no computer has."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

PATIENCE = 10.0  # seconds for it to answer
OPTIONS = ('--daemonize=no', '-n', '--exit-idle-time=-1', '--disable-shm=yes', '--log-level=error')


def environment(folder: Path) -> dict[str, str]:
    """Of a program that shall use the server in this folder."""
    return {**os.environ, 'XDG_RUNTIME_DIR': str(folder), 'PULSE_SERVER': f'unix:{folder}/pulse/native'}


def null_sink(rate: int) -> str:
    """A loudspeaker `nullsink` that swallows sound, mono; with rewinds it would be silent for its first 2 s."""
    return f'module-null-sink sink_name=nullsink rate={rate} channels=1 format=s16le norewinds=1'


def start(folder: Path, module: str) -> subprocess.Popen[bytes]:
    """Start the server with this device, and wait until it answers. Raises RuntimeError where it does not."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700)
    server = subprocess.Popen(
        ['pulseaudio', *OPTIONS, '-L', 'module-native-protocol-unix auth-anonymous=1', '-L', module],
        env={**environment(folder), 'HOME': str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + PATIENCE
    while subprocess.run(['pactl', 'info'], env=environment(folder), capture_output=True).returncode:
        if time.monotonic() > end or server.poll() is not None:
            server.kill()
            server.wait()
            raise RuntimeError('PulseAudio does not start here')
        time.sleep(0.1)
    return server
