"""Words on the page as they are read aloud: abbreviations, units, currencies, marks between words. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from gemma_events.action_output.speech.lexicon import Forms, Lexicon
from gemma_events.action_output.speech.spoken import Piece

_NUMBER = r'[-+−]?\d+(?:[.,:]\d+)*'
_AMOUNT = re.compile(rf'(?P<open>["\'“‘«(\[]*)(?P<sign>[^\w\s(\["\'.,+−-]?)(?P<number>{_NUMBER})(?P<unit>[^\d\s]*)')
_CLOSING = re.compile(r'[.,;:!?…)\]"\'”’»]*\Z')
_SYMBOLS = '+=&@%<>×÷/#'  # are said where they stand alone
_SINGLE = 'mglshtVAW°%'  # units of one letter, in the case in which they are one
_MARKS = re.compile('[.,;:!?…。！？؟।，；：、]')
_DASHES = re.compile(r'[-–—]+')


def read(words: Sequence[Piece], lexicon: Lexicon) -> list[Piece]:
    """The pieces of a sentence as they are said; marks that stand alone belong to the word before."""
    said: list[Piece] = []
    index = 0
    while index < len(words):
        piece = words[index]
        following = words[index + 1] if index + 1 < len(words) else None
        if following and (full := _of_two(piece.text, following.text, lexicon)):
            said.append(Piece(full, following.end, piece.glued))
            index += 2
            continue
        index += 1
        if (
            not any(map(str.isalnum, piece.text))
            and piece.text not in _SYMBOLS
            and piece.text not in lexicon.currencies
        ):
            _add_mark(said, piece)
        elif following and (unit := _unit_behind(piece.text, following.text, lexicon)):
            said += [piece, replace(following, text=unit)]
            index += 1
        else:
            said.append(replace(piece, text=_full(piece.text, lexicon, last=following is None)))
    return said


def _add_mark(said: list[Piece], piece: Piece) -> None:
    """A dash is a comma; after a mark, only one that ends the sentence is another."""
    if not said:
        return
    mark = ',' if _DASHES.fullmatch(piece.text) else ''.join(_MARKS.findall(piece.text))
    if mark == ',' and _MARKS.match(said[-1].text[-1:]):
        mark = ''
    said[-1] = replace(said[-1], text=said[-1].text + mark, end=piece.end)


def _short(text: str) -> str:
    return text.lstrip('("\'“‘«[').lower()


def _of_two(text: str, following: str, lexicon: Lexicon) -> str:
    """What two words are the abbreviation of, such as `z. B.`; empty for nothing."""
    dotted, ending = re.fullmatch(r'(.*?\.?)([^\w.]*)', following, re.DOTALL).groups()
    full = lexicon.abbreviations.get(_short(text) + dotted.lower())
    return full + ending if full else ''


def _full(text: str, lexicon: Lexicon, last: bool) -> str:
    """A word as it is read."""
    if amount := _AMOUNT.fullmatch(text):
        return _amount(text, amount, lexicon, last)
    closing = _CLOSING.search(text)
    for end in range(len(text), len(text) - len(closing[0] if closing else '') - 1, -1):
        short = _short(text[:end])
        full = {**lexicon.ambiguous, **lexicon.abbreviations}.get(short)
        if full is not None:
            opening = text[: len(text) - len(_short(text))] if end == len(text) else ''
            rest = text[end:] or ('.' if last and short in lexicon.ambiguous else '')
            return f'{opening}{full or text[:end].rstrip(".")}{rest}'
    return text


def _amount(text: str, amount: re.Match[str], lexicon: Lexicon, last: bool) -> str:
    """A number with what stands right before or behind it: $5, 5km, 20°C."""
    number, sign = amount['number'], amount['sign']
    closing = _CLOSING.search(amount['unit'])
    ending = closing[0] if closing else ''
    unit = amount['unit'][: len(amount['unit']) - len(ending)]
    name = ''
    if sign in lexicon.currencies and not unit:
        name = _form(number, lexicon.currencies[sign])
    elif not sign and (forms := _unit(unit, lexicon)):
        name = _form(number, forms)
    elif lexicon.ordinals and not sign and not unit and ending == '.' and not last:
        return amount['open'] + number
    return f'{amount["open"]}{number} {name}{ending}' if name else text


def _unit_behind(text: str, following: str, lexicon: Lexicon) -> str:
    """The name of a unit that stands behind a number; empty for none."""
    if not re.fullmatch(rf'["\'“‘«(\[]*{_NUMBER}', text):
        return ''
    ending = _CLOSING.search(following)
    length = len(following) - len(ending[0] if ending else '')
    forms = _unit(following[:length], lexicon)
    return f'{_form(text, forms)}{following[length:]}' if forms else ''


def _unit(text: str, lexicon: Lexicon) -> Forms | None:
    if len(text) == 1 and text not in _SINGLE and text not in lexicon.currencies:
        return None
    return lexicon.currencies.get(text) or lexicon.units.get(text.lower())


def _form(number: str, forms: Forms) -> str:
    return forms[0] if number.strip('+-−("\'“[') == '1' else forms[1]
