"""How an action is to be spoken: parameters, and what its arguments change."""

from __future__ import annotations

import math

import pytest

from gemma_events.action_output.speech.settings import SpeechSettings
from gemma_events.action_output.speech.synthesis import Delivery, delivery, language_of, like_language
from gemma_events.errors import ConfigurationError
from gemma_events.settings import check

GERMAN = SpeechSettings(language='de', voice='anna', rate=120)


@pytest.mark.parametrize(
    ('arguments', 'expected'),
    [
        ({}, Delivery('de', 'anna', 120)),
        ({'other': [1]}, Delivery('de', 'anna', 120)),
        ({'rate': 50}, Delivery('de', 'anna', 50)),
        ({'rate': 99.6}, Delivery('de', 'anna', 100)),
        ({'language': 'fr'}, Delivery('fr', '', 120)),
        ({'language': 'DE'}, Delivery('de', 'anna', 120)),
        ({'voice': 'en_US-joe-medium'}, Delivery('en-us', 'en_US-joe-medium', 120)),
        ({'voice': 'berta'}, Delivery('de', 'berta', 120)),
        ({'voice': 'berta', 'language': 'fr'}, Delivery('fr', 'berta', 120)),
        ({'voice': '', 'language': ''}, Delivery('de', 'anna', 120)),
    ],
)
def test_arguments_come_before_parameters(arguments, expected):
    assert delivery(GERMAN, arguments) == expected


@pytest.mark.parametrize('value', [None, True, '100', [100], math.nan, math.inf, 49, 301, 1e300, 10**400, -1, 0])
def test_a_rate_that_cannot_be(value):
    with pytest.raises(ValueError, match=r'^arguments: rate is .*: it takes a number from 50 to 300 %$'):
        delivery(GERMAN, {'rate': value})


@pytest.mark.parametrize('name', ['language', 'voice'])
@pytest.mark.parametrize(
    'value', [None, 5, ['en'], '-v', '../x', 'a/../b', 'x;y', 'a\n', 'é' * 200, '$(id)', ' ', 'a\0']
)
def test_a_language_or_voice_that_cannot_be(name, value):
    with pytest.raises(ValueError, match=f'^arguments: {name} is ') as caught:
        delivery(GERMAN, {name: value})
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    'values', [{'language': 'english!'}, {'voice': '--x'}, {'rate': 10}, {'synthesiser': 'nobody'}]
)
def test_parameters_that_cannot_be(values):
    with pytest.raises(ConfigurationError):
        check(SpeechSettings, values)


@pytest.mark.parametrize(
    ('voice', 'language'),
    [('de', 'de'), ('de+f3', 'de'), ('en_US-joe-medium', 'en-us'), ('fr-fr', 'fr-fr'), ('German', ''), ('anna', '')],
)
def test_names_of_voices_begin_with_their_language(voice, language):
    assert language_of(voice) == language


def test_languages_are_more_or_less_alike():
    likeness = [like_language(*pair.split()) for pair in ('en_US en-us', 'en en-gb', 'en-au en-gb', 'de en', 'de den')]
    assert likeness == [3, 2, 1, 0, 0]
