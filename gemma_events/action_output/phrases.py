"""What people say that asks for no answer ("mhm"), and what asks for silence ("stop"), by language. Pure."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable

# By the first part of a BCP 47 tag. What is said to show that one listens, after Ward and Tsukahara (2000), "Prosodic
# features which cue back-channel responses", and what its translations are in everyday use.
BACKCHANNELS: dict[str, tuple[str, ...]] = {
    'en': (
        *('mhm', 'mm hm', 'mmhm', 'mm', 'mmm', 'hm', 'hmm', 'uh huh', 'uhuh', 'aha', 'ah', 'oh', 'uh', 'um', 'huh'),
        *('yeah', 'yep', 'yup', 'yes', 'ok', 'okay', 'k', 'right', 'alright', 'all right', 'sure', 'true', 'exactly'),
        *('i see', 'got it', 'wow', 'nice', 'cool', 'great', 'good', 'really', 'oh really', 'of course', 'go on'),
    ),
    'de': (
        'ja',
        'jo',
        'jaja',
        'genau',
        'aha',
        'achso',
        'ach so',
        'ach',
        'klar',
        'gut',
        'stimmt',
        'richtig',
        'verstehe',
    ),
    'fr': ('oui', 'ouais', 'hum', 'euh', 'd accord', 'ah bon', 'bien sûr', 'exactement', 'je vois', 'voilà', 'bon'),
    'es': ('sí', 'ajá', 'claro', 'vale', 'ya', 'bueno', 'eso', 'exacto', 'entiendo', 'de acuerdo', 'ah sí'),
    'it': ('sì', 'certo', 'già', 'esatto', 'va bene', 'bene', 'capisco', 'davvero', 'ecco', 'giusto'),
    'pt': ('sim', 'tá', 'tá bom', 'claro', 'certo', 'pois', 'pois é', 'entendi', 'exato'),
    'nl': ('ja', 'jaja', 'precies', 'oké', 'juist', 'goed', 'ach zo', 'klopt'),
    'ru': ('да', 'угу', 'ага', 'ну да', 'понятно', 'ясно', 'точно', 'хорошо', 'конечно'),
    'hi': ('हाँ', 'हां', 'जी', 'हम्म', 'अच्छा', 'ठीक है', 'सही'),
    'ar': ('نعم', 'أيوه', 'تمام', 'طيب', 'صحيح', 'آه'),
    'ja': (
        'うん',
        'うんうん',
        'ええ',
        'はい',
        'はいはい',
        'へえ',
        'ふーん',
        'そう',
        'そうですね',
        'そうそう',
        'なるほど',
    ),
    'zh': ('嗯', '嗯嗯', '对', '对对', '是', '是的', '好', '好的', '哦', '啊', '明白'),
    'ko': ('네', '예', '응', '음', '그래', '그래요', '맞아', '맞아요', '알았어'),
}
STOP_WORDS: tuple[str, ...] = (
    *(
        'stop',
        'stop it',
        'stop that',
        'stop talking',
        'stop speaking',
        'be quiet',
        'quiet',
        'silence',
        'shut up',
        'hush',
    ),
    *('halt', 'enough', 'that s enough', 'thats enough', 'cancel'),
    *('stopp', 'hör auf', 'aufhören', 'sei still', 'sei leise', 'ruhe', 'genug'),
    *('arrête', 'arrêtez', 'arrête toi', 'tais toi', 'taisez vous', 'ça suffit'),
    *('para', 'detente', 'cállate', 'silencio', 'basta', 'fermati', 'ferma', 'zitto', 'smettila'),
    *('pare', 'cala a boca', 'hou op', 'стоп', 'хватит', 'замолчи', 'тихо', 'रुको', 'बस', 'चुप', 'قف', 'توقف', 'اسكت'),
    *(
        'やめて',
        '止めて',
        'とめて',
        '止まって',
        'ストップ',
        '静かに',
        '停',
        '停下',
        '停止',
        '别说了',
        '安静',
        '그만',
        '멈춰',
        '조용히',
    ),
)
# What goes along with a stop word and changes nothing.
FILLERS: tuple[str, ...] = (
    *(
        'please',
        'now',
        'hey',
        'ok',
        'okay',
        'no',
        'robot',
        'gemma',
        'just',
        'oh',
        'bitte',
        'jetzt',
        'nein',
        's il te plaît',
    ),
    *(
        's il vous plaît',
        'non',
        'maintenant',
        'por favor',
        'ya',
        'ahora',
        'per favore',
        'adesso',
        'пожалуйста',
        'ください',
        '请',
    ),
)


LONGEST = 100  # letters of a text that are looked at: nobody says "mhm" for longer

Phrase = tuple[str, ...]


def is_backchannel(text: str, language: str, more: Iterable[str] = ()) -> bool:
    """Whether a text is nothing but phrases that show that somebody listens; `more` are further ones.

    `language` is a BCP 47 tag; where it is empty or has no phrases here, those of all languages count.
    """
    short = language.partition('-')[0].lower()
    return _consists(_words(text), _backchannels(short) | _phrases(tuple(more)))


def is_stop(text: str, more: Iterable[str] = ()) -> bool:
    """Whether a text asks for silence: a stop word of any language, or several, and nothing else but fillers.

    `more` are further stop words.
    """
    words, wanted = _words(text), _phrases(STOP_WORDS) | _phrases(tuple(more))
    said = any(words[begin : begin + len(phrase)] == phrase for phrase in wanted for begin in range(len(words)))
    return said and _consists(words, wanted | _phrases(FILLERS))


def _consists(words: Phrase, phrases: frozenset[Phrase]) -> bool:
    """Whether words are some of the phrases, one after the other."""
    reached = {0}
    for begin in range(len(words)):
        if begin in reached:
            reached |= {begin + len(phrase) for phrase in phrases if words[begin : begin + len(phrase)] == phrase}
    return bool(words) and len(words) in reached


def _words(text: str) -> Phrase:
    kept = (letter if letter.isalnum() or unicodedata.category(letter) in _PARTS else ' ' for letter in text[:LONGEST])
    return tuple(''.join(kept).casefold().split()) if len(text) <= LONGEST else ()


@functools.lru_cache(maxsize=16)
def _phrases(texts: tuple[str, ...]) -> frozenset[Phrase]:
    return frozenset(map(_words, texts)) - {()}


@functools.cache
def _backchannels(short: str) -> frozenset[Phrase]:
    if short in BACKCHANNELS:
        return _phrases((*BACKCHANNELS[short], *BACKCHANNELS['en']))
    return frozenset().union(*map(_backchannels, BACKCHANNELS))


_PARTS = ('Mn', 'Mc', 'Lm')  # vowel signs of Hindi, the long vowel of Japanese: parts of a word
