"""What each language writes in short: a module each."""

from __future__ import annotations

from gemma_events.action_output.speech.languages.english import ENGLISH
from gemma_events.action_output.speech.languages.french import FRENCH
from gemma_events.action_output.speech.languages.german import GERMAN
from gemma_events.action_output.speech.languages.italian import ITALIAN
from gemma_events.action_output.speech.languages.spanish import SPANISH
from gemma_events.action_output.speech.lexicon import Lexicon, table

# Of any other language it is known that behind these a sentence goes on, and which it may end.
OTHER = Lexicon(
    abbreviations=table(
        'sr.; sra.; dra.; dhr.; mevr.; mw.; hr.; fr.; e.g.; i.e.; dr.; mr.; mrs.; prof.; approx.; vs.; ca.; max.;'
        'min.; т.е.; т.к.; г.; bijv.; d.w.z.'
    ),
    before_numbers=table('no.; nr.; p.; fig.; стр.'),
    ambiguous=table('etc.; enz.; itd.; itp.; т.д.; т.п.; osv.; jne.'),
    names=frozenset(),
    starters=frozenset(),
    continuing=frozenset(),
    units={},
    currencies={},
)

LEXICONS = {'en': ENGLISH, 'de': GERMAN, 'fr': FRENCH, 'es': SPANISH, 'it': ITALIAN}


def lexicon(language: str) -> Lexicon:
    """That of a BCP 47 tag, such as en-us; of English where it is empty."""
    return LEXICONS.get(language.replace('_', '-').partition('-')[0].lower() or 'en', OTHER)
