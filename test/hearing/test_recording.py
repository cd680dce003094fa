"""Utterances as WAV files: names, the bound, and a folder that cannot be written to."""

from __future__ import annotations

import logging
import wave
from dataclasses import replace

import pytest

from gemma_events.errors import ConfigurationError
from gemma_events.events import SECOND
from gemma_events.hearing import recording
from gemma_events.hearing.recording import Recorder, RecordingSettings, file_name
from gemma_events.hearing.utterances import Utterance
from harness import wait_for

LOG = logging.getLogger('test')
START = 1_767_225_603 * SECOND + 45_000_000  # 2026-01-01 00:00:03.045 UTC
KILOBYTE = bytes(1000)


@pytest.fixture
def record(tmp_path, monkeypatch):
    """Start a recorder with a limit in kB."""
    monkeypatch.setattr(recording, 'MEGABYTE', 1000)
    recorders = []

    def start(limit=100, folder=tmp_path / 'new' / 'voices'):
        recorders.append(Recorder(RecordingSettings(str(folder), limit), LOG))
        return recorders[-1], folder

    yield start
    for one in recorders:
        one.close()


def keep(recorder, *numbers, audio=KILOBYTE):
    done = recorder.written + recorder.lost + len(numbers)
    for number in numbers:
        recorder.keep(Utterance(number, 0, 0, audio), START + number * SECOND)
    wait_for(lambda: recorder.written + recorder.lost == done, 'all to be written')


def numbers(folder):
    return sorted(int(path.stem.rpartition('-')[2]) for path in folder.iterdir())


def test_an_utterance_is_kept_under_its_time_and_number(record):
    recorder, folder = record()
    recorder.keep(Utterance(7, 0, 0, b'\1\2' * 480), START)
    wait_for(lambda: recorder.written, 'the file')
    (path,) = folder.iterdir()
    assert path.name == 'utterance-20260101T000003.045Z-000007.wav' == file_name(7, START)
    assert folder.stat().st_mode & 0o077 == 0  # nobody else's business
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16_000)
        assert file.readframes(1000) == b'\1\2' * 480


def test_the_oldest_are_deleted_first_also_those_of_an_earlier_run(record):
    recorder, folder = record(limit=4)
    keep(recorder, 9, 1, 2)
    assert numbers(folder) == [1, 2, 9]
    recorder.close()
    (folder / 'notes.txt.wav').write_bytes(bytes(5000))  # not ours: neither counted nor deleted
    (folder / 'utterance-broken.part').touch()  # of a run that was killed
    recorder, _ = record(limit=4)
    keep(recorder, 3, 4)
    (folder / 'notes.txt.wav').unlink()
    assert numbers(folder) == [2, 3, 4]


def test_a_full_disk_is_reported_once_and_ends_nothing(record, monkeypatch, caplog):
    recorder, folder = record()

    def full(*_):
        raise OSError(28, 'No space left on device')

    with monkeypatch.context() as patch:
        patch.setattr(wave.Wave_write, 'writeframes', full)
        keep(recorder, 1, 2, 3)
        assert (recorder.written, recorder.lost, list(folder.iterdir())) == (0, 3, [])
        assert 'No space left' in recorder.trouble.text
        assert len(caplog.records) == 1
    keep(recorder, 4)
    assert (recorder.trouble.text, numbers(folder)) == ('', [4])


def test_a_folder_that_vanishes_is_reported(record, caplog):
    recorder, folder = record()
    folder.rmdir()
    keep(recorder, 1)
    assert recorder.lost == 1
    assert f'not recorded in {folder}: No such file' in caplog.text


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / 'file').touch()
    for folder in (tmp_path / 'file', tmp_path / 'file' / 'below', '/proc/voices'):
        with pytest.raises(ConfigurationError, match='cannot be written to'):
            Recorder(replace(RecordingSettings(), record_folder=str(folder)), LOG)
