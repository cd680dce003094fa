"""The recognisers themselves, those of other packages, and what is said of one that cannot work."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sounds import silence

from gemma_events.errors import ConfigurationError, RecognitionError
from gemma_events.hearing import recognisers, whisper
from gemma_events.hearing.recognisers import RecognitionSettings
from gemma_events.hearing.transcripts import Transcript

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
        ('my_robot:Ears', ['my_robot:Ears']),
    ],
)
def test_which_are_tried(chosen, names):
    assert [one.name for one in recognisers.candidates(replace(SETTINGS, recogniser=chosen))] == names


class Parrot:
    """A recogniser of another package."""

    def __init__(self, settings):
        self.language = settings.language

    def transcribe(self, audio, settings):
        return Transcript('hello', self.language, 0.5)


def test_a_recogniser_of_another_package():
    settings = replace(SETTINGS, recogniser=f'{__name__}:Parrot', language='en')
    recognisers.check(settings)
    assert load(settings).transcribe(b'', settings) == Transcript('hello', 'en', 0.5)


def test_a_name_that_nobody_registers():
    with pytest.raises(ConfigurationError, match="no recogniser 'wisper': there are faster_whisper, pocketsphinx"):
        recognisers.check(replace(SETTINGS, recogniser='wisper'))


@pytest.mark.parametrize(
    ('name', 'reason'),
    [('no_such_package:Ears', "No module named 'no_such_package'"), (f'{__name__}:Path', r'has no transcribe\(\)')],
)
def test_a_recogniser_that_cannot_be_had_is_a_line_when_it_is_loaded(name, reason):
    settings = replace(SETTINGS, recogniser=name)
    recognisers.check(settings)
    with pytest.raises(ConfigurationError, match=reason):
        load(settings)


@pytest.mark.parametrize('chosen', ['faster_whisper', 'pocketsphinx'])
def test_a_package_that_is_not_installed_is_named_unless_another_may_do(chosen, monkeypatch):
    monkeypatch.setattr('importlib.util.find_spec', lambda module: None)
    recognisers.check(replace(SETTINGS, recogniser='auto'))
    with pytest.raises(ConfigurationError, match=f'{chosen} is not installed: pip install .*, or set recogniser to'):
        recognisers.check(replace(SETTINGS, recogniser=chosen))


def test_whisper_gives_text_language_and_confidence(tiny_model):
    settings = replace(SETTINGS, model=str(tiny_model))
    recognisers.check(settings)
    transcript = load(settings).transcribe(silence(1.0).tobytes(), settings)
    assert (transcript.text, transcript.language, transcript.error) == ('hello robot', 'en', '')
    assert 0.5 < transcript.confidence <= 1.0


def test_whisper_takes_any_length_of_sound(tiny_model):
    settings = replace(SETTINGS, model=str(tiny_model))
    recogniser = load(settings)
    for seconds in (0.01, 31.0):
        assert 'hello robot' in recogniser.transcribe(silence(seconds).tobytes(), settings).text


def test_pocketsphinx_understands_people(voices):
    pytest.importorskip('pocketsphinx')
    settings = replace(SETTINGS, recogniser='pocketsphinx')
    recognisers.check(settings)
    sphinx = load(settings)
    assert 'right' in sphinx.transcribe(voices['Side_Right'].tobytes(), settings).text
    assert sphinx.transcribe(np.zeros(1600, np.int16).tobytes(), settings).error
    assert 'center' in sphinx.transcribe(voices['Front_Center'].tobytes(), settings).text


def test_pocketsphinx_lets_others_work_beside_it(voices):
    """It holds the lock of Python, for which another thread waits many times while it draws a face."""
    pytest.importorskip('pocketsphinx')
    settings = replace(SETTINGS, recogniser='pocketsphinx')
    sphinx, turns, over = load(settings), [], threading.Event()

    def work():
        while not over.wait(0.0005):
            turns.append(1)

    thread = threading.Thread(target=work)
    thread.start()
    audio = voices['Front_Center'].tobytes()
    sphinx.transcribe(audio, settings)
    over.set()
    thread.join()
    assert len(turns) > 2 * len(audio) / 3200, 'more often than once in 0.1 s of sound'


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
    assert whisper.model_folder(model) == folder
