"""Which recogniser turns utterances into text, and what a recogniser is."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from gemma_events import registry
from gemma_events.errors import ConfigurationError
from gemma_events.hearing.transcripts import Transcript
from gemma_events.settings import setting

AUTO, NONE = 'auto', 'none'
TRIED = ('faster_whisper', 'pocketsphinx')  # for `auto`, in this order


@dataclass(frozen=True)
class RecognitionSettings:
    """Which recogniser, and how it works."""

    recogniser: str = setting(
        AUTO,
        'what turns speech into text: faster_whisper, pocketsphinx, one that another package registers, or a '
        'module:Class; auto: faster_whisper, or pocketsphinx where its model cannot be had; none: no transcripts',
    )
    model: str = setting(
        'tiny.en',
        'faster_whisper\'s model: a name ("base", "small.en"), a repository of the hub, '
        'or a folder (a path that begins with / . or ~)',
    )
    language: str = setting('', 'what is spoken, as an ISO 639-1 code ("en"); empty: the model finds out')
    hotwords: str = setting('', 'names and words that faster_whisper should expect', live=True)
    compute_device: str = setting('auto', 'where faster_whisper computes', choices=('auto', 'cpu', 'cuda'))
    compute_type: str = setting(
        'auto',
        'precision of faster_whisper; auto: the fastest of the device',
        choices=('auto', 'default', 'int8', 'int8_float16', 'int8_float32', 'int16', 'float16', 'bfloat16', 'float32'),
    )
    beam_size: int = setting(1, 'how many readings faster_whisper weighs against each other', low=1, high=10, live=True)
    threads: int = setting(0, 'processor threads of faster_whisper; 0: it chooses', low=0, high=64)
    recognition_timeout: float = setting(
        20.0,
        'longest time from the end of an utterance to its transcript; after that, an error takes its place',
        unit='s',
        low=0.5,
        high=300.0,
        live=True,
    )
    partial_ms: int = setting(
        0,
        'while an utterance goes on, publish its text so far as transcript_partial each time it has grown by this '
        'much; 0: never',
        unit='ms',
        low=0,
        high=10_000,
        live=True,
    )
    load_timeout: float = setting(
        180.0, 'longest time to load the recogniser, with what has to be downloaded', unit='s', low=1.0, high=3600.0
    )


class Recogniser(Protocol):
    """A recogniser, registered in `gemma_events.recognisers`: a class that is constructed with the settings.

    Constructing it loads it: that may take up to `load_timeout`, and raises RecognitionError, a single line, where it
    cannot be had now; it is tried again later. It is constructed and called in a thread of its own. A static
    `check(settings)` is optional: it raises ConfigurationError for what can be seen to be wrong without loading.
    """

    def transcribe(self, audio: bytes, settings: RecognitionSettings) -> Transcript:
        """The text of an utterance: int16 samples in the machine's byte order, 16 kHz, mono, 0.2 to 30 s.

        Called for one utterance at a time, and takes as long as it takes: after `recognition_timeout` the utterance
        is answered with an error, and one that hangs for twice as long is replaced by a new object. Whatever it
        raises becomes the `error` of this utterance's transcript.
        """


@dataclass(frozen=True)
class Candidate:
    """A recogniser that may be loaded: `load` takes long, and raises whatever its class raises."""

    name: str
    load: Callable[[], Recogniser]


def candidates(settings: RecognitionSettings) -> list[Candidate]:
    """The recognisers to try, in this order; empty for `none`."""
    return [
        Candidate(name, functools.partial(registry.create, registry.RECOGNISERS, name, Recogniser, settings))
        for name in _chosen(settings)
    ]


def check(settings: RecognitionSettings) -> None:
    """Raise ConfigurationError where nobody registers the recogniser, or where it sees that it cannot work."""
    for name in _chosen(settings):
        registry.check(registry.RECOGNISERS, name, settings)


def require(module: str, package: str, settings: RecognitionSettings) -> None:
    """Raise ConfigurationError where a recogniser's module is not installed; not for `auto`, which tries the next."""
    if settings.recogniser != AUTO and not importlib.util.find_spec(module):
        raise ConfigurationError(
            f'recogniser {settings.recogniser} is not installed: pip install {package}, or set '
            f'recogniser to auto or none'
        )


def _chosen(settings: RecognitionSettings) -> tuple[str, ...]:
    return {AUTO: TRIED, NONE: ()}.get(settings.recogniser, (settings.recogniser,))
