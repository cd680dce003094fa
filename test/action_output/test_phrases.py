"""What people say that asks for no answer, and what asks for silence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemma_events.action_output.phrases import BACKCHANNELS, LONGEST, is_backchannel, is_stop


@pytest.mark.parametrize(
    ('text', 'language'),
    [
        ('Mhm.', 'en'),
        ('mm-hm', 'en-US'),
        ('Yeah, yeah. Okay!', 'en'),
        ('I see', 'en'),
        ('Ja, genau.', 'de'),
        ('mhm', 'de'),
        ("D'accord.", 'fr'),
        ('そうですね。', 'ja'),
        ('うん、うん', 'ja'),
        ('嗯，对', 'zh-CN'),
        ('ठीक है', 'hi'),
        ('угу', ''),  # no known language: those of any
        ('угу', 'xx'),
    ],
)
def test_a_backchannel(text, language):
    assert is_backchannel(text, language)


@pytest.mark.parametrize(
    ('text', 'language'),
    [
        ('', 'en'),
        ('...', 'en'),
        ('Okay, but why?', 'en'),
        ('yes stop', 'en'),
        ('ja', 'fr'),
        ('yesterday', 'en'),
        ('yeah ' * 40, 'en'),
    ],
)
def test_no_backchannel(text, language):
    assert not is_backchannel(text, language)


def test_the_owner_may_add_some():
    assert not is_backchannel('Roger that', 'en')
    assert is_backchannel('Roger that, okay', 'en', ('roger that',))


@pytest.mark.parametrize(
    'text',
    [
        'Stop!',
        'stop stop STOP',
        'Please stop it now.',
        'No, stop',
        'Hey robot, be quiet please',
        "That's enough.",
        'やめて！',
        'Sei still, bitte',
    ],
)
def test_a_stop(text):
    assert is_stop(text)


@pytest.mark.parametrize(
    'text', ['', 'please', "don't stop", 'The bus stop', 'non-stop music', 'stopping', 'Stop at the shop']
)
def test_no_stop(text):
    assert not is_stop(text)


def test_the_owner_may_add_stop_words():
    assert is_stop('Pineapple, please', ('pineapple',))
    assert not is_stop('Pineapple, please', ('', '?!'))


@given(st.lists(st.sampled_from(BACKCHANNELS['en']), min_size=1, max_size=8))
def test_any_row_of_backchannels_is_one(phrases):
    text = ', '.join(phrases)
    assert is_backchannel(text, 'en') == (len(text) <= LONGEST)


@given(st.text(max_size=200))
def test_any_text_is_judged(text):
    is_backchannel(text, text)
    is_stop(text)
