"""Text to sound by any program: what it writes, and what it does wrong."""

from __future__ import annotations

import struct
import threading

import numpy as np
import pytest
from synthesisers import BROKEN, GARBAGE, HANGING, Program, as_sentence, say

from gemma_events.action_output.speech import command, program, wav
from gemma_events.action_output.speech.command import Command, fill
from gemma_events.action_output.speech.settings import SpeechSettings
from gemma_events.action_output.speech.synthesis import Delivery
from gemma_events.errors import ConfigurationError, DeviceError
from harness import wait_for

NEVER = threading.Event()


def make(*words, **more):
    return Command(SpeechSettings(command=words, **more))


def test_text_goes_in_and_samples_come_out():
    sound = say(make('cat', command_rate=8000), 'abcd')
    assert (sound.samples.tobytes(), sound.rate) == (b'abcd', 8000)


def test_text_is_never_in_the_arguments(tmp_path):
    script = Program(tmp_path / 'say').write('cat >/dev/null; printf "%-100s" "$*"')
    made = make(str(script.path), '{language}', '{rate}%', 'x={voice}', '{LEFT}${y z}')
    text = made.synthesise(as_sentence('--evil $(id)'), Delivery('en-us', 'ann', 150), NEVER).samples.tobytes()
    assert text.decode().split() == ['en-us', '150%', 'x=ann', '{LEFT}${y', 'z}']


def test_placeholders_are_filled_once():
    assert fill(['a', '{voice}{rate}'], Delivery('{rate}', '{language}', 50)) == ['a', '{language}50']


@pytest.mark.parametrize('voice', ['a b', 'a(b)'])
def test_a_voice_that_a_shell_could_misunderstand_is_refused(voice):
    made = make('sh', '-c', 'x {voice}')
    assert 'the command takes letters' in made.refusal(Delivery(voice=voice))
    with pytest.raises(DeviceError):
        made.synthesise(as_sentence('x'), Delivery(voice=voice), NEVER)


def test_a_voice_where_the_command_takes_none_is_refused():
    assert 'no {voice}' in make('cat').refusal(Delivery(voice='ann'))
    assert make('cat').refusal(Delivery(language='de')) == ''


@pytest.mark.parametrize(
    ('words', 'line'), [((), 'empty'), (('',), 'empty'), (('say', '{text}'), 'there are {language}, {voice}, {rate}')]
)
def test_a_command_that_cannot_be(words, line):
    with pytest.raises(ConfigurationError, match=line):
        make(*words)


@pytest.mark.parametrize('name', ['/no/such/program', '/', '/etc/passwd', 'a\0b'])
def test_a_program_that_cannot_be_started(name):
    with pytest.raises(DeviceError, match='of the parameter command cannot be started: '):
        say(make(name), 'Hello.')


@pytest.mark.parametrize(('script', 'complaint'), [*BROKEN, *((script, ' wrote ') for script in [*GARBAGE, 'exit 0'])])
def test_a_program_that_fails(tmp_path, script, complaint):
    made = make(str(Program(tmp_path / 'say').write(script).path))
    if script == 'echo x':  # is a sample
        script = 'echo xy'
        Program(tmp_path / 'say').write(script)
    with pytest.raises(DeviceError) as caught:
        say(made, 'Hello.')
    assert complaint in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_wav_file_of_nothing_is_no_sound(tmp_path):
    header = b'RIFF\0\0\0\0WAVEfmt ' + struct.pack('<IHHIIHH', 16, 1, 1, 22_050, 44_100, 2, 16) + b'data\0\0\0\0'
    (tmp_path / 'empty.wav').write_bytes(header)
    with pytest.raises(DeviceError, match='wrote no sound'):
        say(make('cat', str(tmp_path / 'empty.wav')), 'Hello.')


@pytest.mark.parametrize('script', HANGING)
def test_a_program_that_hangs_is_killed_with_its_children(tmp_path, monkeypatch, script):
    hanging = Program(tmp_path / 'say').write(script)
    monkeypatch.setattr(command, 'SYNTHESIS_TIMEOUT', 0.3)
    with pytest.raises(DeviceError, match=r'hangs: it takes longer than 0\.3 s'):
        say(make(str(hanging.path)), 'Hello.')
    wait_for(lambda: not hanging.members, 'the end of all')


def test_a_flood_is_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(program, 'MAX_OUTPUT', 1_000_000)
    flood = Program(tmp_path / 'say').write('cat /dev/zero /dev/zero')
    with pytest.raises(DeviceError, match='floods: it wrote more than 1 MB'):
        say(make(str(flood.path)), 'Hello.')
    wait_for(lambda: not flood.members, 'the end of all')


def test_a_flood_of_complaints_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(command, 'SYNTHESIS_TIMEOUT', 0.5)
    flood = Program(tmp_path / 'say').write('exec cat /dev/zero >&2')
    with pytest.raises(DeviceError, match='hangs'):
        say(make(str(flood.path)), 'Hello.')


def test_what_it_leaves_running_is_killed_and_what_it_wrote_counts(tmp_path):
    leaving = Program(tmp_path / 'say').write('sleep 60 &\nprintf abcd')
    assert say(make(str(leaving.path)), 'Hello.').samples.tobytes() == b'abcd'
    wait_for(lambda: not leaving.members, 'the end of all')


def test_one_that_does_not_read_is_heard():
    assert len(make('printf', 'abcd').synthesise(as_sentence('x' * 200_000), Delivery(), NEVER).samples) == 2


def test_cancelling_kills_it(tmp_path):
    hanging, cancelled, sounds = Program(tmp_path / 'say').write('sleep 60 & exec sleep 61'), threading.Event(), []
    made = make(str(hanging.path))
    thread = threading.Thread(target=lambda: sounds.append(say(made, 'Hello.', cancelled)))
    thread.start()
    hanging.wait_until_started()
    cancelled.set()
    thread.join(10)
    assert [len(sound.samples) for sound in sounds] == [0]
    wait_for(lambda: not hanging.members, 'the end of all')


# --- WAV files -----------------------------------------------------------------------------------------


def riff(body, form=1, channels=1, rate=16_000, bits=16, length=None, more=b'', extra=b''):
    header = struct.pack('<HHIIHH', form, channels, rate, 0, 0, bits) + more
    chunk = struct.pack('<4sI', b'fmt ', len(header)) + header
    return (
        b'RIFF\0\0\0\0WAVE'
        + extra
        + chunk
        + struct.pack('<4sI', b'data', len(body) if length is None else length)
        + body
    )


@pytest.mark.parametrize(
    ('data', 'samples'),
    [
        (riff(struct.pack('<3h', 1, -2, 3)), [1, -2, 3]),
        (riff(struct.pack('<2h', 1, -2) + b'x'), [1, -2]),
        (riff(struct.pack('<2h', 1, -2), length=0xFFFFFFFF), [1, -2]),
        (riff(struct.pack('<2h', 1, -2), extra=b'LIST\x03\0\0\0abc\0'), [1, -2]),
        (riff(struct.pack('<4h', 10, 20, -10, -20), channels=2), [15, -15]),
        (riff(bytes([128, 255, 0]), bits=8), [0, 32_512, -32_768]),
        (riff(bytes([255, 1, 0, 0, 255, 255]), bits=24), [1, -1]),
        (riff(struct.pack('<2i', 65_536, -65_536), bits=32), [1, -1]),
        (riff(struct.pack('<3f', 0.5, 2, -2), form=3, bits=32), [16_383, 32_767, -32_767]),
        (riff(struct.pack('<h', 7), form=0xFFFE, more=b'\0' * 8 + struct.pack('<H', 1)), [7]),
        (riff(b''), []),
    ],
)
def test_wav_files_of_many_kinds(data, samples):
    found, rate = wav.decode(data)
    assert (found.tolist(), found.dtype, rate) == (samples, np.int16, 16_000)


@pytest.mark.parametrize(
    'data',
    [
        b'',
        b'RIFF',
        riff(b'')[:30],
        riff(b'', form=7),
        riff(b'', bits=12),
        riff(b'', channels=0),
        riff(b'', channels=99),
        riff(b'', rate=0),
        riff(struct.pack('<f', float('nan')), form=3, bits=32),
        b'RIFF\0\0\0\0WAVEdata\x04\0\0\0abcd',
        b'RIFF\0\0\0\0WAVEabcd\xff\xff\xff\xff',
    ],
)
def test_what_is_no_wav_file(data):
    with pytest.raises(ValueError, match=r'WAV|numbers'):
        wav.decode(data)
