"""Text to sound by the real espeak-ng, and by programs in its place that misbehave."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from gemma_events.action_output.speech import espeak_ng
from gemma_events.action_output.speech.espeak_ng import EspeakNg
from gemma_events.action_output.speech.speak import SpeakSettings
from gemma_events.errors import DeviceError
from harness import wait_for

needs_espeak = pytest.mark.skipif(not shutil.which('espeak-ng'), reason='espeak-ng is not installed')
NEVER = threading.Event()


def say(text, cancelled=NEVER, **settings):
    chosen = SpeakSettings(**settings)
    return EspeakNg(chosen).synthesise(text, chosen, cancelled)


@needs_espeak
@pytest.mark.parametrize(
    'text', ['Hello.', '-v --version', '$(reboot); `id`', '"quotes\'', 'häßlich 你好 🙂 ok', '<b>x</b>']
)
def test_any_text_becomes_sound(text):
    assert 0.1 < len(say(text)) / 2 / EspeakNg.rate < 10


@needs_espeak
def test_brackets_are_not_phonemes():
    assert len(say('[[h@]]')) > 1.5 * len(say('h'))  # spelled out, for nobody is to speak phonemes by accident


@needs_espeak
def test_speed_and_volume():
    assert len(say('one two three four five', speed=320)) < 0.7 * len(say('one two three four five', speed=160))
    loud, quiet = (max(memoryview(say('hello', volume=volume)).cast('h')) for volume in (100, 20))
    assert quiet < 0.5 * loud
    assert not any(say('hello', volume=0))


@needs_espeak
def test_a_voice_that_does_not_exist():
    with pytest.raises(DeviceError, match="voice 'nobody'"):
        say('Hello.', voice='nobody')


def stand_in(tmp_path, monkeypatch, script):
    program = tmp_path / 'espeak-ng'
    program.write_text(f'#!/bin/sh\n{script}\n')
    program.chmod(0o755)
    monkeypatch.setenv('PATH', f'{tmp_path}:/usr/bin:/bin')


def test_without_espeak_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv('PATH', str(tmp_path))
    with pytest.raises(DeviceError, match='apt install espeak-ng'):
        say('Hello.')


@pytest.mark.parametrize(
    'script, complaint',
    [
        ('echo broken >&2; exit 3', 'broken'),
        ('exit 3', 'exit status 3'),
        ('exit 0', 'exit status 0'),
        ('echo x', 'exit'),
    ],
)
def test_a_program_that_fails(tmp_path, monkeypatch, script, complaint):
    stand_in(tmp_path, monkeypatch, script)
    with pytest.raises(DeviceError, match=complaint):
        say('Hello.')


def test_a_program_that_hangs_is_killed(tmp_path, monkeypatch):
    stand_in(tmp_path, monkeypatch, 'exec sleep 60')
    monkeypatch.setattr(espeak_ng, 'SYNTHESIS_TIMEOUT', 0.2)
    with pytest.raises(DeviceError, match='hangs'):
        say('Hello.')


def test_cancelling_kills_it(tmp_path, monkeypatch):
    stand_in(tmp_path, monkeypatch, f'echo $$ > {tmp_path}/pid; exec sleep 60')
    cancelled, samples, written = threading.Event(), [], tmp_path / 'pid'
    thread = threading.Thread(target=lambda: samples.append(say('Hello.', cancelled)))
    thread.start()
    pid = wait_for(lambda: written.exists() and written.read_text().strip(), 'the program')
    cancelled.set()
    thread.join(10)
    assert samples == [b'']
    assert not Path('/proc', pid).exists()
