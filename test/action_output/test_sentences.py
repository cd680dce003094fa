"""What is spoken of a text, sentence by sentence, and where in the text each word stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemma_events.action_output.speech.sentences import (
    LINE_PAUSE,
    MAX_SENTENCE,
    PARAGRAPH_PAUSE,
    Splitter,
    sentences,
)


def said(text, language=''):
    return [sentence.text for sentence in sentences(text, language)]


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('', []),
        (' \n\t', []),
        ('...', []),
        ('* * *', []),
        ('😀 👍🏽', []),
        ('Hello', ['Hello']),
        ('Hello.  How are\nyou?', ['Hello.', 'How are you?']),
        ('What?! Really... yes. OK… go on', ['What?!', 'Really... yes.', 'OK… go on']),
        ('"Yes." He said (no!). So.', ['"Yes."', 'He said (no!).', 'So.']),
        ('J. R. R. Tolkien wrote v1.2.3 of file.txt.', ['J. R. R. Tolkien wrote v1.2.3 of file.txt.']),
        ('It costs 3.50. Then 3,000.', ['It costs 3.50.', 'Then 3,000.']),
        ('你好。再见！好', ['你好。', '再见！', '好']),
        ('هل أنت بخير؟ نعم. ठीक है। हाँ', ['هل أنت بخير؟', 'نعم.', 'ठीक है।', 'हाँ']),
        # markdown
        (
            'This is **important** and *it* is `code` and ~~not~~ _this_.',
            ['This is important and it is code and not this.'],
        ),
        ('# Title\n\nText', ['Title', 'Text']),
        ('> quoted\n> text', ['quoted', 'text']),
        ('See [the docs](https://a.b/c_(d)?e=f "T") now.', ['See the docs now.']),
        ('![a robot](robot.png) here', ['a robot here']),
        ('At https://x.y/z?a=b#c. Next', ['At.', 'Next']),
        ('Look (https://x.y) here', ['Look here']),
        ('Before\n```python\nprint("x. Y")\n```\nafter', ['Before', 'after']),
        ('| a | b |\n|---|:-:|\n| 1 | 2 |', ['a, b,', '1, 2,']),
        ('one\n---\ntwo', ['one', 'two']),
        ('my_variable_name is snake_case', ['my variable name is snake case']),
        # tags, emoji, what nobody can speak
        ('<speak>Hello <break time="1s"/> you</speak>', ['Hello you']),
        ('Tom &amp; Jerry', ['Tom & Jerry']),
        ('Hi :smile: there 😀, you 👨‍👩‍👧!', ['Hi there, you!']),
        ('a\x00b\x07 c\u200bd \ud800e', ['ab cd e']),
        ('[[h@loU]] ok', ['[ [h@loU]] ok']),
        # lists
        ('1. First\n2. second\n- third\n* fourth', ['1, First', '2, second', 'third', 'fourth']),
        ('So:\n  10) ten', ['So:', '10, ten']),
        # abbreviations
        ('Use e.g. this, i.e. that.', ['Use for example this, that is that.']),
        ('Dr. Who met Mr. X at approx. 7 p.m. today.', ['doctor Who met mister X at approximately 7 p m today.']),
        ('He came at 7 p.m. He left.', ['He came at 7 p m.', 'He left.']),
        ('Say etc. and go. Say etc. Go.', ['Say et cetera and go.', 'Say et cetera.', 'Go.']),
        ('The U.S. law. The U.S. He left.', ['The U S law.', 'The U S.', 'He left.']),
        # numbers with units
        ('5 km, 1 km, 5km and 0.5 kg.', ['5 kilometres, 1 kilometre, 5 kilometres and 0.5 kilograms.']),
        ('20 °C or 20°C, 50 % or 50%', ['20 degrees Celsius or 20 degrees Celsius, 50 percent or 50 percent']),
        ('$5, €1, 5 € and 10 m/s!', ['5 dollars, 1 euro, 5 euros and 10 metres per second!']),
        ('At 10:30 or 5pm, -5 °C', ['At 10:30 or 5 p m, -5 degrees Celsius']),
        ('I have 5 a day, in 3 x', ['I have 5 a day, in 3 x']),
        ('2 + 2 = 4', ['2 + 2 = 4']),
        # dashes
        ('Wait — what - no -- yes', ['Wait, what, no, yes']),
        # shells get nothing
        ('$(rm -rf /); `reboot` && "x" | y', ['$(rm -rf; reboot "x", y']),
    ],
)
def test_what_is_spoken(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    ('language', 'text', 'expected'),
    [
        (
            'de',
            'z. B. am 3. Mai, d.h. 5 km usw. Und 20 °C.',
            ['zum Beispiel am 3 Mai, das heißt 5 Kilometer und so weiter.', 'Und 20 Grad Celsius.'],
        ),
        ('de-AT', 'Im Jahr 2024. Danach.', ['Im Jahr 2024.', 'Danach.']),
        ('fr', 'p. ex. 5 km, etc. Oui.', ['par exemple 5 kilomètres, et cetera.', 'Oui.']),
        ('es', 'El Sr. López, p. ej., 1 m.', ['El señor López, por ejemplo, 1 metro.']),
        ('it', 'ca. 5 kg ecc. Ciao.', ['circa 5 chilogrammi eccetera.', 'Ciao.']),
        ('pl', '5 km dr. Nowak. Tak.', ['5 km dr Nowak.', 'Tak.']),
    ],
)
def test_what_is_spoken_in_other_languages(language, text, expected):
    assert said(text, language) == expected


def test_lines_items_and_paragraphs_are_pauses():
    pauses = [sentence.pause for sentence in sentences('Title\nOne. Two.\n\nThree\n- four')]
    assert pauses == [LINE_PAUSE, 0.0, PARAGRAPH_PAUSE, LINE_PAUSE, 0.0]


@pytest.mark.parametrize('text', ['word ' * 1000, 'x' * 5000, 'One, two and three ' * 200, '你好' * 1000])
def test_a_long_sentence_is_cut(text):
    found = sentences(text)
    assert len(found) > 1
    assert all(len(sentence.text) <= MAX_SENTENCE + 1 for sentence in found)
    assert ''.join(''.join(said(text)).split()).replace(',', '') == ''.join(text.split()).replace(',', '')


def test_it_is_cut_at_a_comma_where_there_is_one():
    assert sentences('word ' * 50 + 'word, ' + 'word ' * 50)[0].text.endswith(',')


@pytest.mark.parametrize(
    'letter', ['*', '[', '(', '<', '`', '```\n', '![', ':', '#', '|', '_', '😀', '你', '. ', 'a[', '&', '\n', '~']
)
def test_much_of_anything_is_no_trouble(letter):
    sentences(letter * (20_000 // len(letter)))


BITS = (
    'Hello|you|.|. | |**|*|`|```|[a b](http://x.y)|[|]|(|5 km|5|km|e.g.|p.m.| He| he|1. |- |<b>|<|>|:smile:|:|'
    'https://x.y/z.|z. |B. |…|!|?"|$5|你好|。|😀|_|#| # |—| - |&amp;|...|www.|h|~~~'
)
TEXTS = st.lists(st.sampled_from([*BITS.split('|'), '|', '\n', '\n\n', '\n```\n']), max_size=25).map(''.join)


@given(TEXTS, st.lists(st.integers(0, 60), max_size=8), st.sampled_from(['en', 'de', 'xx']))
def test_however_it_is_cut_into_parts_the_sentences_are_the_same(text, cuts, language):
    splitter, found, begin = Splitter(language), [], 0
    for cut in [*sorted(cuts), len(text)]:
        found += splitter.feed(text[begin:cut])
        begin = max(begin, min(cut, len(text)))
    found += splitter.finish()
    assert found == sentences(text, language)


@given(TEXTS | st.text(max_size=200))
def test_words_stand_in_the_text_in_order(text):
    ends = [word.end for sentence in sentences(text) for word in sentence.words]
    assert ends == sorted(ends)
    assert all(0 <= end <= len(text) for end in ends)
    for sentence in sentences(text):
        assert ''.join(word.text for word in sentence.words) == sentence.text.replace(' ', '') or ' ' in sentence.text
        assert any(map(str.isalnum, sentence.text))


def test_what_was_said_is_the_beginning_of_the_text():
    text = 'Use **5 km** of [my rope](http://x.y), e.g. this one.'
    (sentence,) = sentences(text)
    assert [text[: word.end] for word in sentence.words][:4] == ['Use', 'Use **5', 'Use **5 km**', 'Use **5 km** of']
    assert text[: sentence.words[-1].end] == text
