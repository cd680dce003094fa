"""Where in the sound of a sentence its words end, held against what espeak-ng's library itself says."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemma_events.action_output.speech.positions import duration, estimate, silences, word_ends
from gemma_events.action_output.speech.sentences import sentences
from gemma_events.action_output.speech.synthesis import Sound

RATE = 1000


def sound(*parts):
    """Seconds of sound and of silence (below 0)."""
    parts = [np.full(int(abs(part) * RATE), 1000 if part > 0 else 0, np.int16) for part in parts]
    return np.concatenate([*parts, np.zeros(0, np.int16)])


def test_a_synthesiser_that_knows_is_believed():
    (sentence,) = sentences('One two three.')
    assert word_ends(sentence, Sound(sound(1), RATE, (100, 300, 900))) == (100, 300, 900)
    assert word_ends(sentence, Sound(sound(1), RATE, (500, 300, 5000))) == (500, 500, 1000), 'but not everything'
    assert len(word_ends(sentence, Sound(sound(1), RATE, (100,)))) == 3


def test_equal_words_take_equal_time():
    assert estimate(['word'] * 4, sound(-0.1, 1, -0.2), RATE) == (350, 600, 850, 1100)


def test_a_pause_follows_the_word_with_the_comma():
    assert estimate(['a', 'few', 'words,', 'and', 'more'], sound(2.0, -0.3, 1.0), RATE)[2] == 2000
    assert estimate(['one', 'word'] * 2, sound(1.0, -0.3, 1.0), RATE)[1] not in (1000, 1300)


def test_the_stop_of_a_consonant_is_no_pause():
    ends = estimate(['one,', 'two', 'three', 'four.'], sound(0.5, -0.2, 0.5, -0.05, 0.5, -0.1), RATE)
    assert ends[0] == 500


@pytest.mark.parametrize(
    ('shorter', 'longer'), [('a', 'extraordinary'), ('5', '27'), ('1000', '1999'), ('you', 'you,'), ('bcd', 'BCD')]
)
def test_how_long_words_take(shorter, longer):
    assert 0 < duration(shorter) < duration(longer)


@pytest.mark.parametrize(
    ('samples', 'found'),
    [
        (sound(0.1), []),
        (sound(-0.1), [(0, 100)]),
        (sound(-0.1, 0.1, -0.2), [(0, 100), (200, 400)]),
        (sound(0.1, -0.105), [(100, 205)]),
        (sound(), []),
        (sound(0.005), []),
    ],
)
def test_silences(samples, found):
    assert silences(samples, RATE) == found


WORDS = st.lists(st.text(min_size=1, max_size=9) | st.sampled_from(['yes,', '5', 'a,', '你', '%']), max_size=30)


@given(WORDS, st.lists(st.floats(-0.5, 0.5), max_size=20), st.integers(1, 4))
def test_any_words_end_in_any_sound_in_order(words, parts, scale):
    samples = sound(*parts) * np.int16(scale)
    ends = estimate(words, samples, RATE)
    assert len(ends) == len(words)
    assert list(ends) == sorted(ends)
    assert all(0 <= end <= len(samples) for end in ends)


# --- espeak-ng's own word events ------------------------------------------------------------------------


class Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_ = [
        *((name, ctypes.c_int) for name in ('kind', 'unique', 'position', 'length', 'milliseconds', 'sample')),
        *((name, ctypes.c_void_p) for name in ('user', 'id')),
    ]


class Espeak:
    """libespeak-ng, asked for the sound of a text and for when each word begins."""

    SYNCHRONOUS, WORD, UTF8, RATE_PARAMETER, CHARACTERS = 2, 1, 1, 1, 1

    def __init__(self):
        self._library = ctypes.CDLL('libespeak-ng.so.1')
        self.rate = self._library.espeak_Initialize(self.SYNCHRONOUS, 0, None, 0)
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event))
        self._callback = kind(self._take)  # has to stay as long as the library may call it
        self._library.espeak_SetSynthCallback(self._callback)

    def _take(self, samples, count, events):
        number = 0
        while events[number].kind:
            if events[number].kind == self.WORD:
                self._events.append((events[number].position - 1, events[number].milliseconds))
            number += 1
        if samples and count:
            self._blocks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    def say(self, text, voice, words_per_minute):
        self._blocks, self._events = [], []
        self._library.espeak_SetVoiceByName(voice.encode())
        self._library.espeak_SetParameter(self.RATE_PARAMETER, words_per_minute, 0)
        data = text.encode()
        self._library.espeak_Synth(data, len(data) + 1, 0, self.CHARACTERS, 0, self.UTF8, None, None)
        return np.concatenate(self._blocks), self._events

    def true_ends(self, sentence, voice, words_per_minute):
        """The samples, and where each word ends: where the next one that espeak-ng tells of begins."""
        samples, events = self.say(sentence.text, voice, words_per_minute)
        begins, at = [], 0
        for word in sentence.words:
            at = sentence.text.index(word.text, at)
            within = [milliseconds for position, milliseconds in events if at <= position < at + len(word.text)]
            begins.append(within[0] * self.rate // 1000 if within else None)
            at += len(word.text)
        ends = [len(samples)]
        for begin in reversed(begins[1:]):
            ends.insert(0, ends[0] if begin is None else begin)
        return samples, ends


TEXTS = {
    'en-us': (
        'Yes, of course. The robot is ready. I can see three people in the room. Please bring me the red cup '
        'from the kitchen table. It costs 5 dollars and 20 cents, which is not too much. On 27 January 2024, '
        'we visited the museum, and then we went home. It is 20 °C, the humidity is 45 %, and the wind blows '
        'at 10 m/s. When you press the button, the lamp turns on, the door opens, and the music begins. There'
        ' are 1250 chairs, 300 tables, 42 lamps and 7 doors in this building. What is the capital of France, '
        'and how many people live there? You have 3 new messages, 2 missed calls, and 1 appointment at 10:30 '
        'today. We need eggs, milk, bread, butter, and a lot of cheese. A robot that can see, hear, speak, '
        'and move its arms is a great help for people who live alone. Photosynthesis is the process by which '
        'plants turn sunlight, water and carbon dioxide into oxygen and sugar.'
    ),
    'de': (
        'Guten Morgen, wie geht es dir? Der Roboter ist bereit. Bitte bring mir die rote Tasse vom '
        'Küchentisch. Das kostet 5 Euro und 20 Cent, was nicht zu viel ist. Wenn du den Knopf drückst, geht '
        'die Lampe an, die Tür öffnet sich, und die Musik beginnt. In diesem Gebäude gibt es 1250 Stühle, 300'
        ' Tische, 42 Lampen und 7 Türen. Ja, natürlich kann ich das für dich tun. Du hast 3 neue Nachrichten,'
        ' 2 verpasste Anrufe und 1 Termin um 10:30 Uhr. Franz jagt im komplett verwahrlosten Taxi quer durch '
        'Bayern. Wir brauchen Eier, Milch, Brot, Butter und sehr viel Käse. Ein Roboter, der sehen, hören und'
        ' sprechen kann, ist eine große Hilfe für alle, die allein leben.'
    ),
}


@pytest.fixture(scope='module')
def espeak():
    try:
        return Espeak()
    except OSError:
        pytest.skip('libespeak-ng is not installed')


@pytest.mark.parametrize('words_per_minute', [160, 280])
@pytest.mark.parametrize('voice', TEXTS)
def test_at_any_moment_the_word_is_the_right_one_or_its_neighbour(espeak, voice, words_per_minute):
    away = []
    for sentence in sentences(TEXTS[voice], voice):
        samples, true = espeak.true_ends(sentence, voice, words_per_minute)
        found = word_ends(sentence, Sound(samples, espeak.rate))
        moments = np.arange(0, len(samples), espeak.rate // 100)
        away.append(np.searchsorted(found, moments, 'right') - np.searchsorted(true, moments, 'right'))
    off = np.abs(np.concatenate(away))
    assert (off <= 1).mean() > 0.99
    assert off.max() <= 2
