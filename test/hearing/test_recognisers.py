"""The recognisers themselves, and what is said of one that cannot work."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sounds import silence

from gemma_events.errors import ConfigurationError, RecognitionError
from gemma_events.hearing import recognisers
from gemma_events.hearing.recognisers import RecognitionSettings

SETTINGS = RecognitionSettings(recogniser='faster_whisper')


def load(settings):
    (candidate,) = recognisers.candidates(settings)
    return candidate.load()


@pytest.mark.parametrize(
    ('chosen', 'names'),
    [
        ('auto', ['faster_whisper', 'pocketsphinx']),
        ('faster_whisper', ['faster_whisper']),
        ('pocketsphinx', ['pocketsphinx']),
        ('none', []),
    ],
)
def test_which_are_tried(chosen, names):
    assert [one.name for one in recognisers.candidates(replace(SETTINGS, recogniser=chosen))] == names


def test_whisper_gives_text_language_and_confidence(tiny_model):
    settings = replace(SETTINGS, model=str(tiny_model))
    recognisers.check(settings)
    transcript = load(settings).transcribe(silence(1.0).tobytes(), settings)
    assert (transcript.text, transcript.language, transcript.error) == ('hello robot', 'en', '')
    assert 0.5 < transcript.confidence <= 1.0


def test_whisper_takes_any_length_of_sound(tiny_model):
    settings = replace(SETTINGS, model=str(tiny_model))
    whisper = load(settings)
    for seconds in (0.01, 31.0):
        assert 'hello robot' in whisper.transcribe(silence(seconds).tobytes(), settings).text


def test_pocketsphinx_understands_people(voices):
    pytest.importorskip('pocketsphinx')
    settings = replace(SETTINGS, recogniser='pocketsphinx')
    recognisers.check(settings)
    sphinx = load(settings)
    assert 'right' in sphinx.transcribe(voices['Side_Right'].tobytes(), settings).text
    assert sphinx.transcribe(np.zeros(1600, np.int16).tobytes(), settings).error
    assert 'center' in sphinx.transcribe(voices['Front_Center'].tobytes(), settings).text


@pytest.mark.parametrize('chosen', ['auto', 'faster_whisper'])
@pytest.mark.parametrize('missing', ['', 'model.bin', 'tokenizer.json', 'config.json', 'vocabulary.json'])
def test_a_model_folder_that_lacks_something_is_refused(tmp_path, tiny_model, chosen, missing):
    folder = tmp_path / 'model'
    if missing:
        folder.mkdir()
        for path in tiny_model.iterdir():
            if path.name != missing:
                (folder / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ConfigurationError, match=f'has no {missing}' if missing else 'no such model folder'):
        recognisers.check(replace(SETTINGS, recogniser=chosen, model=str(folder)))


def test_a_model_that_is_damaged_cannot_be_loaded(tmp_path, tiny_model):
    for path in tiny_model.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes()[:1000])
    with pytest.raises(RecognitionError, match='cannot be loaded'):
        load(replace(SETTINGS, model=str(tmp_path)))


def test_a_model_that_nobody_has_is_named():
    pytest.importorskip('faster_whisper')
    with pytest.raises(RecognitionError, match='no such model: enormous'):
        load(replace(SETTINGS, model='enormous'))


def test_a_model_that_cannot_be_downloaded_is_named(monkeypatch, tmp_path):
    constants = pytest.importorskip('huggingface_hub.constants')
    pytest.importorskip('faster_whisper')
    monkeypatch.setattr(constants, 'HF_HUB_CACHE', str(tmp_path))
    monkeypatch.setattr(constants, 'HF_HUB_OFFLINE', True)
    with pytest.raises(RecognitionError, match='nor can it be downloaded'):
        load(replace(SETTINGS, model='nobody-at-all/no-such-model'))


@pytest.mark.parametrize(
    ('model', 'folder'),
    [
        ('tiny.en', None),
        ('Systran/faster-whisper-base', None),
        ('/models/tiny', Path('/models/tiny')),
        ('./tiny', Path('tiny')),
        ('../tiny', Path('../tiny')),
    ],
)
def test_what_is_a_folder_and_what_a_name(model, folder):
    assert recognisers.model_folder(model) == folder
