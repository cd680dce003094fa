"""Which events are published about utterances: cut ones, asleep, and the robot's own voice."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gemma_events.events import SECOND, ActionEvent, ActionStatus, SpeechEvent
from gemma_events.hearing.frames import NANOSECONDS_PER_SAMPLE
from gemma_events.hearing.recognition import Recognition
from gemma_events.hearing.reporter import Reporter
from gemma_events.hearing.settings import HearingSettings
from gemma_events.hearing.timeline import Timeline
from gemma_events.hearing.transcripts import NOTHING_UNDERSTOOD, Transcript
from gemma_events.hearing.utterances import Ongoing, Paused, Resumed, Started, Stopped, Utterance
from gemma_events.turns import Floor

SETTINGS = HearingSettings(frame_id='ear', while_speaking='gate', barge_in_ms=600, own_tail_ms=5000)
STARTED, STOPPED = SpeechEvent.SPEECH_STARTED, SpeechEvent.SPEECH_STOPPED
TRANSCRIPT, PARTIAL = SpeechEvent.TRANSCRIPT, SpeechEvent.TRANSCRIPT_PARTIAL


NOW = 10**18  # monotonic nanoseconds


class Asked(Recognition):
    """Notes what it is asked for."""

    def __init__(self):
        self.calls = []

    def submit(self, utterance):
        self.calls.append(('submit', utterance.number))

    def start_early(self, utterance):
        self.calls.append(('start_early', utterance.number))

    def cancel_early(self):
        self.calls.append(('cancel_early',))

    def request_partial(self, utterance):
        self.calls.append(('request_partial', utterance.number))


class Desk:
    """A reporter, with what it publishes; time is the sound's own, from second 100 on."""

    def __init__(self, settings=SETTINGS, recognition=True, frame_id=''):
        self.events, self.floor, self.timeline = [], Floor(), Timeline()
        self.timeline.anchor(0, 100 * SECOND, frame_id)
        settings = settings if recognition else replace(settings, recogniser='none')
        self.reporter = Reporter(lambda: settings, lambda: self.floor, self.events.append)
        self.recognition, self.can_tell = Asked() if recognition else None, recognition

    def speak(self, text):
        self.floor = self.floor.after(ActionEvent(id='1', action='speak', content=text), NOW)
        self.floor = self.floor.after(ActionStatus(ActionStatus.ACTION_STARTED, id='1', action='speak'), NOW)

    def happen(self, kind, utterance, **options):
        event = kind(utterance, **options)
        wanted = self.reporter.heard(event, self.timeline, self.can_tell)
        if self.recognition:
            self.recognition.follow(event, wanted)
        return self

    @property
    def kinds(self):
        return [event.event_type for event in self.events]


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr('gemma_events.hearing.reporter.time.monotonic_ns', lambda: NOW)


def utterance(milliseconds=1000, number=1, **options):
    return Utterance(number, 16_000, 16_000 + 16 * milliseconds, **options)


def test_an_utterance_from_start_to_transcript():
    desk = Desk()
    desk.happen(Started, utterance()).happen(Paused, utterance()).happen(Resumed, utterance()).happen(
        Stopped, utterance()
    )
    desk.reporter.transcribed(utterance(), Transcript('come here', 'en', 0.5, 7))
    assert desk.events == [
        SpeechEvent(STARTED, 101 * SECOND, event_number=1, frame_id='ear'),
        SpeechEvent(STOPPED, 102 * SECOND, event_number=1, duration=SECOND, transcript_follows=True, frame_id='ear'),
        SpeechEvent(
            TRANSCRIPT,
            102 * SECOND,
            event_number=1,
            duration=SECOND,
            transcript='come here',
            language='en',
            confidence=0.5,
            recognition_time=7,
            frame_id='ear',
        ),
    ]
    assert desk.recognition.calls == [('start_early', 1), ('cancel_early',), ('submit', 1)]


def test_all_events_have_the_frame_that_the_source_names():
    desk = Desk(replace(SETTINGS, partial_ms=600), frame_id='left_ear')
    desk.happen(Started, utterance(0)).happen(Ongoing, utterance(600))
    desk.reporter.transcribed_partly(utterance(600), Transcript('come'))
    desk.happen(Stopped, utterance())
    desk.reporter.transcribed(utterance(), Transcript('come here'))
    assert [(event.event_type, event.frame_id) for event in desk.events] == [
        (kind, 'left_ear') for kind in (STARTED, PARTIAL, STOPPED, TRANSCRIPT)
    ]


@pytest.mark.parametrize(('recognition', 'too_short'), [(False, False), (True, True), (False, True)])
def test_no_transcript_is_promised_that_will_not_come(recognition, too_short):
    desk = Desk(recognition=recognition)
    desk.happen(Started, utterance()).happen(Stopped, utterance(), too_short=too_short)
    assert [event.transcript_follows for event in desk.events] == [False, False]
    assert not recognition or not desk.recognition.calls


def test_the_pieces_of_a_cut_utterance_say_that_they_belong_together():
    desk = Desk()
    desk.happen(Started, utterance()).happen(Stopped, utterance(cut=True))
    desk.happen(Started, utterance(number=2, continues=1)).happen(Stopped, utterance(number=2, continues=1))
    assert [event.extra and json.loads(event.extra) for event in desk.events] == [
        '',
        {'cut': True},
        {'continues': 1},
        {'continues': 1},
    ]


# --- times ------------------------------------------------------------------------------------------


@pytest.mark.parametrize('step', [-30, 0.4, -0.4, 3600])
def test_an_utterance_keeps_its_order_and_length_when_the_clock_is_set_in_the_middle(step):
    desk = Desk(replace(SETTINGS, partial_ms=600))
    desk.happen(Started, utterance(0)).happen(Ongoing, utterance(600))
    for position in range(26_000, 32_000, 960):
        desk.timeline.anchor(position, round((100 + step) * SECOND) + position * NANOSECONDS_PER_SAMPLE)
    desk.reporter.transcribed_partly(utterance(600), Transcript('come'))
    desk.happen(Stopped, utterance())
    desk.reporter.transcribed(utterance(), Transcript('come here'))
    assert [(event.event_type, event.stamp / SECOND, event.duration / SECOND) for event in desk.events] == [
        (STARTED, 101, 0),
        (PARTIAL, 101.6, 0.6),
        (STOPPED, 102, 1),
        (TRANSCRIPT, 102, 1),
    ]
    desk.happen(Started, utterance(number=2))
    assert desk.events[-1].stamp == round((101 + step) * SECOND)  # the next one has the new time


@pytest.mark.parametrize(('step', 'start'), [(-0.1, 102), (0, 102), (0.1, 102.1), (-30, 72), (3600, 3702)])
def test_a_piece_does_not_begin_before_the_one_before_it_has_ended(step, start):
    desk = Desk()
    desk.happen(Started, utterance()).happen(Stopped, utterance(cut=True))
    for position in range(32_000, 38_000, 960):
        desk.timeline.anchor(position, round((100 + step) * SECOND) + position * NANOSECONDS_PER_SAMPLE)
    desk.happen(Started, Utterance(2, 32_000, 33_000, continues=1))
    assert desk.events[-1].stamp / SECOND == start


def test_the_time_of_an_utterance_is_unknown_where_the_clock_is():
    desk = Desk()
    desk.timeline = Timeline()
    desk.happen(Started, utterance())
    desk.timeline.anchor(32_000, 7 * SECOND)
    desk.happen(Stopped, utterance())
    assert [(event.stamp, event.duration) for event in desk.events] == [(0, 0), (7 * SECOND, SECOND)]


@pytest.mark.parametrize('step', [-3600, 3600])
def test_a_clock_that_is_set_makes_nobody_sleep_or_wake(step):
    desk = Desk(replace(SETTINGS, wake_words=('gemma',), awake_for=10.0))
    texts = []
    for number, (second, text) in enumerate(((1, 'gemma'), (8, 'come here'), (30, 'my secret')), 1):
        said = Utterance(number, second * 16_000, (second + 1) * 16_000)
        desk.happen(Started, said).happen(Stopped, said)
        desk.reporter.transcribed(said, Transcript(text))
        texts.append(desk.events[-1].transcript)
        desk.timeline.anchor(said.end, (100 + step + second) * SECOND)
    assert texts == ['gemma', 'come here', '']


# --- texts ------------------------------------------------------------------------------------------


def test_partial_texts_are_asked_for_as_often_as_wanted():
    desk = Desk(replace(SETTINGS, partial_ms=600))
    desk.happen(Started, utterance(0))
    for length in (300, 600, 900, 1200):
        desk.happen(Ongoing, utterance(length))
    assert desk.recognition.calls == [('request_partial', 1), ('request_partial', 1)]
    desk.reporter.transcribed_partly(utterance(600), Transcript('come'))
    desk.happen(Stopped, utterance(1500))
    desk.reporter.transcribed_partly(utterance(1200), Transcript('too late'))
    assert desk.kinds == [STARTED, PARTIAL, STOPPED]
    assert desk.events[1].stamp == 101 * SECOND + 600_000_000


def test_what_is_heard_asleep_has_no_text():
    desk = Desk(replace(SETTINGS, wake_words=('gemma',), partial_ms=600))
    desk.happen(Started, utterance()).happen(Ongoing, utterance())
    desk.reporter.transcribed_partly(utterance(), Transcript('my secret'))
    desk.happen(Stopped, utterance())
    desk.reporter.transcribed(utterance(), Transcript('my secret'))
    assert desk.kinds == [STARTED, STOPPED, TRANSCRIPT]
    assert (desk.events[2].transcript, 'asleep' in desk.events[2].error) == ('', True)


@pytest.mark.parametrize(
    'settings', [replace(SETTINGS, wake_words=('gemma',)), replace(SETTINGS, wake_words=('anna',), asleep_text=True)]
)
def test_what_is_meant_or_asked_for_has_its_text(settings):
    desk = Desk(settings)
    desk.happen(Started, utterance()).happen(Stopped, utterance())
    desk.reporter.transcribed(utterance(), Transcript('gemma come here'))
    assert desk.events[2].transcript == 'gemma come here'


# --- while the robot speaks -----------------------------------------------------------------------


def test_the_robots_own_voice_makes_no_event():
    desk = Desk()
    desk.speak('the weather will be fine today')
    desk.happen(Started, utterance(0)).happen(Ongoing, utterance(600))
    desk.reporter.transcribed_partly(utterance(600), Transcript('whether will'))
    desk.happen(Stopped, utterance(900))
    desk.reporter.transcribed(utterance(900), Transcript('the whether will be'))
    assert (desk.events, desk.reporter.own_voice) == ([], 1)


def test_a_person_interrupts_the_robot_while_still_speaking():
    desk = Desk()
    desk.speak('the weather will be fine today')
    desk.happen(Started, utterance(0)).happen(Ongoing, utterance(300)).happen(Ongoing, utterance(600))
    assert (desk.recognition.calls, desk.events) == ([('request_partial', 1)], [])
    desk.reporter.transcribed_partly(utterance(600), Transcript('stop that'))
    assert desk.events == [SpeechEvent(STARTED, 101 * SECOND, event_number=1, frame_id='ear')]
    desk.happen(Stopped, utterance(900))
    desk.reporter.transcribed(utterance(900), Transcript('stop that please'))
    assert desk.kinds == [STARTED, STOPPED, TRANSCRIPT]


def test_a_person_is_known_by_the_final_text_at_the_latest():
    desk = Desk()
    desk.speak('the weather will be fine today')
    desk.happen(Started, utterance(0)).happen(Stopped, utterance(900))
    desk.reporter.transcribed(utterance(900), Transcript('stop that'))
    assert desk.kinds == [STARTED, STOPPED, TRANSCRIPT]


def test_a_short_sound_does_not_interrupt_the_robot():
    desk = Desk()
    desk.speak('the weather')
    desk.happen(Started, utterance(0)).happen(Stopped, utterance(590))
    assert (desk.events, desk.recognition.calls) == ([], [])


@pytest.mark.parametrize('error', ['tiny.en failed', 'recognition took longer than 20 s'])
def test_when_recognition_fails_a_person_can_interrupt_all_the_same(error):
    early, late = Desk(), Desk()
    for desk in (early, late):
        desk.speak('the weather')
        desk.happen(Started, utterance(0)).happen(Ongoing, utterance(600))
    early.reporter.transcribed_partly(utterance(600), Transcript(error=error))
    assert early.kinds == [STARTED]
    late.happen(Stopped, utterance(900))
    late.reporter.transcribed(utterance(900), Transcript(error=error))
    assert late.kinds == [STARTED, STOPPED, TRANSCRIPT]


def test_a_sound_without_words_does_not_interrupt_the_robot():
    desk = Desk()
    desk.speak('the weather')
    desk.happen(Started, utterance(0)).happen(Ongoing, utterance(600))
    desk.reporter.transcribed_partly(utterance(600), Transcript(error=NOTHING_UNDERSTOOD))
    desk.happen(Stopped, utterance(900))
    desk.reporter.transcribed(utterance(900), Transcript(error=NOTHING_UNDERSTOOD))
    assert (desk.events, desk.reporter.own_voice) == ([], 1)


def test_while_the_recogniser_is_loading_only_the_length_decides():
    desk = Desk()
    desk.can_tell = False
    desk.speak('the weather')
    desk.happen(Started, utterance(0)).happen(Stopped, utterance(590))
    assert not desk.events
    desk.happen(Started, utterance(0, 2)).happen(Ongoing, utterance(600, 2))
    desk.happen(Started, utterance(0, 3)).happen(Stopped, utterance(610, 3))
    assert [(event.event_type, event.event_number) for event in desk.events] == [
        (STARTED, 2),
        (STARTED, 3),
        (STOPPED, 3),
    ]


def test_what_is_held_back_when_the_node_is_muted_is_dropped():
    desk = Desk()
    desk.speak('the weather')
    desk.happen(Started, utterance(0)).happen(Stopped, utterance(900))
    desk.reporter.drop_gated()
    desk.reporter.transcribed(utterance(900), Transcript(error='hearing was deactivated'))
    assert not desk.events


def test_without_a_recogniser_only_the_length_decides():
    desk = Desk(recognition=False)
    desk.speak('the weather')
    desk.happen(Started, utterance(0)).happen(Ongoing, utterance(300))
    assert not desk.events
    desk.happen(Ongoing, utterance(600)).happen(Stopped, utterance(700))
    assert desk.kinds == [STARTED, STOPPED]


def test_listening_as_ever():
    desk = Desk(replace(SETTINGS, while_speaking='listen'))
    desk.speak('the weather')
    desk.happen(Started, utterance(0))
    assert desk.kinds == [STARTED]
