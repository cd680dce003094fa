"""Which recogniser turns utterances into text, and what each of them needs."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gemma_events.errors import ConfigurationError
from gemma_events.hearing.transcripts import Transcript
from gemma_events.settings import setting


@dataclass(frozen=True)
class RecognitionSettings:
    """Which recogniser, and how it works."""

    recogniser: str = setting(
        'auto',
        'what turns speech into text; auto: faster_whisper, and where its model cannot be had, pocketsphinx',
        choices=('auto', 'faster_whisper', 'pocketsphinx', 'none'),
    )
    model: str = setting(
        'tiny.en',
        'faster_whisper\'s model: a name ("base", "small.en"), a repository of the hub, '
        'or a folder (a path that begins with / . or ~)',
    )
    language: str = setting('', 'what is spoken, as ISO 639-1 code ("en"); empty: the model finds out')
    hotwords: str = setting('', 'names and words that faster_whisper shall expect', live=True)
    device: str = setting('auto', 'where faster_whisper works', choices=('auto', 'cpu', 'cuda'))
    compute_type: str = setting(
        'auto',
        'precision of faster_whisper; auto: the fastest of the device',
        choices=('auto', 'default', 'int8', 'int8_float16', 'int8_float32', 'int16', 'float16', 'bfloat16', 'float32'),
    )
    beam_size: int = setting(1, 'how many readings faster_whisper weighs against each other', low=1, high=10, live=True)
    threads: int = setting(0, 'processor threads of faster_whisper; 0: it chooses', low=0, high=64)
    recognition_timeout: float = setting(
        20.0,
        'from the end of an utterance to its transcript; after that, it is answered with an error',
        unit='s',
        low=0.5,
        high=300.0,
        live=True,
    )
    partial_ms: int = setting(
        0,
        'after each so much of an utterance that goes on, publish its text so far as transcript_partial; 0: never',
        unit='ms',
        low=0,
        high=10_000,
        live=True,
    )
    load_timeout: float = setting(
        180.0, 'for loading the recogniser, with what has to be downloaded', unit='s', low=1.0, high=3600.0
    )


class Recogniser(Protocol):
    """A loaded recogniser."""

    def transcribe(self, audio: bytes, settings: RecognitionSettings) -> Transcript:
        """Text of an utterance (int16, 16 kHz, mono). Takes as long as it takes; may raise anything."""


@dataclass(frozen=True)
class Candidate:
    """A recogniser that may be loaded: `load` takes long, and raises RecognitionError where it cannot be."""

    name: str
    load: Callable[[], Recogniser]


def candidates(settings: RecognitionSettings) -> list[Candidate]:
    """The recognisers to try, in this order; none for `none`."""
    chosen = ('faster_whisper', 'pocketsphinx') if settings.recogniser == 'auto' else (settings.recogniser,)
    return [
        Candidate(name, load)
        for name, load in (('faster_whisper', lambda: _load_whisper(settings)), ('pocketsphinx', _load_sphinx))
        if name in chosen
    ]


def check(settings: RecognitionSettings) -> None:
    """Raise ConfigurationError for what can be seen to be wrong without loading anything."""
    packages = {'faster_whisper': 'faster-whisper', 'pocketsphinx': 'pocketsphinx'}
    package = packages.get(settings.recogniser)
    if package and not importlib.util.find_spec(settings.recogniser):
        raise ConfigurationError(
            f'recogniser {settings.recogniser} is not installed: pip install {package}, or set '
            f'recogniser to auto or none'
        )
    if settings.recogniser in ('auto', 'faster_whisper') and (folder := model_folder(settings.model)):
        if not folder.is_dir():
            raise ConfigurationError(f'no such model folder: {folder}')
        if missing := missing_files(folder):
            raise ConfigurationError(f'{folder} is no model for faster_whisper: it has no {" and no ".join(missing)}')


def model_folder(model: str) -> Path | None:
    """The folder that a model's name is, if it is one; names and hub repositories are not."""
    return Path(model).expanduser() if model.startswith(('/', '.', '~')) else None


def missing_files(folder: Path) -> list[str]:
    """Files without which faster-whisper cannot load a model, or goes to the network for them."""
    missing = [name for name in ('model.bin', 'config.json', 'tokenizer.json') if not (folder / name).is_file()]
    return missing if any(folder.glob('vocabulary.*')) else [*missing, 'vocabulary.json']


def _load_whisper(settings: RecognitionSettings) -> Recogniser:
    from gemma_events.hearing import whisper

    return whisper.Whisper(settings)


def _load_sphinx() -> Recogniser:
    from gemma_events.hearing import sphinx

    return sphinx.Sphinx()
