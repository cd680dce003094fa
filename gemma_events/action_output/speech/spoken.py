"""What a person would read aloud of a text: no markdown, links, code, tags or emoji. Pure.

    scanner = Scanner()
    scanner.feed('See **th')     # [Piece(WORD, 'See', 3), Piece(SPACE, '', 4)]
    scanner.feed('is**')         # []: the word may go on
    scanner.feed('', final=True) # [Piece(WORD, 'this', 12)]

There are well-kept parsers of Markdown, but none that takes a text in parts and tells where each word stood. A text is
scanned once, in order. What may yet turn into something else when more comes (`[a link](`, `<a tag`, a word) is held
back; all of that has a bound, so that a text of 100,000 brackets takes no longer than any other.
"""

from __future__ import annotations

import enum
import html
import re
import unicodedata
from dataclasses import dataclass

MAX_WORD = 200  # characters; a longer one is several
MAX_TAG, MAX_COMMENT, MAX_LINK = 300, 1000, 1000  # characters of what is left out as a whole
MAX_MARK = 200  # characters that a line may begin with before it is taken for what it is
MAX_HELD = 2000  # characters that are held back at most

_CJK = '\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f'
_CJK_MARKS = '、。！？，；：「」『』（）《》・～'
_ALONE = re.compile(f'[{_CJK}{_CJK_MARKS}]')  # scripts without spaces: each letter is a word
_URL_BEGIN = r'(?i:(?:https?|ftps?|file|git|ssh|wss?)://|(?<![a-z0-9])www\.)'
_WORD = re.compile(rf'(?:(?!{_URL_BEGIN}|!\[|\\[\[\]])[^\s<\[\]{_CJK}{_CJK_MARKS}]){{1,{MAX_WORD}}}')
_LINE_END = '\n\u2028\u2029'
_SPACE = re.compile(rf'[^\S{_LINE_END}]+')
_BLANK = r'[^\S\n]'
_ATTRIBUTE = (
    rf'{_BLANK}+(?:[\w:.-]{{1,50}}{_BLANK}*={_BLANK}*(?:"[^"<>\n]{{0,200}}"|\'[^\'<>\n]{{0,200}}\'|[^\s<>"\']{{1,200}})'
    r'|open|hidden|checked)'
)
_TAG = re.compile(  # or a comment, or a link in angle brackets; but not "a<b and c>d"
    rf'<!--[\s\S]{{0,{MAX_COMMENT}}}?-->|<![a-zA-Z][^<>\n]{{0,{MAX_TAG}}}>'
    rf'|<[/?]?[a-zA-Z][\w:.-]{{0,50}}(?:{_ATTRIBUTE}){{0,20}}{_BLANK}*[/?]?>|<(?:{_URL_BEGIN}|[\w.+-]+@)[^\s<>]{{1,{MAX_TAG}}}>'
)
_TAG_SO_FAR = re.compile(rf'<(?:[/!?]?|!-|!--[\s\S]{{0,{MAX_COMMENT}}}|[/!?]?[a-zA-Z][^<>\n]{{0,{MAX_TAG}}})\Z')
# Behind the text of a link: where it leads, or the name of a reference.
_LINK_END = re.compile(
    rf'\](?:\((?:[^()\s]|\([^()\s]{{0,200}}\)){{0,{MAX_LINK}}}'
    r'(?:[ \t]+(?:"[^"\n]{0,200}"|\'[^\'\n]{0,200}\'))?\)|\[[^\[\]\n]{0,100}\])'
)
_LINK_END_SO_FAR = re.compile(rf'\](?:\([^\n]{{0,{MAX_LINK}}}|\[[^\[\]\n]{{0,100}})?\Z')
_NOTE = re.compile(r'\[(?:\^[^\[\]\s]{1,20}|\d{1,3})\]')  # a footnote's mark
_NOTE_SO_FAR = re.compile(r'\[(?:\^[^\[\]\s]{0,20}|\d{0,3})\Z')
_URL = re.compile(_URL_BEGIN)
_URL_REST = re.compile(r'[^\s<>"]{0,500}[^\s<>".,;:!?)\]\'*_`]')
_URL_TAIL = re.compile(r'[.,;:!?)\]\'*_`]{1,50}')
_EMOJI = re.compile(r'(?::(?:[a-z][a-z0-9_+-]{1,40}|[+-]1):|[:;][-^\']?[)(DPpO/\\|])(?![^\s:.,!?)])')
_FENCE = re.compile(r'[ \t]*(?P<fence>`{3,}|~{3,})[^\n`]{0,200}(?:\n|\Z)')
_FENCE_END = re.compile(r'[ \t]*(?P<fence>`{3,}|~{3,})[ \t]*\Z')
_RULE = re.compile(rf'[ \t]*(?:[-*_=|:+] ?){{3,{MAX_MARK}}}[ \t]*(?=\n|\Z)')  # or between a table's head and body
_HEADING = re.compile(r'[ \t]*#{1,6}(?=[ \t])')
_QUOTE = re.compile(r'[ \t]*>')
_ITEM = re.compile(r'[ \t]*(?:[-*+•‣▪·–](?=[ \t])|\|)(?:[ \t]+\[[ xX]\](?=[ \t]))?')
_NUMBER = re.compile(r'[ \t]*(?P<number>\d{1,3})[.)](?=[ \t])')
# Where a reference leads, which nobody reads, and the mark of a footnote's text.
_REFERENCE = re.compile(r'[ \t]*\[[^\[\]\s]{1,40}\]:[ \t]*<?https?://[^\n]{0,1000}(?=\n|\Z)')
_REFERENCE_SO_FAR = re.compile(
    r'[ \t]*\[(?:[^\[\]\s]{0,40}|[^\[\]\s]{1,40}\](?::(?:[ \t]*<?h?t?t?p?s?:?/?/?|[ \t]*<?https?://[^\n]{0,1000}))?)\Z'
)
_FOOTNOTE = re.compile(r'[ \t]*\[\^[^\[\]\s]{1,20}\]:')
_INDENT = re.compile(r'[ \t]*')
_MARK_SO_FAR = re.compile(rf'(?:[ \t]*\d{{0,3}}[.)]?[ \t]*|[-*_=|:+#>~`•‣▪·– \txX\[\]]{{0,{MAX_MARK}}})\Z')
_KEPT_SYMBOLS = '°№©®™℃℉'
_JOINERS = '\u200c\u200d'  # letters of Hindi and Persian need them
_HOST = re.compile(r'((?:[\w-]+\.)+[a-z]{2,})/\S*')  # of a link without https://
_ARROW = re.compile(r'<?[-=]+>|[\u2190-\u21ff\u27f0-\u27ff]')
_FANCY = re.compile(
    '[\U0001d400-\U0001d7ff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]+'
)  # letters that pass for bold or wide ones
_NEVER_SPOKEN = ('Cc', 'Cs', 'Cf', 'Co', 'Cn', 'So', 'Sk', 'Me')  # control, format, and what is no letter yet; emoji


class Kind(enum.Enum):
    """What a piece of a text is."""

    WORD = enum.auto()
    SPACE = enum.auto()
    LINE = enum.auto()  # its end
    ITEM = enum.auto()  # of a list or table begins; with what is said of its mark, or nothing
    HEADING = enum.auto()  # begins
    CODE = enum.auto()  # a block of it: nothing is said
    SKIPPED = enum.auto()  # nothing is said, as if it were not there


_TAG_KINDS = dict.fromkeys(('br', 'hr', '/p', '/div', '/li', '/tr', '/h1', '/h2', '/h3', '/h4'), Kind.LINE)
_TAG_KINDS['break'] = Kind.SPACE  # of SSML


@dataclass(frozen=True, slots=True)
class Piece:
    """`text`: what is said; `end`: offset behind it in the text; `glued`: there is no space before it."""

    kind: Kind
    text: str
    end: int
    glued: bool = False


Step = tuple[int, Piece | None]  # up to where in the text, and what is there


class Scanner:
    """Takes a text apart, in parts as they come. However it is cut, the words and line ends are the same."""

    def __init__(self) -> None:
        self._text = ''  # what has not been taken
        self._offset = 0  # of its beginning
        self._at_line_start, self._glued, self._in_url = True, False, False
        self._fence = ''  # what ends the block of code
        self._in_code_line = False

    def feed(self, text: str, final: bool = False) -> list[Piece]:
        """What is certain now; with `final`, all."""
        self._text += text
        found: list[Piece] = []
        at = 0
        while at < len(self._text):
            step = self._step(at, final or len(self._text) - at > MAX_HELD)
            if step is None:
                break
            at, piece = step
            if piece:
                found.append(piece)
        self._text, self._offset = self._text[at:], self._offset + at
        return found

    def _step(self, at: int, final: bool) -> Step | None:
        """The next thing from an offset on; None where what comes may change it."""
        if self._fence:
            return self._code(at, final)
        if self._at_line_start:
            return self._line_start(at, final)
        if self._in_url:
            return self._url(at, final)
        first = self._text[at]
        if first in _LINE_END:
            self._at_line_start, self._glued = True, False
            return self._piece(Kind.LINE, at + 1)
        if space := _SPACE.match(self._text, at):
            self._glued = False
            return self._piece(Kind.SPACE, space.end())
        if first == '<':
            return self._tag(at, final)
        if first == ']':
            return self._skip_or_say(_LINK_END, _LINK_END_SO_FAR, at, final)
        if first == '[':
            return self._skip_or_say(_NOTE, _NOTE_SO_FAR, at, final) if self._glued else self._skip(at + 1)
        if self._text.startswith(('![', r'\[', r'\]'), at):
            return self._skip(at + 2)
        return self._word(at, final)

    def _word(self, at: int, final: bool) -> Step | None:
        if _ALONE.match(self._text, at):
            return self._say(at, at + 1)
        word = _WORD.match(self._text, at)
        if word and not final and word.end() + (8 if len(word[0]) == MAX_WORD else 0) >= len(self._text):
            return None
        if not word or _URL.match(self._text, at):
            self._in_url = True
            return self._skip(at + 1)
        if not self._glued and (emoji := _EMOJI.match(self._text, at)):
            return self._skip(emoji.end())
        return self._say(at, word.end())

    def _url(self, at: int, final: bool) -> Step | None:
        """Up to the marks behind it, which belong to the sentence."""
        if rest := _URL_REST.match(self._text, at):
            return self._skip(rest.end())
        end = tail.end() if (tail := _URL_TAIL.match(self._text, at)) else at
        if end == len(self._text) and not final:
            return None
        self._in_url = end < len(self._text) and self._text[end] not in ' \t\n<>"' and not self._text[end].isspace()
        return self._skip(end) if self._in_url else (at, None)

    def _tag(self, at: int, final: bool) -> Step | None:
        """Nothing is said of a tag, but some are the end of a line, or a space."""
        tag = _TAG.match(self._text, at)
        kind = _TAG_KINDS.get(tag[0].strip('<>').partition(' ')[0].rstrip('/').lower()) if tag else None
        if tag and kind:
            self._glued = False
            return self._piece(kind, tag.end())
        return self._skip_or_say(_TAG, _TAG_SO_FAR, at, final)

    def _skip_or_say(self, whole: re.Pattern[str], so_far: re.Pattern[str], at: int, final: bool) -> Step | None:
        """Skip what the first pattern matches; where the second one does, it may do so later."""
        if found := whole.match(self._text, at):
            return self._skip(found.end())
        if not final and so_far.match(self._text, at):
            return None
        return self._say(at, at + 1)

    def _line_start(self, at: int, final: bool) -> Step | None:
        """The marks that a line begins with, one at a time."""
        text = self._text
        if not final and (_MARK_SO_FAR.match(text, at) or _REFERENCE_SO_FAR.match(text, at)):
            return None
        if reference := _REFERENCE.match(text, at):
            self._at_line_start = False
            return self._skip(reference.end())
        if footnote := _FOOTNOTE.match(text, at):
            return self._piece(Kind.ITEM, footnote.end())
        if fence := _FENCE.match(text, at):
            if fence.end() == len(text) and not text.endswith('\n') and not final:
                return None
            self._fence, self._in_code_line = fence['fence'], False
            return self._piece(Kind.CODE, fence.end())
        if rule := _RULE.match(text, at):
            self._at_line_start = False
            return self._piece(Kind.ITEM, rule.end())
        if quote := _QUOTE.match(text, at):
            return quote.end(), None
        if heading := _HEADING.match(text, at):
            self._at_line_start = False
            return self._piece(Kind.HEADING, heading.end())
        if number := _NUMBER.match(text, at):
            self._at_line_start = False
            return self._piece(Kind.ITEM, number.end(), f'{number["number"]},')
        if item := _ITEM.match(text, at):
            return self._piece(Kind.ITEM, item.end())
        self._at_line_start = False
        indent = _INDENT.match(text, at)
        return indent.end() if indent else at, None

    def _code(self, at: int, final: bool) -> Step | None:
        """A line of a block of code, or the one that ends it."""
        end = self._text.find('\n', at)
        if end < 0 and not final and len(self._text) - at < MAX_MARK:
            return None
        line = self._text[at : end if end >= 0 else len(self._text)]
        closing = None if self._in_code_line else _FENCE_END.match(line)
        if closing and closing['fence'].startswith(self._fence):
            self._fence = ''
            return at + len(line), None
        self._in_code_line = end < 0
        return at + len(line) + (end >= 0), None

    def _skip(self, end: int) -> Step:
        return self._piece(Kind.SKIPPED, end)

    def _say(self, at: int, end: int) -> Step:
        text = plain(self._text[at:end])
        if not text:
            return self._skip(end)
        glued, self._glued = self._glued, True
        return end, Piece(Kind.WORD, text, self._offset + end, glued)

    def _piece(self, kind: Kind, end: int, text: str = '') -> Step:
        return end, Piece(kind, text, self._offset + end)


def plain(word: str) -> str:
    """What is said of a word: without marks of markdown, emoji, and what nobody can speak."""
    if word == '*':
        return word  # between two numbers it is a sign
    if '&' in word:
        word = re.sub(r'</?[a-zA-Z][^<>]*>', '', ' '.join(html.unescape(word).split()))
    word = re.sub(r'(?<=\d)\*(?=\d)', '×', re.sub(r'\\(?=[^\w\s])', '', word))
    word = _ARROW.sub(',', re.sub(r'[*`\[\]]+|~~+', '', word))
    word = re.sub('_+', ' ', re.sub(r'^(\W*)_+|_+(?=\W*$)', r'\1', word)).replace(' .', '.').replace('|', ',')
    word = _HOST.sub(r'\1', re.sub(r'^#+(?=[^\W\d_])', '', word))
    word = re.sub(r'(?<=[^\W\d_]{2})/(?=[^\W\d_]{2})', ' ', word)
    return word if word.isascii() and word.isprintable() else _speakable(word)


def _speakable(word: str) -> str:
    kept: list[str] = []
    for letter in _FANCY.sub(lambda found: unicodedata.normalize('NFKC', found[0]), word):
        if letter in _JOINERS:
            keep = bool(kept) and kept[-1].isalpha()
        else:
            keep = letter in _KEPT_SYMBOLS or unicodedata.category(letter) not in _NEVER_SPOKEN
        if keep and not '\ufe00' <= letter <= '\ufe0f':
            kept.append(letter)
    return ''.join(kept).strip()
