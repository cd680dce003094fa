"""Words on the page as they are read aloud: abbreviations, units, currencies, times, marks between words. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from gemma_events.action_output.speech.lexicon import Forms, Lexicon
from gemma_events.action_output.speech.spoken import Piece

OPENING = '"\'“‘„«‹([{¿¡'
CLOSING = '"\'”’“»›)]}'
_NUMBER = r'\d(?:[\d.,:]*\d)?'
_AMOUNT = re.compile(
    rf'(?P<open>[{re.escape(OPENING)}]*)(?P<before>[~#]?)(?P<sign>[-−+±≈<>≤≥]?)(?P<currency>[$€£¥₹]?)(?P<number>{_NUMBER})'
    rf'(?:[-–](?P<upto>{_NUMBER}))?(?P<unit>(?:[^\s\d.,;:!?…\-–][^\s]*?)?)(?P<close>[.,;:!?…{re.escape(CLOSING)}]*)'
)
_UNIT = re.compile(rf'(?P<unit>\S+?)(?P<close>[.,;:!?…{re.escape(CLOSING)}]*)')
_ORDINAL = re.compile(r'(\d{1,2})\.')
_CENTS = re.compile(r'(?P<whole>\d+)[.,](?P<cents>\d\d)')
_TIME = re.compile(r'(?P<hour>[01]?\d|2[0-4]):(?P<minute>00|0\d)')
_TIMES = re.compile(r'\d{1,2}:\d\d-\d{1,2}:\d\d')
_NOON = re.compile(r'[ap]\.?m\.?[.,;:!?]*', re.IGNORECASE)
_ELIDED = re.compile("(?:[dl]|qu|un|dell|all|nell|sull|dall)['’](?=.)")
_SAID_ALONE = re.compile('[-+−±~≈]?[+=&@%‰<>×÷§¢]|[<>]=')
_DECADE = re.compile(r'(?:\d\d\d|[2-9])0')  # the 90s, which are no seconds
_MARKS = re.compile('[.,;:!?…。！？؟।，；：、]')
_DASHES = re.compile(r'[-–—]+')
_SMALL_UNITS = 'mglshtVAWNΩ°%'  # units of one letter, in the case in which they are one


def read(words: Sequence[Piece], lexicon: Lexicon) -> list[Piece]:
    """The words of a sentence as they are said; marks that stand alone belong to the word before."""
    said: list[Piece] = []
    index = 0
    while index < len(words):
        piece, following = words[index], words[index + 1] if index + 1 < len(words) else None
        taken = following and _two(piece, following, lexicon, last=index + 2 == len(words))
        if taken:
            said += taken
            index += 2
            continue
        index += 1
        if piece.text == '*' and following and following.text[:1].isdigit() and said and said[-1].text[-1:].isdigit():
            said.append(replace(piece, text='×'))
        elif _is_mark(piece.text, lexicon):
            _add_mark(said, piece)
        else:
            before = words[index - 2].text if index > 1 else ''
            said.append(replace(piece, text=_one(piece.text, before, following, lexicon)))
    return said


def is_word(text: str) -> bool:
    """Whether there is anything to say."""
    return any(map(str.isalnum, text))


def joined(pieces: Sequence[Piece]) -> str:
    """The text of pieces."""
    return ''.join(('' if piece.glued or not number else ' ') + piece.text for number, piece in enumerate(pieces))


def short(text: str) -> str:
    """A word as abbreviations are looked up: without what is written together with it (l'ing.)."""
    return _ELIDED.sub('', text.lstrip(OPENING).lower())


def _is_mark(text: str, lexicon: Lexicon) -> bool:
    core = text.strip(f'.,;:!?…{OPENING}{CLOSING}')
    return not is_word(text) and not _SAID_ALONE.fullmatch(core) and core not in lexicon.currencies


def _add_mark(said: list[Piece], piece: Piece) -> None:
    """A dash is a comma. After a mark only one that ends the sentence is another."""
    if not said:
        return
    mark = ',' if _DASHES.fullmatch(piece.text) else ''.join(_MARKS.findall(piece.text))
    before = said[-1].text
    if mark == ',' and _MARKS.search(before[-1:]):
        mark = ''
    if mark:
        before = before.rstrip(',;:')
    said[-1] = replace(said[-1], text=before + mark, end=piece.end)


def _two(piece: Piece, following: Piece, lexicon: Lexicon, last: bool) -> list[Piece]:
    """What is said of two words that belong together: `z. B.`, `5 km`, `10:00 a.m.`, `$5 million`; nothing else."""
    if full := _full(piece.text + following.text, lexicon.abbreviations, last):
        return [replace(piece, text=full, end=following.end)]
    amount = _AMOUNT.fullmatch(piece.text)
    if not amount or amount['unit'] or amount['close']:
        return []
    if _NOON.fullmatch(following.text) and (time := _TIME.fullmatch(amount['number'])):
        minutes = '' if time['minute'] == '00' else f' oh {time["minute"][1:]}'
        return [replace(piece, text=f'{amount["open"]}{time["hour"]}{minutes}'), following] if lexicon.clock[0] else []
    unit = _UNIT.fullmatch(following.text)
    if unit and amount['currency'] in lexicon.currencies and unit['unit'].lower() in lexicon.scales:
        name = lexicon.currencies[amount['currency']][1]
        return [
            replace(piece, text=_number(amount, lexicon)),
            replace(following, text=f'{unit["unit"]} {name}{unit["close"]}'),
        ]
    forms = _unit(unit['unit'], lexicon) if unit and not amount['currency'] else None
    if not (unit and forms):
        return []
    close = unit['close'] if last or not unit['close'].startswith('.') else unit['close'][1:]
    return [
        replace(piece, text=_number(amount, lexicon)),
        replace(following, text=_form(amount, forms) + close),
    ]


def _one(text: str, before: str, following: Piece | None, lexicon: Lexicon) -> str:
    """A word as it is read."""
    last = following is None
    if amount := _AMOUNT.fullmatch(text):
        ordinal = lexicon.ordinal and not last and _ORDINAL.fullmatch(text)
        if ordinal and lexicon.ordinal:
            return lexicon.ordinal(int(ordinal[1]), before.lower()) or ordinal[1]
        return _amount(text, amount, lexicon)
    if following is not None and following.text[:1].isdigit() and (full := _full(text, lexicon.before_numbers, last)):
        return full
    if following is not None and following.text[:1].isupper() and (full := _full(text, lexicon.before_names, last)):
        return full
    if full := _full(text, lexicon.abbreviations, last) or _full(text, lexicon.ambiguous, last):
        return full
    core = text.rstrip(f',;:!?{CLOSING}')
    suffix = next((suffix for suffix in lexicon.suffixes if core.endswith(suffix)), '')
    if not suffix:
        return text
    dot = '.' if last and core == text else ''
    return core.removesuffix(suffix) + lexicon.suffixes[suffix] + text[len(core) :] + dot


def _full(text: str, abbreviations: dict[str, str], last: bool) -> str:
    """What an abbreviation stands for, with the marks around it; empty where it is none, or needs no other form."""
    core = text.rstrip(f',;:!?{CLOSING}')
    key = short(core)
    full = abbreviations.get(key, '')
    if not full:
        return ''
    if core[len(core) - len(key) :][:1].isupper():
        full = full[0].upper() + full[1:] if key in ('e.g.', 'i.e.', 'z.b.', 'd.h.') else full
    dot = '.' if last and core.endswith('.') and len(core) == len(text) else ''
    return f'{core[: len(core) - len(key)]}{full}{text[len(core) :]}{dot}'


def _amount(text: str, amount: re.Match[str], lexicon: Lexicon) -> str:
    """A number with what stands right before and behind it: $5, 5km, -20°C, 5-10."""
    unit, close = amount['unit'], amount['close']
    if lexicon.clock[0] and not amount['upto'] and (time := _TIME.fullmatch(amount['number'])):
        if _NOON.fullmatch(unit + close):
            minutes = '' if time['minute'] == '00' else f' oh {time["minute"][1:]}'
            return f'{amount["open"]}{time["hour"]}{minutes} {unit}{close}'
        if not unit:
            form = lexicon.clock[time['minute'] != '00']
            return amount['open'] + form.format(time['hour'], time['minute'][1:]) + close
    forms: Forms | None = None
    if not unit:
        forms = lexicon.currencies.get(amount['currency']) if amount['currency'] else ('', '')
    elif amount['currency']:
        return _money(amount, lexicon) or text
    elif not (unit == 's' and _DECADE.fullmatch(amount['number'])):
        forms = _unit(unit, lexicon)
    if forms is None:
        return text
    cents = _CENTS.fullmatch(amount['number']) if forms in lexicon.currencies.values() else None
    if cents and int(cents['whole']) and not amount['upto']:
        minor, name = cents['cents'].lstrip('0'), forms[cents['whole'] != '1']
        return amount['open'] + f'{_minus(amount, lexicon)}{cents["whole"]} {name} {minor}'.rstrip() + close
    name = _form(amount, forms)
    return f'{_number(amount, lexicon)}{name and " "}{name}{close}'


def _money(amount: re.Match[str], lexicon: Lexicon) -> str:
    """$5M."""
    scale, forms = lexicon.magnitudes.get(amount['unit'].lower()), lexicon.currencies.get(amount['currency'])
    return f'{_number(amount, lexicon)} {scale} {forms[1]}{amount["close"]}' if scale and forms else ''


def _number(amount: re.Match[str], lexicon: Lexicon) -> str:
    """A number, or two of them with what is said between them."""
    number, upto = amount['number'], amount['upto']
    if upto and lexicon.clock[0] and _TIMES.fullmatch(f'{number}-{upto}'):
        number = f'{number.removesuffix(":00")} {lexicon.to} {upto.removesuffix(":00")}'
    elif upto:
        is_range = lexicon.to and _is_range(number, upto)
        number = f'{number} {lexicon.to} {upto}' if is_range else f'{number}-{upto}'
    word = {'~': lexicon.about, '#': lexicon.number or '#'}.get(amount['before'], '')
    return amount['open'] + (f'{word} ' if len(word) > 1 else word) + _minus(amount, lexicon) + number


def _minus(amount: re.Match[str], lexicon: Lexicon) -> str:
    return f'{lexicon.minus} ' if amount['sign'] in ('-', '−') and lexicon.minus else amount['sign']


def _is_range(number: str, upto: str) -> bool:
    """Two years, or two small numbers: no telephone number, date or result."""
    if not (number.isdecimal() and upto.isdecimal()):
        return False
    return int(number) < int(upto) and (len(upto) <= 3 or len(number) == len(upto) == 4)


def _unit(text: str, lexicon: Lexicon) -> Forms | None:
    if len(text) == 1 and text.isalpha() and text not in _SMALL_UNITS:
        return None
    return lexicon.currencies.get(text) or lexicon.units.get(text.lower().replace('μ', 'µ'))


def _form(amount: re.Match[str], forms: Forms) -> str:
    return forms[0] if amount['number'] == '1' and not amount['upto'] else forms[1]
