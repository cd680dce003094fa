"""Wake words as people and recognisers spell them."""

from __future__ import annotations

import pytest

from gemma_events.events import SECOND
from gemma_events.hearing.wake_word import WakeSettings, WakeWordGate, contains

GEMMA = WakeSettings(wake_words=('gemma', 'hey gemma'), awake_for=10.0)


@pytest.mark.parametrize(
    ('text', 'phrase', 'there'),
    [
        ('Gemma, come here.', 'gemma', True),
        ('could you come here, GEMMA?', 'gemma', True),
        ('Jemma come here', 'gemma', True),
        ('hey, Gemma!', 'hey gemma', True),
        ('heygemma come', 'hey gemma', True),
        ('he gemma come', 'hey gemma', True),
        ('Gem ma come', 'gemma', True),
        ("Gemma's here", 'gemma', True),
        ('Come here', 'gemma', False),
        ('the game is on', 'gemma', False),
        ('', 'gemma', False),
        ('anything', '', False),
        ('anything', '...', False),
        ('こんにちは ロボット', 'ロボット', True),
    ],
)
def test_wake_words_in_a_text(text, phrase, there):
    assert contains(text, (phrase,)) is there


def said(gate, text, at, settings=GEMMA):
    return gate.is_meant(text, at * SECOND, (at + 1) * SECOND, settings)


def test_awake_for_a_while_after_a_wake_word():
    one = WakeWordGate()
    assert not said(one, 'come here', 100)
    assert said(one, 'gemma come here', 110)
    assert said(one, 'and sit down', 121)  # 10 s after 111
    assert said(one, 'good', 132)  # each keeps it awake
    assert not said(one, 'come here', 144)


def test_noise_keeps_nobody_awake():
    one = WakeWordGate()
    said(one, 'gemma', 110)
    said(one, '', 120)
    assert not said(one, 'come here', 125)


def test_without_wake_words_all_is_meant():
    assert said(WakeWordGate(), 'come here', 100, WakeSettings())
