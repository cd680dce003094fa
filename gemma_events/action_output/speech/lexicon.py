"""What is written in short and read aloud in full, by language: abbreviations, units, currencies, times.

Whole numbers, decimals and most times a synthesiser reads by itself, better than rules here could.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

Forms = tuple[str, str]  # for one, and for any other number


@dataclass(frozen=True)
class Lexicon:
    """One language. Keys are in lower case and without spaces.

    What an abbreviation stands for is empty where a synthesiser knows it, dots included ("7 p.m.").
    """

    abbreviations: dict[str, str]  # what follows belongs to the same sentence
    before_numbers: dict[str, str]  # abbreviations only there: "no. 5"
    ambiguous: dict[str, str]  # may end a sentence: they do where `continues` does not say otherwise
    names: frozenset[str]  # may end one, too, but only where a starter follows: the "U.S. Navy"
    starters: frozenset[str]  # words that begin a sentence, and rarely stand for anything else
    continuing: frozenset[str]  # words with a capital that do not begin one behind an ambiguous abbreviation
    units: dict[str, Forms]
    currencies: dict[str, Forms]
    before_names: dict[str, str] = field(default_factory=dict)  # only before a capital: St. Louis, Downing St.
    scales: frozenset[str] = frozenset()  # of money: "$5 million"
    magnitudes: dict[str, str] = field(default_factory=dict)  # the same in short: "$5M"
    suffixes: dict[str, str] = field(default_factory=dict)  # ends of words: "Hauptstr."
    to: str = ''  # between two numbers: 5-10
    minus: str = ''
    about: str = ''  # ~5
    number: str = ''  # #5
    ordinal: Callable[[int, str], str] | None = None  # where a dot makes one of a number: 3. Mai; by the word before
    clock: tuple[str, str] = ('', '')  # how a synthesiser has to be told 10:00 and 10:05; empty: it knows


def table(text: str) -> dict[str, str]:
    """Entries `short = in full`, or only `short`, between semicolons."""
    rows = (row.partition('=') for row in text.split(';'))
    return {short.strip().replace(' ', ''): full.strip() for short, _, full in rows}


def listed(text: str) -> tuple[str, ...]:
    """Words, in order."""
    return tuple(text.split())


def words(text: str) -> frozenset[str]:
    """Words."""
    return frozenset(listed(text))


def forms(text: str) -> dict[str, Forms]:
    """Entries `symbol = one | any other number`, or one form for both."""
    split = {symbol: full.split('|') for symbol, full in table(text).items()}
    return {symbol: (both[0].strip(), both[-1].strip()) for symbol, both in split.items()}
