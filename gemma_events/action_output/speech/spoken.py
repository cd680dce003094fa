"""What a person would read aloud of a text: no markdown, links, code, tags or emoji; where lines and lists pause. Pure.

A text is scanned once, in order; each word knows where in the text it ends. What may yet become something else when
more of the text comes (`[a link](`, `<a tag`, code without its end) is left for then.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

# What is one thing on the page, with bounds on how long it can be: a text of 100,000 brackets must not take for ever.
_LINK = (
    r'!?\[(?P<label>[^\[\]\n]{0,200})\]'
    r'\((?:[^()\s]|\([^()\s]{0,100}\)){0,500}(?:[ \t]"[^"\n]{0,200}")?\)'
)
# Its end is a line of marks, or the text's.
_FENCE = (
    r'(?:(?<=\n)|(?<![\s\S]))[ \t]{0,3}(?P<fence>```|~~~)[\s\S]*?'
    r'(?:\n[ \t]{0,3}(?P=fence)[`~]*[ \t]*(?=\n|\Z)|\Z)'
)
_TAG = r'</?[a-zA-Z!?][^<>\n]{0,300}>|<!--[\s\S]{0,1000}?-->'
_URL = r'(?:https?://|www\.)[^\s<>"]*'
_EMOJI_NAME = r'(?<!\S):[a-z][a-z0-9_+-]{1,40}:(?=[\s.,!?]|\Z)'
_WORD = r'(?:(?!https?://|!?\[[^\[\]\n]{0,200}\]\(|</?[a-zA-Z!?][^<>\n]{0,300}>)\S){1,200}'
_PIECE = re.compile(
    f'(?P<code>{_FENCE})|(?P<lines>[ \\t]*\\n\\s*)|(?P<space>[^\\S\\n]+)|(?P<link>{_LINK})|(?P<tag>{_TAG})'
    f'|(?P<url>{_URL})|(?P<name>{_EMOJI_NAME})|(?P<word>{_WORD}|\\S)'
)
# What may go on when more comes, at the end of what has come.
_OPEN = re.compile(
    r'(?:!|!?\[[^\[\]\n]{0,200}(?:\](?:\([^()\n]{0,1200})?)?|<[^<>\n]{0,300}|<!--[\s\S]{0,1000}|:[a-z0-9_+-]{0,40}:?'
    r'|(?:h|ht|htt|https?|https?:/?/?|www?\.?)|(?:```|~~~)[\s\S]*|[`~]{1,2}|\s+|\S)\Z'
)
LONGEST_OPEN = 1500  # characters of all but code
_LAST_FENCE = re.compile(_FENCE)
_LINE_START = re.compile(r'(?:\n|(?<![\s\S]))[ \t]*\Z')
_RULE = re.compile(r'[-*_=|:+\s]*')  # a line, or the one between a table's head and body
_BULLET = re.compile(r'[-*+•‣▪·–]')
_NUMBER = re.compile(r'(\d{1,3})[.)]')
_CJK = re.compile('([\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f])')
_KEPT_SYMBOLS = '°№©®™℃℉'


@dataclass(frozen=True, slots=True)
class Piece:
    """A word as it is spoken, or '' for the end of a line (`breaks`: 1) or of a paragraph (2).

    `end`: offset behind it in the text; `glued`: no space before it.
    """

    text: str
    end: int
    glued: bool = False
    breaks: int = 0


def pieces(text: str, begin: int, final: bool) -> Iterator[Piece]:
    """The pieces of a text from an offset on, at which a piece begins; not `final`: only those that cannot change."""
    end = len(text) if final else _certain(text, begin)
    at_line_start, glued = bool(_LINE_START.search(text, max(0, begin - 100), begin)), False
    for found in _PIECE.finditer(text, begin):
        if found.end() > end or (found.end() == len(text) and not final):
            return
        if found['code'] is not None:
            yield Piece('', found.end(), breaks=2)
            at_line_start = True
        elif found['lines'] is not None:
            yield Piece('', found.end(), breaks=min(2, found[0].count('\n')))
            at_line_start, glued = True, False
        elif found['space'] is not None:
            glued = False
        elif found['link'] is not None:
            for word in found['label'].split():
                yield from _words(word, found.end(), glued=False)
            at_line_start, glued = False, True
        elif found['url'] is not None:
            closing = re.search(r'[.,;:!?)\]]*\Z', found[0])
            if closing and closing[0]:
                yield Piece(closing[0].strip(')]'), found.end(), glued=True)
            at_line_start, glued = False, True
        elif found['word'] is not None:
            if at_line_start:
                marked = _line_mark(found[0])
                at_line_start = marked is not None and not marked
                if marked is not None:
                    # An item is on its own, also where it begins in lower case.
                    yield Piece(marked, found.end(), breaks=0 if marked else 1)
                    continue
            yield from _words(found[0], found.end(), glued)
            glued = True


def _certain(text: str, begin: int) -> int:
    """The offset up to which nothing can turn into something else; the last word goes on, perhaps."""
    fence = _LAST_FENCE.search(text, begin)
    if fence and fence.end() == len(text):
        return fence.start()
    for start in range(max(begin, len(text) - LONGEST_OPEN), len(text)):
        if text[start] in '![<:hw`~ \t\n' and _OPEN.match(text, start):
            return start
    return len(text)


def _line_mark(word: str) -> str | None:
    """What is said of what a line begins with; '' for nothing; None where it is a word."""
    if _BULLET.fullmatch(word) or re.fullmatch(r'#{1,6}|>+|\|', word):
        return ''
    if number := _NUMBER.fullmatch(word):
        return f'{number[1]},'
    return '' if _RULE.fullmatch(word) and len(word) > 2 else None


def _words(word: str, end: int, glued: bool) -> Iterator[Piece]:
    """What is said of a word on the page; of Chinese and Japanese each character is one."""
    text = _plain(html.unescape(word))
    parts = [part for part in _CJK.split(text) if part] if _CJK.search(text) else [text]
    behind = len(text)
    for number, part in enumerate(parts):
        behind -= len(part)
        if part.strip():
            yield Piece(part.strip(), max(end - len(word), end - behind), glued or number > 0)


def _plain(word: str) -> str:
    """Without marks of markdown, emoji, and what nobody can speak."""
    word = re.sub(r'\*+|`+|~~+', '', word)
    word = re.sub(r'^_+(?=\w)|(?<=\w)_+(?=\W*$)', '', word).replace('_', ' ').replace('|', ',').replace('[[', '[ [')
    return ''.join(letter for letter in word if _is_spoken(letter))


def _is_spoken(letter: str) -> bool:
    category = unicodedata.category(letter)
    if category == 'So':
        return letter in _KEPT_SYMBOLS
    return category not in ('Cc', 'Cs', 'Cf', 'Co', 'Cn', 'Sk', 'Me') and not '\ufe00' <= letter <= '\ufe0f'
