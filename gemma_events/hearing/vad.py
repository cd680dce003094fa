"""Voice activity: does a frame hold speech? What a detector is, and the one that the settings name."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gemma_events import registry
from gemma_events.errors import ConfigurationError, GemmaError
from gemma_events.hearing.frames import Frame
from gemma_events.settings import setting


@dataclass(frozen=True)
class VadSettings:
    """Which detector, and how strict it is."""

    vad: str = setting(
        'webrtc_silero',
        "detector of speech: webrtc, webrtc_silero (WebRTC's, confirmed by Silero's network), one that another "
        'package registers, or a module:Class',
    )
    aggressiveness: int = setting(
        2, "how readily WebRTC's detector calls a frame silent; 3 misses quiet speech", low=0, high=3, live=True
    )
    speech_probability: float = setting(
        0.42, "probability of Silero's network from which a frame counts as speech", low=0.01, high=0.99, live=True
    )


class VoiceActivity(Protocol):
    """A detector, registered in `gemma_events.voice_activity`: a class that is constructed with the settings.

    It is constructed in hearing's thread each time a source is opened, and again after it failed. A static
    `check(settings)` is optional: it raises ConfigurationError for what can be seen to be wrong without loading
    anything. So is an int `doubted`: how many frames sounded like speech at first, but are not, for the diagnostics.
    """

    def detect(self, frames: Sequence[Frame], settings: VadSettings) -> list[bool]:
        """Whether each of these frames holds speech.

        It is given every frame of the stream once and in order, one to 32 at a time, so it may remember earlier ones.
        A frame has 480 samples (30 ms, 16 kHz, mono) as an int16 array, `frame.samples`, not to be changed. Whatever
        it raises is logged, and the source opened anew.
        """


def check(settings: VadSettings) -> None:
    """Raise ConfigurationError where nobody registers the detector, or where it sees that it cannot work."""
    registry.check(registry.VOICE_ACTIVITY, settings.vad, settings)


def create(settings: VadSettings) -> VoiceActivity:
    """The detector that the settings name, with what it needs loaded. Raises GemmaError, a single line."""
    try:
        detector: VoiceActivity = registry.create(registry.VOICE_ACTIVITY, settings.vad, VoiceActivity, settings)
    except GemmaError:
        raise
    except Exception as error:
        raise GemmaError(f'vad {settings.vad} cannot be loaded: {registry.reason(error)}') from error
    return detector


def detect(detector: VoiceActivity, frames: Sequence[Frame], settings: VadSettings) -> list[bool]:
    """What a detector, whoever wrote it, says of frames. Raises GemmaError, a single line, when it fails."""
    try:
        detected = [bool(speech) for speech in detector.detect(frames, settings)]
    except registry.FOREIGN_FAULTS as error:
        raise GemmaError(f'vad {settings.vad} failed: {registry.reason(error)}') from error
    if len(detected) != len(frames):
        raise GemmaError(f'vad {settings.vad} failed: it was given {len(frames)} frames and answered {len(detected)}')
    return detected


def require(vad: str, packages: dict[str, str], otherwise: str = '') -> None:
    """Raise ConfigurationError where a module is not installed; `packages`: what to install for each module."""
    missing = [package for module, package in packages.items() if not importlib.util.find_spec(module)]
    if missing:
        raise ConfigurationError(f'vad {vad} needs {" and ".join(missing)}: pip install {" ".join(missing)}{otherwise}')
