"""PortAudio, of which a process has only one: shared by what listens and what speaks.

It finds devices when it is initialised and never again, and initialising it anew ends every stream of the process. So
streams are counted, and it looks again only while there are none: no microphone is worth cutting off the robot's
voice.

Any call may hang for as long as a sound server does not answer. So those that talk to it are made in threads that can
be left behind: an `Attempt` each.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from gemma_events.errors import DeviceError

FRESH = 1.0  # seconds within which devices are not looked for again
LIMIT = 5.0  # seconds for PortAudio to be loaded, to find devices, to open one: 1.7 were seen
HANGING_LIMIT = 3  # calls that hang; beyond it no stream is opened
SILENT_SERVER = 'the sound server does not answer'

Made = TypeVar('Made')


class Attempt(Generic[Made]):
    """A call that may hang, in a thread of its own that ends with it."""

    def __init__(self, name: str, work: Callable[[], Made], undo: Callable[[Made], object] = lambda made: None) -> None:
        """`undo` is done with what comes of it after it was given up."""
        self._work, self._undo = work, undo
        self._made: Made
        self._error: BaseException | None = None
        self._done = self._given_up = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def wait(self, timeout: float) -> bool:
        """Whether it has returned, after `timeout` seconds at most."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def hangs(self) -> bool:
        """Whether it has not returned yet."""
        return self._thread.is_alive()

    @property
    def failed(self) -> bool:
        """Whether it has raised something."""
        return self._error is not None

    def result(self) -> Made:
        """What it returned, or raises what it raised."""
        if self._error:
            raise self._error
        return self._made

    def give_up(self) -> None:
        """Nobody wants the result any more."""
        with self._lock:
            self._given_up, late = True, self._done and not self._given_up
        if late:
            self._undo(self._made)

    def _run(self) -> None:
        try:
            self._made = self._work()
        except BaseException as error:
            self._error = error
            return
        with self._lock:
            self._done = True
            unwanted = self._given_up
        if unwanted:
            self._undo(self._made)


_lock = threading.Lock()
_attempts: list[Attempt[Any]] = []
_loading: Attempt[Any] | None = None
_looking: Attempt[Any] | None = None
_streams = 0  # being opened, open, or being closed
_looked = 0.0  # when devices were last looked for, monotonic seconds; 0: never, as far as is known here


def load() -> Any:
    """The sounddevice module. Raises DeviceError, with what to install, where it or PortAudio is missing.

    A node calls this while it configures: sounddevice redirects standard error for a moment, because ALSA prints there,
    and that would swallow what the other nodes of the process log once they run.
    """
    global _loading
    with _lock:
        if _loading is None:
            _loading = Attempt('load sound', _import)
        loading, looking = _loading, _looking
    for attempt in (loading, looking):
        if attempt and not attempt.wait(LIMIT):
            raise DeviceError(SILENT_SERVER)
    try:
        return loading.result()
    except ImportError as error:
        _loading = None  # it may be installed yet
        raise DeviceError('sound needs the Python package sounddevice: pip install sounddevice') from error
    except OSError as error:
        _loading = None
        raise DeviceError('sound needs PortAudio: apt install libportaudio2') from error


def _import() -> Any:
    global _looked
    known = 'sounddevice' in sys.modules  # nobody knows since when
    import sounddevice

    if not known:
        _looked = time.monotonic()
    return sounddevice


def look_again() -> bool:
    """Find devices that were plugged in since; false where that was done just now, or a stream is open.

    Raises DeviceError where the sound server does not answer.
    """
    global _looking, _looked
    sounddevice = load()
    with _lock:
        if _streams or (_looking and _looking.hangs) or time.monotonic() - _looked < FRESH:
            return False
        _looked = time.monotonic()
        _looking = looking = Attempt('look for sound devices', lambda: _initialise(sounddevice))
    if not looking.wait(LIMIT):
        raise DeviceError(SILENT_SERVER)
    looking.result()
    return True


def _initialise(sounddevice: Any) -> None:
    sounddevice._terminate()
    sounddevice._initialize()


def devices(sounddevice: Any, kind: str) -> list[dict[str, Any]]:
    """What PortAudio knows of each device for `kind`, input or output; `default` marks the default one."""
    default = sounddevice.default.device[('input', 'output').index(kind)]
    return [
        {**device, 'default': device['index'] == default}
        for device in sounddevice.query_devices()
        if device[f'max_{kind}_channels'] > 0
    ]


def find(known: Sequence[dict[str, Any]], name: str) -> dict[str, Any] | None:
    """The device with this index, this name, or the first one with this in its name; '' or 'default': the default."""
    if name in ('', 'default'):
        marked = [device for device in known if device['default']]
        return next(iter(marked or [device for device in known if device['name'] == 'default'] or known), None)
    wanted = name.lower()
    for matches in (
        lambda device: str(device['index']) == name,
        lambda device: device['name'].lower() == wanted,
        lambda device: wanted in device['name'].lower(),
    ):
        if found := [device for device in known if matches(device)]:
            return found[0]
    return None


def names(known: Sequence[dict[str, Any]]) -> str:
    """The devices with their indices, for people."""
    return ', '.join(f'{device["index"]}: {device["name"]}' for device in known)


def open_stream(create: Callable[[Any], Any]) -> Any:
    """The started stream that `create` makes of the sounddevice module.

    Raises DeviceError with PortAudio's reason, or where the sound server does not answer.
    """
    sounddevice = load()
    if sum(attempt.hangs for attempt in _attempts) >= HANGING_LIMIT:
        raise DeviceError(f'{SILENT_SERVER}: {HANGING_LIMIT} calls still hang in it')
    _count(1)  # before it is opened: nobody looks for devices meanwhile

    def open_it() -> Any:
        stream = None
        try:
            stream = create(sounddevice)
            stream.start()
        except BaseException:
            if stream:
                stream.close(ignore_errors=True)
            _count(-1)
            raise
        return stream

    attempt = _remember(Attempt('open sound', open_it, close_stream))
    if not attempt.wait(LIMIT):
        attempt.give_up()
        raise DeviceError(SILENT_SERVER)
    try:
        return attempt.result()
    except (sounddevice.PortAudioError, ValueError) as error:
        raise DeviceError(str(error)) from error


def restart_stream(stream: Any, between: Callable[[], None]) -> Attempt[None]:
    """Let a stream go on that its callback has ended; `between` is called while it stands still."""

    def restart() -> None:
        stream.stop()
        between()
        stream.start()

    return _remember(Attempt('restart sound', restart))


def close_stream(stream: Any) -> Attempt[None]:
    """Close it, in a thread that hangs as long as its sound server: wait for it with a limit."""

    def close() -> None:
        stream.close(ignore_errors=True)
        _count(-1)

    return _remember(Attempt('close sound', close))


def _remember(attempt: Attempt[Any]) -> Attempt[Any]:
    _attempts[:] = [other for other in _attempts if other.hangs] + [attempt]
    return attempt


def _count(change: int) -> None:
    global _streams
    with _lock:
        _streams += change
