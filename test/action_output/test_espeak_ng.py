"""Text to sound by the real espeak-ng, and by programs in its place that misbehave."""

from __future__ import annotations

import shutil
import socket
import threading

import numpy as np
import pytest
from synthesisers import BROKEN, GARBAGE, HANGING, Program, as_sentence, say, seconds

from gemma_events.action_output.speech import espeak_ng
from gemma_events.action_output.speech.espeak_ng import EspeakNg, parse_voices, voice_of
from gemma_events.action_output.speech.sentences import sentences
from gemma_events.action_output.speech.settings import SpeechSettings
from gemma_events.action_output.speech.synthesis import Delivery
from gemma_events.errors import DeviceError
from harness import wait_for

needs_espeak = pytest.mark.skipif(not shutil.which('espeak-ng'), reason='espeak-ng is not installed')
LISTED = """Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  cmn             --/M      Chinese_(Mandarin) sit/cmn              (zh-cmn 5)(zh 5)
 5  en-gb-scotland  --/M      English_(Scotland) gmw/en-GB-scotland   (en 4)
 2  en-gb           --/M      English_(Great_Britain) gmw/en               (en 2)
 5  de              --/M      German             gmw/de
 5  fr-fr           --/M      French_(France)    roa/fr               (fr 5)
garbage
"""


def make():
    return EspeakNg(SpeechSettings())


@needs_espeak
@pytest.mark.parametrize(
    'text', ['Hello.', '-v --version', '$(reboot); `id`', '"quotes\'', 'häßlich 你好 🙂 ok', '<b>x</b>', 'a\nb']
)
def test_any_text_becomes_sound(text):
    assert 0.1 < seconds(make().synthesise(as_sentence(text), Delivery('en-us'), threading.Event())) < 10


@needs_espeak
def test_brackets_are_not_phonemes():
    spelled, phoneme = (make().synthesise(as_sentence(text), Delivery(), threading.Event()) for text in ('[[h@]]', 'h'))
    assert seconds(spelled) > 1.5 * seconds(phoneme)


@needs_espeak
def test_what_nobody_reads_aloud_takes_no_time():
    made = make()
    plain = seconds(say(made, 'This is important, see the page.'))
    assert seconds(say(made, 'This is **important**, see [the page](https://example.com/a/b?c=d).')) == plain


@needs_espeak
def test_rate_language_and_voice():
    made = make()
    usual, fast = (seconds(say(made, 'one two three four five', rate=rate)) for rate in (100, 200))
    assert fast < 0.7 * usual
    german, english = say(made, 'Guten Tag', language='de'), say(made, 'Guten Tag', language='en-us')
    assert not np.array_equal(german.samples, english.samples)
    assert np.array_equal(german.samples, say(made, 'Guten Tag', voice='German').samples)
    assert not np.array_equal(german.samples, say(made, 'Guten Tag', voice='de+f3').samples)
    assert made.refusal(Delivery(voice='mb-en1')) == '', 'whether mbrola is installed only trying tells'
    assert np.array_equal(say(made, 'hi', language='').samples, say(made, 'hi', language='en-us').samples)


@needs_espeak
@pytest.mark.parametrize(
    ('language', 'voice'), [('xx', ''), ('', 'nobody'), ('', 'nobody+f3'), ('', 'de+nobody'), ('', 'de/../de')]
)
def test_a_voice_or_language_that_does_not_exist(language, voice):
    made = make()
    line = made.refusal(Delivery(language, voice))
    assert repr(voice or language) in line
    assert 'espeak-ng --voices' in line
    with pytest.raises(DeviceError, match='espeak-ng --voices'):
        made.synthesise(as_sentence('Hello.'), Delivery(language, voice), threading.Event())


@pytest.mark.parametrize(
    ('language', 'voice'),
    [
        ('en', 'en-gb'),
        ('en-AU', 'en-gb'),
        ('EN_gb', 'en-gb'),
        ('zh-TW', 'cmn'),
        ('fr', 'fr-fr'),
        ('fr-FR', 'fr-fr'),
        ('de-AT', 'de'),
        ('xx', ''),
        ('', ''),
    ],
)
def test_each_language_has_the_voice_that_is_listed_for_it(language, voice):
    assert voice_of(language, parse_voices(LISTED)) == voice


def test_voices_have_names_and_files():
    known = parse_voices(LISTED)
    assert known['english_(scotland)'] == known['gmw/en-gb-scotland'] == 'en-gb-scotland'


@needs_espeak
def test_a_sound_server_that_does_not_answer_does_not_matter(tmp_path, monkeypatch):
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / 'server'))
        silent.listen()
        monkeypatch.setenv('PULSE_SERVER', f'unix:{tmp_path}/server')
        monkeypatch.setattr(espeak_ng, 'SYNTHESIS_TIMEOUT', 2.0)
        assert seconds(say(make(), 'Hello.')) > 0.1


# --- programs in its place ---------------------------------------------------------------------------


def stand_in(tmp_path, monkeypatch, script):
    monkeypatch.setenv('PATH', f'{tmp_path}:/usr/bin:/bin')
    listing = tmp_path / 'listing'
    listing.write_text(LISTED)
    return Program(tmp_path / 'espeak-ng').write(
        f'test "$1" = --voices && exec cat {listing}\ncase $1 in --voices=*) exit 0;; esac\n{script}'
    )


def test_without_espeak_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv('PATH', str(tmp_path))
    made = make()
    assert made.refusal(Delivery('xx')) == '', 'nobody knows'
    with pytest.raises(DeviceError, match=r'\(apt install espeak-ng\): No such file'):
        say(made, 'Hello.', language='de')


@pytest.mark.parametrize(('script', 'complaint'), [*BROKEN, *((script, 'WAV file') for script in GARBAGE)])
def test_a_program_that_fails(tmp_path, monkeypatch, script, complaint):
    stand_in(tmp_path, monkeypatch, script)
    with pytest.raises(DeviceError) as caught:
        say(make(), 'Hello.', language='de')
    assert complaint in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize('script', HANGING)
def test_a_program_that_hangs_is_killed_with_its_children(tmp_path, monkeypatch, script):
    program = stand_in(tmp_path, monkeypatch, script)
    made = make()
    monkeypatch.setattr(espeak_ng, 'SYNTHESIS_TIMEOUT', 0.3)
    with pytest.raises(DeviceError, match=r'espeak-ng hangs: it takes longer than 0\.3 s'):
        say(made, 'Hello.', language='de')
    wait_for(lambda: not program.members, 'the end of all')


def test_cancelling_kills_it(tmp_path, monkeypatch):
    program = stand_in(tmp_path, monkeypatch, 'sleep 60 & exec sleep 61')
    cancelled, sounds, made = threading.Event(), [], make()
    (tmp_path / 'espeak-ng.pid').unlink()
    thread = threading.Thread(target=lambda: sounds.append(say(made, 'Hello.', cancelled, language='de')))
    thread.start()
    program.wait_until_started()
    cancelled.set()
    thread.join(10)
    assert [len(sound.samples) for sound in sounds] == [0]
    wait_for(lambda: not program.members, 'the end of all')


@needs_espeak
def test_it_has_no_trouble_with_any_sentence_of_a_text():
    made = make()
    text = 'Dr. Who, e.g., paid $5 (50 %) at 10:05 p.m. 你好。 # A\n- x\n\ud800\0 ' + 'x' * 400
    for sentence in sentences(text, 'en'):
        assert len(made.synthesise(sentence, Delivery('en-us'), threading.Event()).samples)
