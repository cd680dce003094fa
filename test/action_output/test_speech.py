"""One speech, its words and its sentences, against a loudspeaker whose time is that of the test."""

from __future__ import annotations

import logging
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemma_events.action_output.run import Run
from gemma_events.action_output.speech import speech as speech_module
from gemma_events.action_output.speech.players import LATENCY, WORDS, DummySpeaker
from gemma_events.action_output.speech.playout import Playout
from gemma_events.action_output.speech.preparation import AHEAD, Preparation
from gemma_events.action_output.speech.samples import amplify, leading_silence, resample, spread
from gemma_events.action_output.speech.script import Progress, Script
from gemma_events.action_output.speech.sentences import Sentence, Splitter, Word
from gemma_events.action_output.speech.speech import Speech
from gemma_events.action_output.speech.stream import Playing
from gemma_events.action_output.speech.synthesis import Sound
from gemma_events.errors import DeviceError
from gemma_events.events import ActionEvent
from harness import wait_for

RATE = 1000
WORD = 100  # samples
CONTENT = 'One two three.  Four five?\nSix seven eight nine ten. Eleven!'


def make(sentence, stop):
    """Each word lasts WORD samples."""
    ends = tuple(WORD * number for number in range(1, 1 + len(sentence.words)))
    return Sound(np.full(ends[-1], 5000, np.int16), RATE, ends)


class Player:
    """A loudspeaker that plays 20 ms each time it is watched."""

    audible, rate, held = True, RATE, 60

    def __init__(self, step=lambda player: None):
        self.blocks, self._step = [], step

    def play(self, playing):
        self.playing = playing

    def watch(self):
        if not self.playing.cancelled.is_set():
            block = np.zeros(20, np.int16)
            self.playing.playout.fill(block, self.playing.paused.is_set())
            self.blocks.append(block)
        self._step(self)


@pytest.fixture(autouse=True, scope='module')
def no_waiting():
    patch = pytest.MonkeyPatch()
    patch.setattr(speech_module, 'TICK', 0.0005)
    yield
    patch.undo()


class Told:
    """One speech of a Run, and what it told."""

    class Run(Run):
        """Remembers all that was done."""

        def __setattr__(self, name, value):
            super().__setattr__(name, value)
            if name == 'content_done' and value:
                self.__dict__.setdefault('all_done', []).append(value)

    def __init__(self, content=CONTENT, make=make, parts=None, limit=1000, volume=100.0, memory=None):
        self.run, self.talking = Told.Run(ActionEvent(action='speak', content=content)), []
        self.done = self.run.__dict__.setdefault('all_done', [])
        self.make, self.parts, self.limit, self.volume = make, parts or self.run.parts, limit, volume
        self.memory = memory or Progress()

    def speak(self, player):
        preparation = Preparation(self.parts, Splitter('en'), self.make, self.limit, self.memory.sentences)
        speech = Speech(
            self.run,
            preparation,
            lambda sound: player,
            self.memory,
            log=logging.getLogger('speech'),
            volume=self.volume,
            speed=1.0,
            talk=lambda talking: self.talking.append(talking) if self.talking[-1:] != [talking] else None,
        )
        try:
            speech.speak()
        finally:
            preparation.close()
            speech.count()
            self.memory = speech.progress
        return np.concatenate([*player.blocks, np.empty(0, np.int16)])


def test_all_is_heard_and_told_word_by_word():
    told = Told()
    out = told.speak(Player())
    assert np.count_nonzero(out) == 11 * WORD
    assert told.run.content_done == CONTENT.strip()
    assert [len(done.split()) for done in told.done] == list(range(1, 12))
    assert all(CONTENT.startswith(done) for done in told.done)
    assert told.talking == [False, True, False]
    assert told.memory == Progress(4, len(CONTENT))


@settings(max_examples=30)
@given(st.integers(0, 80))
def test_cut_anywhere_it_goes_on_with_the_sentence_that_was_cut(block):
    told, heard = Told(), []

    def cut(player):
        if len(player.blocks) > block:
            told.run.cancelled.set()

    out = told.speak(Player(cut))
    position = max(0, len(out) - Player.held)
    heard_words = np.count_nonzero(out[:position]) / WORD  # between the lines there is silence
    assert abs(len(told.run.content_done.split()) - heard_words) <= 1
    assert CONTENT.startswith(told.run.content_done)
    before, sentences = told.run.content_done, told.memory.sentences
    told.run.cancelled.clear()
    told.make = lambda sentence, stop: heard.append(sentence.text) or make(sentence, stop)
    told.speak(Player())
    assert heard == [sentence.text for sentence in Splitter('').feed(CONTENT + ' x')][sentences:]
    assert told.run.content_done == CONTENT
    assert all(len(done) >= len(before) for done in told.done[len(before.split()) :]), 'it counts on'


def test_a_pause_in_the_middle_changes_nothing_but_the_time():
    told = Told()

    def pause(player):
        (told.run.paused.set if 20 <= len(player.blocks) < 60 else told.run.paused.clear)()

    told.speak(Player(pause))
    assert told.run.content_done == CONTENT
    assert told.talking == [False, True, False, True, False]


def test_it_does_not_begin_while_it_is_paused():
    told = Told()
    told.run.paused.set()

    def look(player):
        if len(player.blocks) == 30:
            assert not np.concatenate(player.blocks).any()
            told.run.paused.clear()

    assert np.count_nonzero(told.speak(Player(look))) > 10 * WORD
    assert told.talking == [False, True, False]


def test_parts_are_spoken_as_they_come():
    told = Told()
    player = Player()

    def parts(stop):
        yield 'One two three. Fo'
        wait_for(lambda: told.run.content_done == 'One two three.', 'the first sentence')
        yield 'ur. Fi'
        wait_for(lambda: told.run.content_done == 'One two three. Four.', 'the second')
        yield 've'

    told.parts = parts
    told.speak(player)
    assert told.run.content_done == 'One two three. Four. Five'
    assert told.talking == [False, True, False, True, False, True, False]


def test_a_pause_behind_a_sentence_is_silence():
    class Pausing(Splitter):
        def finish(self):
            return [Sentence('One', (Word('One', 3),), 0.5), Sentence('two', (Word('two', 7),))]

    told, player = Told('One two'), Player()
    preparation = Preparation(told.parts, Pausing(''), make, 99)
    Speech(
        told.run, preparation, lambda sound: player, Progress(), log=None, volume=100, speed=1, talk=lambda on: None
    ).speak()
    out = np.concatenate(player.blocks)
    assert not out[WORD : WORD + 500].any()
    assert out[WORD + 500 : 2 * WORD + 500].all()


@pytest.mark.parametrize('begin, end', [('One two. ', 'Three four.'), ('', 'Three four.'), ('One. ', ''), ('', '')])
def test_sentences_without_a_sound_hold_nothing_up(begin, end):
    def mute(sentence, stop):
        sound = make(sentence, stop)
        return Sound(sound.samples[:0], RATE) if sentence.text == 'Mute.' else sound

    told = Told(begin + 6 * 'Mute. ' + end, make=mute)
    threading.Timer(10, told.run.cancelled.set).start()
    told.speak(Player())
    assert not told.run.cancelled.is_set()
    assert told.run.content_done == told.run.action.content.strip()


def test_a_fault_comes_after_what_was_heard_before_it():
    def fail(sentence, stop):
        if sentence.text.startswith('Six'):
            raise DeviceError('no voice')
        return make(sentence, stop)

    told = Told(make=fail)
    with pytest.raises(DeviceError, match='no voice'):
        told.speak(Player())
    assert told.run.content_done == 'One two three.  Four five?'


def test_a_lost_loudspeaker_ends_it_at_once():
    def lose(player):
        if len(player.blocks) == 20:
            raise DeviceError('lost')

    told = Told()
    with pytest.raises(DeviceError, match='lost'):
        told.speak(Player(lose))
    assert told.run.content_done == 'One two three.'


class Dummy(DummySpeaker):
    """Its time goes on by 10 ms each time it is watched."""

    def __init__(self, audible=False, rate=RATE):
        self.now, self.tapped, self.blocks = 0.0, [], []
        super().__init__(rate, lambda block, rate, latency: self.tapped.append(block), audible=audible, clock=self.read)

    def read(self):
        return self.now

    def watch(self):
        self.now += 0.01
        super().watch()


def test_a_text_without_sound_takes_its_time_and_is_logged_as_it_goes(caplog):
    told, dummy = Told(make=lambda sentence, stop: None), Dummy()
    with caplog.at_level(logging.INFO):
        told.speak(dummy)
    assert dummy.now == pytest.approx(11 / WORDS, abs=0.5)
    assert caplog.messages[:2] == ['says: One two three.', 'says: Four five?']
    assert told.run.content_done == CONTENT


def test_without_a_loudspeaker_others_can_play_what_would_be_heard_and_a_person_reads_it_in_the_log(caplog):
    """The words end where they end in the sound, which is there whole."""
    for audible, logged in ((False, 4), (True, 0)):
        told, dummy = Told(), Dummy(audible)
        caplog.clear()
        with caplog.at_level(logging.INFO):
            told.speak(dummy)
        sound = np.concatenate([block for block in dummy.tapped if block is not None])
        assert np.count_nonzero(sound) == 11 * WORD
        assert dummy.now == pytest.approx(11 * WORD / RATE + LATENCY, abs=0.5)  # and three pauses
        assert len([message for message in caplog.messages if message.startswith('says: ')]) == logged
        assert told.run.content_done == CONTENT


def test_a_dummy_speaker_stops_with_what_it_plays():
    dummy, playout = Dummy(), Playout(RATE)
    dummy.watch()
    playout.feed(np.full(500, 9000, np.int16))
    cancelled, paused = threading.Event(), threading.Event()
    dummy.play(Playing(playout, paused, cancelled))
    for _ in range(20):
        dummy.watch()
    assert playout.heard(dummy.held) == pytest.approx(200 - RATE * LATENCY, abs=10)
    cancelled.set()
    dummy.watch()
    dummy.stop()
    dummy.watch()
    assert playout.heard(0) == pytest.approx(200, abs=10)
    assert dummy.tapped[-1] is None


# --- the thread ahead --------------------------------------------------------------------------------


def test_it_does_not_wait_for_a_next_part_that_nobody_will_hear():
    run = Run(ActionEvent(id='a', content='One. ', more=True), more_timeout=60)
    preparation = Preparation(run.parts, Splitter(''), make, 1000)
    preparation.close()
    wait_for(lambda: not preparation._thread.is_alive(), 'its thread to end')


def prepare(content, make=make, **more):
    return Preparation(lambda stop: iter([content]), Splitter(''), make, more.pop('limit', 1000), **more)


def test_at_most_so_many_sentences_are_ahead():
    made = []
    preparation = prepare('Aa. Bb. Cc. Dd. Ee.', lambda sentence, stop: made.append(sentence.text))
    wait_for(lambda: len(made) == AHEAD, 'the first ones')
    assert [preparation.take(5).sentence.text for _ in range(AHEAD)] == ['Aa.', 'Bb.']
    assert preparation.take(0.05) is None
    assert not preparation.complete
    preparation.begun(1)
    assert preparation.take(5).sentence.text == 'Cc.'
    preparation.begun(2)
    assert [preparation.take(5).sentence.text for _ in range(2)] == ['Dd.', 'Ee.']
    assert preparation.take(5) is None
    assert preparation.complete
    preparation.close()
    assert not preparation._thread.is_alive()


def test_it_ends_while_it_waits_for_room_and_tells_who_makes_the_sound():
    seen = []
    preparation = prepare('Aa. Bb. Cc. Dd.', lambda sentence, stop: seen.append(stop))
    wait_for(lambda: len(seen) == AHEAD, 'the first ones')
    preparation.close()
    assert seen[0].is_set()
    wait_for(lambda: not preparation._thread.is_alive(), 'the end of the thread')


def test_what_is_beyond_the_limit_is_left_out():
    preparation = prepare('One two. Three four.', limit=12)
    assert [preparation.take(5).sentence.text for _ in range(2)] == ['One two.', 'Thr']
    assert preparation.cut
    assert preparation.content == 'One two. Thr'
    preparation.close()


# --- words and positions -----------------------------------------------------------------------------


@given(st.lists(st.lists(st.integers(0, 50), min_size=1, max_size=5), min_size=1, max_size=5), st.data())
def test_what_was_said_never_goes_back_and_is_all_in_the_end(sentences, data):
    script, begin, words = Script(Progress(2, 5)), 0, 0
    for lengths in sentences:
        ends = np.cumsum(lengths)
        count = len(lengths)
        script.add(Sentence('', tuple(Word('w', 6 + words + n) for n in range(count))), begin, [int(e) for e in ends])
        words += count
        begin += int(ends[-1]) + 10
    positions = sorted(data.draw(st.lists(st.integers(-1, begin), min_size=2)))
    said = [script.said(position) for position in positions]
    assert said == sorted(said)
    assert script.said(begin) == Progress(2 + len(sentences), 5 + words)
    assert script.said(-1) == Progress(2, 5)
    assert script.begun(begin) == len(sentences)
    assert script.begun(-1) == 0


# --- samples -----------------------------------------------------------------------------------------


def tone(rate, seconds=1.0, loudness=9000):
    return (loudness * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)).astype(np.int16)


@pytest.mark.parametrize('wanted', [8000, 16_000, 22_050, 44_100, 48_000])
def test_another_rate_is_the_same_sound(wanted):
    out = resample(tone(22_050), 22_050, wanted)
    assert len(out) == wanted
    assert np.abs(out.astype(int) - tone(wanted))[300:-300].max() < 60
    assert not len(resample(tone(22_050, 0), 22_050, wanted))


@pytest.mark.parametrize('percent, peak', [(0, 0), (50, 4500), (100, 9000), (200, 18_000)])
def test_volume(percent, peak):
    assert np.abs(amplify(tone(8000), percent)).max() == pytest.approx(peak, abs=2)


def test_too_loud_is_pressed_not_clipped():
    loud = amplify(tone(8000, loudness=30_000), 200).astype(int)
    assert 32_000 < np.abs(loud).max() <= 32_767
    assert np.array_equal(np.sign(loud), np.sign(tone(8000, loudness=30_000)))


def test_leading_silence():
    assert leading_silence(np.concatenate([np.full(70, 9, np.int16), tone(8000)])) == pytest.approx(70, abs=2)
    assert leading_silence(np.zeros(9, np.int16)) == leading_silence(np.zeros(0, np.int16)) == 0


@pytest.mark.parametrize('kind, one', [(np.int16, 32767), (np.float32, 32767 / 32768)])
def test_all_channels_get_the_samples(kind, one):
    out = np.empty((3, 2), kind)
    spread(np.array([0, 32767, -32768], np.int16), out)
    assert out[:, 0].tolist() == pytest.approx([0, one, -32768 if kind == np.int16 else -1])
    assert np.array_equal(out[:, 0], out[:, 1])
