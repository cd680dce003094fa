"""Each utterance that is given to recognition is answered: whatever the recogniser does."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace

import pytest

from gemma_events.errors import RecognitionError
from gemma_events.hearing import recognition as module
from gemma_events.hearing.jobs import QUEUE_LIMIT
from gemma_events.hearing.recognisers import Candidate, RecognitionSettings
from gemma_events.hearing.recognition import Recognition
from gemma_events.hearing.transcripts import Transcript
from gemma_events.hearing.utterances import Utterance
from harness import wait_for

LOG = logging.getLogger('test')
SETTINGS = RecognitionSettings(recognition_timeout=60.0)


def utterance(number, audio=b'\0\0' * 1600):
    return Utterance(number, 0, 1600, audio)


class Recogniser:
    """Answers how long the sound is, once it is free."""

    def __init__(self):
        self.free = threading.Event()
        self.free.set()
        self.heard = []

    def transcribe(self, audio, settings):
        self.heard.append(audio)
        assert self.free.wait(60)
        if audio == b'crash':
            raise RuntimeError('out of memory')
        return Transcript(f'{len(audio)} bytes', 'en', 0.5)


class Desk:
    """Recognition with its answers."""

    def __init__(self, *loaders, settings=SETTINGS):
        self.answers, self.partials = [], []
        self.recognition = Recognition(
            [Candidate(f'candidate {n}', load) for n, load in enumerate(loaders)],
            lambda: settings,
            lambda one, transcript: self.answers.append((one.number, transcript)),
            lambda one, transcript: self.partials.append((one.number, transcript)),
            LOG,
        )

    def wait(self, count):
        wait_for(lambda: len(self.answers) >= count, f'{count} answers')
        return self.answers


@pytest.fixture
def recogniser():
    one = Recogniser()
    yield one
    one.free.set()


@pytest.fixture
def desk(request):
    desks = []

    def create(*loaders, **options):
        desks.append(Desk(*loaders, **options))
        return desks[-1]

    yield create
    for one in desks:
        one.recognition.close()
        assert not one.recognition.owed


def fails(error):
    def load():
        raise error

    return load


@pytest.mark.parametrize('error', [RuntimeError('out of memory'), SystemExit(3)])
def test_a_recogniser_that_fails_answers_and_goes_on(desk, recogniser, monkeypatch, error):
    transcribe = recogniser.transcribe

    def fail_first(audio, settings):
        monkeypatch.setattr(recogniser, 'transcribe', transcribe)
        raise error

    monkeypatch.setattr(recogniser, 'transcribe', fail_first)
    one = desk(lambda: recogniser)
    for number in (1, 2):
        one.recognition.submit(utterance(number))
    one.wait(2)
    [(_, failed), (_, heard)] = one.answers
    assert type(error).__name__ in failed.error
    assert heard.text == '3200 bytes'


@pytest.mark.parametrize('error', [OSError('no file'), SystemExit(3)])
def test_a_recogniser_that_cannot_be_loaded_is_a_line(desk, error):
    one = desk(fails(error))
    one.recognition.submit(utterance(1))
    [(_, transcript)] = one.wait(1) and one.answers
    assert type(error).__name__ in transcript.error


def test_utterances_are_transcribed_in_order(desk, recogniser):
    one = desk(lambda: recogniser)
    for number in range(1, 6):
        one.recognition.submit(utterance(number))
    assert [number for number, _ in one.wait(5)] == [1, 2, 3, 4, 5]
    assert {(transcript.text, transcript.error) for _, transcript in one.answers} == {('3200 bytes', '')}
    assert all(transcript.recognition_time > 0 for _, transcript in one.answers)


def test_what_is_said_while_the_model_loads_is_transcribed_when_it_is_there(desk, recogniser):
    loaded = threading.Event()

    def load():
        loaded.wait(60)
        return recogniser

    one = desk(load)
    one.recognition.submit(utterance(1))
    assert 'loading' in one.recognition.state
    assert not one.answers
    loaded.set()
    assert one.wait(1)[0][1].text


def test_a_recogniser_that_crashes_goes_on_with_the_next_utterance(desk, recogniser):
    one = desk(lambda: recogniser)
    one.recognition.submit(utterance(1, b'crash'))
    one.recognition.submit(utterance(2))
    (_, first), (_, second) = one.wait(2)
    assert 'out of memory' in first.error
    assert second.text


@pytest.mark.parametrize('answer', [None, 'hello', {'text': 'hello'}])
def test_a_recogniser_that_answers_nonsense(desk, answer):
    class Odd:
        def transcribe(self, audio, settings):
            return answer

    one = desk(Odd)
    for number in (1, 2):
        one.recognition.submit(utterance(number))
    assert all('not a Transcript' in transcript.error for _, transcript in one.wait(2))


def test_a_recogniser_that_takes_too_long(desk, recogniser):
    recogniser.free.clear()
    one = desk(lambda: recogniser, settings=replace(SETTINGS, recognition_timeout=0.5))
    one.recognition.submit(utterance(1))
    assert 'took longer than 0.5 s' in one.wait(1)[0][1].error
    recogniser.free.set()
    one.recognition.submit(utterance(2))
    assert one.wait(2)[1][1].text
    assert [number for number, _ in one.answers] == [1, 2]  # the late text of the first is not published


def test_a_recogniser_that_hangs_is_loaded_anew(desk, recogniser):
    hung, loads = threading.Event(), []

    class Hangs:
        def transcribe(self, audio, settings):
            hung.wait(60)

    def load():
        loads.append(1)
        return Hangs() if len(loads) == 1 else recogniser

    one = desk(load, settings=replace(SETTINGS, recognition_timeout=0.5))
    one.recognition.submit(utterance(1))
    one.wait(1)
    wait_for(lambda: len(loads) == 2, 'a second recogniser')
    one.recognition.submit(utterance(2))
    assert one.wait(2)[1][1].text
    hung.set()


def test_a_recogniser_that_always_hangs_is_given_up(desk):
    hung = threading.Event()

    class Hangs:
        def transcribe(self, audio, settings):
            hung.wait(60)

    one = desk(Hangs, settings=replace(SETTINGS, recognition_timeout=0.5))
    number = 0
    while not one.recognition.trouble and number < 20:
        number += 1
        one.recognition.submit(utterance(number))
        one.wait(number)
    assert 'hangs' in one.recognition.trouble.text
    assert one.recognition.metrics.stuck == module.MAX_STUCK
    hung.set()


def test_the_oldest_that_wait_are_given_up_when_too_many_do(desk, recogniser):
    recogniser.free.clear()
    one = desk(lambda: recogniser)
    one.recognition.submit(utterance(1))
    wait_for(lambda: recogniser.heard, 'the recogniser to begin')
    for number in range(2, QUEUE_LIMIT + 4):
        one.recognition.submit(utterance(number))
    recogniser.free.set()
    one.wait(QUEUE_LIMIT + 3)
    assert [number for number, _ in one.answers] == list(range(1, QUEUE_LIMIT + 4))
    assert [number for number, transcript in one.answers if 'too many' in transcript.error] == [2, 3]


def test_there_is_room_again_when_one_is_taken(desk, recogniser):
    recogniser.free.clear()
    one = desk(lambda: recogniser)
    one.recognition.submit(utterance(1))
    wait_for(lambda: recogniser.heard, 'the recogniser to begin')
    for number in range(2, QUEUE_LIMIT + 2):
        one.recognition.submit(utterance(number))
    assert not one.recognition.wait_for_room(0.01)
    recogniser.free.set()
    assert one.recognition.wait_for_room(10)


def test_a_candidate_that_cannot_be_loaded_is_replaced_by_the_next(desk, recogniser, caplog):
    one = desk(fails(RecognitionError('no network')), lambda: recogniser)
    one.recognition.submit(utterance(1))
    assert one.wait(1)[0][1].text
    warnings = [record.getMessage() for record in caplog.records if record.levelname == 'WARNING']
    assert warnings == ['no network; using candidate 1 instead']
    assert one.recognition.state == 'candidate 1'


def test_a_candidate_that_takes_too_long_to_load_is_replaced_by_the_next(desk, recogniser):
    hung = threading.Event()
    one = desk(lambda: hung.wait(60), lambda: recogniser, settings=replace(SETTINGS, load_timeout=0.2))
    one.recognition.submit(utterance(1))
    assert one.wait(1)[0][1].text
    hung.set()


@pytest.mark.parametrize('error', [RecognitionError('no network'), ZeroDivisionError('a fault')])
def test_without_any_recogniser_each_is_answered_at_once(desk, error):
    one = desk(fails(error))
    one.recognition.submit(utterance(1))
    wait_for(lambda: one.recognition.trouble, 'the failure')
    one.recognition.submit(utterance(2))
    assert all(str(error) in transcript.error for _, transcript in one.wait(2))


def test_loading_is_tried_again(desk, recogniser, monkeypatch):
    monkeypatch.setattr(module, 'RETRY_PAUSE', 0.05)
    loads = []

    def load():
        loads.append(1)
        if len(loads) < 3:
            raise RecognitionError('no network')
        return recogniser

    one = desk(load)
    wait_for(lambda: one.recognition.state == 'candidate 0', 'the recogniser')
    one.recognition.submit(utterance(1))
    assert one.wait(1)[0][1].text


def test_what_was_started_early_is_the_answer_at_once(desk, recogniser):
    one = desk(lambda: recogniser)
    one.recognition.start_early(utterance(1))
    wait_for(lambda: one.recognition.metrics.sound, 'the early recognition')
    one.recognition.submit(utterance(1))
    assert one.answers  # without waiting
    assert len(recogniser.heard) == 1


def test_what_was_started_early_becomes_the_answer_when_it_is_done(desk, recogniser):
    recogniser.free.clear()
    one = desk(lambda: recogniser)
    one.recognition.start_early(utterance(1))
    wait_for(lambda: recogniser.heard, 'the recogniser to begin')
    one.recognition.submit(utterance(1))
    recogniser.free.set()
    assert one.wait(1)[0][1].text
    assert len(recogniser.heard) == 1


def test_what_was_started_early_and_wasted_is_thrown_away(desk, recogniser):
    one = desk(lambda: recogniser)
    one.recognition.start_early(utterance(1, b'early'))
    wait_for(lambda: one.recognition.metrics.sound, 'the early recognition')
    one.recognition.cancel_early()
    one.recognition.start_early(utterance(1, b'later on'))
    one.recognition.submit(utterance(1, b'later on and on'))
    assert [transcript.text for _, transcript in one.wait(1)] == ['15 bytes']
    assert one.recognition.metrics.wasted == 2


def test_a_partial_text_while_the_utterance_goes_on(desk, recogniser):
    one = desk(lambda: recogniser)
    wait_for(lambda: 'loading' not in one.recognition.state, 'the recogniser')
    one.recognition.request_partial(utterance(1))
    wait_for(lambda: one.partials, 'a partial transcript')
    assert not one.answers


def test_a_request_for_a_partial_text_never_waits(desk, recogniser):
    recogniser.free.clear()
    one = desk(lambda: recogniser)
    one.recognition.submit(utterance(1))
    wait_for(lambda: recogniser.heard, 'the recogniser to begin')
    one.recognition.request_partial(utterance(2))
    recogniser.free.set()
    one.wait(1)
    one.recognition.submit(utterance(2))
    one.wait(2)
    assert not one.partials


def test_settling_answers_all_and_leaves_the_recogniser_ready(desk, recogniser):
    recogniser.free.clear()
    one = desk(lambda: recogniser)
    for number in (1, 2, 3):
        one.recognition.submit(utterance(number))
    one.recognition.settle_all('muted')
    assert [(number, transcript.error) for number, transcript in one.answers] == [
        (1, 'muted'),
        (2, 'muted'),
        (3, 'muted'),
    ]
    recogniser.free.set()
    one.recognition.submit(utterance(4))
    assert one.wait(4)[3][1].text


def test_closing_in_the_middle_answers_and_ends(recogniser):
    recogniser.free.clear()
    one = Desk(lambda: recogniser)
    one.recognition.submit(utterance(1))
    wait_for(lambda: recogniser.heard, 'the recogniser to begin')
    one.recognition.close()
    one.recognition.submit(utterance(2))
    assert all(transcript.error for _, transcript in one.answers)
    assert [number for number, _ in one.answers] == [1, 2]
    recogniser.free.set()
    wait_for(
        lambda: not [thread for thread in threading.enumerate() if thread.name.startswith('recognition')],
        'the threads to end',
    )
    assert len(one.answers) == 2
