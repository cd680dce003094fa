from __future__ import annotations

import pytest

from gemma_events.words import are_alike, likeness, split


@pytest.mark.parametrize(
    ('heard', 'spoken', 'share'),
    [
        ('b c', 'a b c d', 1.0),
        ('a x c y', 'a b c d', 0.5),
        ('d c b a', 'a b c d', 0.25),
        ('x', '', 0.0),
        ('', 'a', 1.0),
    ],
)
def test_likeness(heard, spoken, share):
    assert likeness(heard, spoken) == share


def test_words_have_letters_and_digits_only():
    assert split("Don't STOP, at 5!") == ['dont', 'stop', 'at', '5']


@pytest.mark.parametrize(
    ('heard', 'wanted', 'alike'), [('jemma', 'gemma', True), ('game', 'gemma', False), ('a', '', False)]
)
def test_a_word_that_was_heard_for_another(heard, wanted, alike):
    assert are_alike(heard, wanted) is alike
