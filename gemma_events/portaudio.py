"""PortAudio, of which a process has only one: shared by what listens and what speaks.

It finds devices when it is initialised and never again, and initialising it anew ends every stream of the process. So
streams are counted, and it looks again only while there are none: no microphone is worth cutting off the robot's
voice.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from gemma_events.errors import DeviceError

FRESH = 1.0  # seconds within which devices are not looked for again

CLOSING_LIMIT = 3  # streams that hang while they are closed; beyond it none is opened

_lock = threading.Lock()
_closing: list[threading.Thread] = []
_streams = 0  # being opened, open, or being closed
_looked = 0.0  # when devices were last looked for, monotonic seconds; 0: never


def load() -> Any:
    """The sounddevice module. Raises DeviceError, with what to install, where it or PortAudio is missing.

    A node calls this while it configures: sounddevice redirects standard error for a moment, because ALSA prints there,
    and that would swallow what the other nodes of the process log once they run.
    """
    global _looked
    try:
        import sounddevice
    except ImportError as error:
        raise DeviceError('sound needs the Python package sounddevice: pip install sounddevice') from error
    except OSError as error:
        raise DeviceError('sound needs PortAudio: apt install libportaudio2') from error
    with _lock:
        _looked = _looked or time.monotonic()
    return sounddevice


def look_again() -> bool:
    """Find devices that were plugged in since; false where that was done just now, or a stream is open."""
    global _looked
    sounddevice = load()
    with _lock:
        if _streams or time.monotonic() - _looked < FRESH:
            return False
        sounddevice._terminate()
        sounddevice._initialize()
        _looked = time.monotonic()
        return True


def open_stream(create: Callable[[Any], Any]) -> Any:
    """The started stream that `create` makes of the sounddevice module.

    Raises DeviceError with PortAudio's reason, or when too many streams hang.
    """
    sounddevice = load()
    if sum(thread.is_alive() for thread in _closing) >= CLOSING_LIMIT:
        raise DeviceError('the sound server does not answer: streams that were closed still hang in it')
    _count(1)  # before it is opened, which may hang: the others must not wait for it
    stream = None
    try:
        stream = create(sounddevice)
        stream.start()
    except BaseException as error:
        if stream:
            close_stream(stream)
        else:
            _count(-1)
        if isinstance(error, (sounddevice.PortAudioError, ValueError)):
            raise DeviceError(str(error)) from error
        raise
    return stream


def close_stream(stream: Any) -> threading.Thread:
    """Close it in the thread that is returned, which hangs as long as its sound server: wait for it with a limit."""

    def close() -> None:
        stream.close(ignore_errors=True)
        _count(-1)

    thread = threading.Thread(target=close, name='close sound', daemon=True)
    _closing[:] = [other for other in _closing if other.is_alive()] + [thread]
    thread.start()
    return thread


def _count(change: int) -> None:
    global _streams
    with _lock:
        _streams += change
