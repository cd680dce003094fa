"""What is spoken of a text, sentence by sentence, and where in the text each word stood."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemma_events.action_output.speech.sentences import MAX_SENTENCE, PAUSE, Splitter, sentences
from gemma_events.action_output.speech.spoken import MAX_HELD


def said(text, language=''):
    return [sentence.text for sentence in sentences(text, language)]


def in_parts(text, cuts, language=''):
    splitter, found, begin = Splitter(language), [], 0
    for cut in [*sorted(cut % (len(text) + 1) for cut in cuts), len(text)]:
        found += splitter.feed(text[begin:cut])
        begin = cut
    return found + splitter.finish()


NOTHING = [
    '',
    ' \n\t',
    '...',
    '* * *',
    '---',
    '\U0001f600 \U0001f44d\U0001f3fd',
    '\0\x01',
    '```\nx = 1\n```',
    ':smile:',
]
NOTHING += ['https://example.com/a?b=c', '<br/>', '**', '# ', '- \n- ', '|---|', '[](x)', '\ufeff', '! ?', ':-)', '>']


@pytest.mark.parametrize('text', NOTHING)
def test_nothing_to_say(text):
    assert said(text) == []


ENDS = [
    ('Hello', ['Hello']),
    ('Hello.  How are you?', ['Hello.', 'How are you?']),
    ('What?! Really... yes. OK… go on', ['What?!', 'Really... yes.', 'OK… go on']),
    ('Really?! ... Yes.', ['Really?!', 'Yes.']),
    ('« Oui ! » dit-il. « Non ! » Puis', ['Oui! dit-il.', 'Non!', 'Puis']),
    ('Bonjour\u00a0! Oui', ['Bonjour!', 'Oui']),
    ('"Yes." He said (no!). So.', ['"Yes."', 'He said (no!).', 'So.']),
    ('“No!” he said. ‘Go.’ She left.', ['“No!” he said.', '‘Go.’', 'She left.']),
    ('J. R. R. Tolkien wrote v1.2.3 of file.txt.', ['J. R. R. Tolkien wrote v1.2.3 of file.txt.']),
    ('This is plan B. We go.', ['This is plan B.', 'We go.']),
    ('It costs 3.50. Then 3,000. In 2024. At 5.', ['It costs 3.50.', 'Then 3,000.', 'In 2024.', 'At 5.']),
    ('Is it? No. It is no. 5.', ['Is it?', 'No.', 'It is number 5.']),
    ('See fig. 3 on p. 7. That is it.', ['See figure 3 on page 7.', 'That is it.']),
    ('One bldg. of it', ['One bldg. of it']),
    ('你好。再见！「好」吧', ['你好。', '再见！', '好吧']),
    ('هل أنت بخير؟ نعم.', ['هل أنت بخير؟', 'نعم.']),
    ('ठीक है। हाँ', ['ठीक है।', 'हाँ']),
    ('Да, т. е. нет и т. д. Вот', ['Да, т. е. нет и т. д.', 'Вот']),
    ('元気ですか？「はい」', ['元気ですか？', 'はい']),
    ('Read more: www.x.y/z. Go', ['Read more.', 'Go']),
]
ABBREVIATIONS = [
    ('Use e.g. this, i.e. that.', ['Use for example this, that is that.']),
    ('E.g., this (e.g. that).', ['For example, this (for example that).']),
    ('Dr. Who met Mr. X at approx. 7 p.m. today.', ['doctor Who met mister X at approximately 7 p.m. today.']),
    ('He came at 7 p.m. He left.', ['He came at 7 p.m.', 'He left.']),
    ('At 7 p.m. Monday, 5 a.m. GMT.', ['At 7 p.m. Monday, 5 a.m. GMT.']),
    ('Say etc. and go. Say etc. Go.', ['Say etc. and go.', 'Say etc.', 'Go.']),
    ('The U.S. Navy. The U.S. It is big.', ['The U.S. Navy.', 'The U.S.', 'It is big.']),
    ('A vs. B, approx. It is', ['A versus B, approximately It is']),
    ("In the U.S. It's big. A Ph.D. She's smart.", ['In the U.S.', "It's big.", 'A Ph.D.', "She's smart."]),
    ('St. Louis, Downing St. is known.', ['saint Louis, Downing street is known.']),
    ('On Mon. Jan. 5, Elizabeth II. came', ['On Monday January 5, Elizabeth II. came']),
    ('On Jan. 5, Smith Jr. came.', ['On January 5, Smith Jr. came.']),
    ('It is approx.', ['It is approximately.']),
]
MARKDOWN = [
    ('This is **important** and *it* is `code`, ~~not~~ _so_.', ['This is important and it is code, not so.']),
    ('# Title #\n\nText', ['Title', 'Text']),
    ('Title\n===\ntext', ['Title', 'text']),
    ('> quoted\n> Text', ['quoted', 'Text']),
    ('See [the **docs**](https://a.b/c_(d)?e=f "T") now.', ['See the docs now.']),
    ('[Are you?](x) Next [it][ref].', ['Are you?', 'Next it.']),
    ('![a robot](robot.png) here', ['a robot here']),
    ('At https://x.y/z?a=b#c. Next', ['At.', 'Next']),
    ('Look (https://x.y) at www.x.y, <https://x.y> here', ['Look at, here']),
    ('Before\n```python\nprint("x. Y")\n```\nafter', ['Before', 'after']),
    ('~~~~\n```\n~~~\n~~~~\nafter', ['after']),
    ('never closed\n```\nx', ['never closed']),
    ('| a | b |\n|---|:-:|\n| 1 | 2 |', ['a, b', '1, 2']),
    ('one\n---\ntwo', ['one', 'two']),
    ('1. First\n2. second\n- third\n* [x] fourth', ['1, First', '2, second', 'third', 'fourth']),
    ('Do: 1. Go. 2. Stop.', ['Do: 1, Go.', '2, Stop.']),
    ('So:\n  10) ten', ['So:', '10, ten']),
    ('milk\neggs\nbread', ['milk', 'eggs', 'bread']),
    ('As was shown[1] there.[^2]', ['As was shown there.']),
    ('So.[^1]\n\n[^1]: Note.\n[2]: https://x.y "T"\n[it]:\nso', ['So.', 'Note.', 'it:', 'so']),
    ('\\[x\\] is 2 * 3, [a\\]', ['x is 2 × 3, a']),
    ('my_variable is snake_case, __init__', ['my variable is snake case, init']),
    ('2*3 and \\*this\\*', ['2×3 and this']),
]
OTHER_MARKS = [
    ('<speak>Hello <break time="1s"/> you</speak>', ['Hello you']),
    ('a<br>b<br/>c</p>d, e<break time="1s"/>f', ['a', 'b', 'c', 'd, e f']),
    ('__init__.py :+1: ok', ['init.py ok']),
    ('A <b \n> c 1 * ,', ['A <b', 'c 1']),
    ('a <!-- <b> no --> b, 1 < 2', ['a b, 1 < 2']),
    ('<?xml version="1"?><!DOCTYPE html><p class=x>So <details open>so', ['So so']),
    ('if a<b and c>d', ['if a<b and c>d']),
    ('<joe@x.y> <https://x.y> at example.com/a/b?c and ftp://x', ['at example.com and']),
    ('#Robots and \U0001d4d7\U0001d4f2 \uff21\uff11', ['Robots and Hi A1']),
    ('Tom &amp; Jerry &lt;b&gt;x', ['Tom & Jerry x']),
    ('Hi :smile: there \U0001f600, you \U0001f468\u200d\U0001f469\u200d\U0001f467! :-)', ['Hi there, you!']),
    ('a\x00b\x07 c\u200bd \ud800e \u202ef', ['ab cd e f']),
    ('[[h@loU]] ok', ['h@loU ok']),
    ('Wait — what - no -- yes → on', ['Wait, what, no, yes, on']),
    ('$(rm -rf /); `reboot` && "x" | y; %s', ['$(rm -rf; reboot "x", y; %s']),
    ('and/or 24/7', ['and or 24/7']),
    ('C++ and C#, #1', ['C++ and C#, number 1']),
    ('می\u200cخواهم', ['می\u200cخواهم']),
]
NUMBERS = [
    ('5 km, 1 km, 5km and 0.5 kg.', ['5 kilometres, 1 kilometre, 5 kilometres and 0.5 kilograms.']),
    ('20 °C or 20°C, 50 % or 50%', ['20 degrees Celsius or 20 degrees Celsius, 50 percent or 50 percent']),
    ('$5, €1, 5 €, $5.50 and 10 m/s!', ['5 dollars, 1 euro, 5 euros, 5 dollars 50 and 10 metres per second!']),
    ('$5M, $2.5bn and €10k', ['5 million dollars, 2.5 billion dollars and 10 thousand euros']),
    ('$5 million (3 m²)', ['5 million dollars (3 square metres)']),
    ('At 10:30, 10:05, 10:00 or 7:00 p.m.', ["At 10:30, 10 oh 5, 10 o'clock or 7 p.m."]),
    ('5pm and -5 °C, 5-10 km', ['5pm and minus 5 degrees Celsius, 5 to 10 kilometres']),
    ('in the 1980s, ~50% of 5s', ['in the 1980s, about 50 percent of 5 seconds']),
    ('10:00-12:30, 9-5', ['10 to 12:30, 9-5']),
    ('555-1234, 3-2, 2024-01-02', ['555-1234, 3-2, 2024-01-02']),
    ('I have 5 a day, in 3 x, 4th, 3D', ['I have 5 a day, in 3 x, 4th, 3D']),
    ('2 + 2 = 4', ['2 + 2 = 4']),
    ('±5 %, +5 dB, 5 ‰, 50 ¢, 5 >= 3', ['±5 percent, +5 decibels, 5 ‰, 50 ¢, 5 >= 3']),
    ('1990s, 90s, 5s and 5 s', ['1990s, 90s, 5 seconds and 5 seconds']),
    ('$1.00, $1.05 and $0.50', ['1 dollar, 1 dollar 5 and 0.50 dollars']),
    ('5 m/s², 5 µm, 5 μs, 5 kΩ', ['5 metres per second squared, 5 micrometres, 5 microseconds, 5 kilohms']),
    ('5 ft. high. It is 5 min. Then', ['5 feet high.', 'It is 5 minutes.', 'Then']),
]


@pytest.mark.parametrize(('text', 'expected'), [*ENDS, *ABBREVIATIONS, *MARKDOWN, *OTHER_MARKS, *NUMBERS])
def test_what_is_spoken(text, expected):
    language = '' if text.isascii() or any(map(str.isascii, filter(str.isalpha, text))) else 'xx'
    assert said(text, language) == expected
    assert [sentence.text for sentence in in_parts(text, range(len(text)), language)] == expected


@pytest.mark.parametrize(
    ('language', 'text', 'expected'),
    [
        ('de', 'z. B. am 3. Mai, d.h. 5 km.', ['zum Beispiel am dritten Mai, das heißt 5 Kilometer.']),
        ('de_DE', 'Es gibt A, B usw. Und 20 °C.', ['Es gibt A, B und so weiter.', 'Und 20 Grad Celsius.']),
        ('de-AT', 'Im Jahr 2024. Es sind 5. Das ist gut.', ['Im Jahr 2024.', 'Es sind 5.', 'Das ist gut.']),
        ('de', 'Hauptstr. 5, Karl-Marx-Str. 7', ['Hauptstraße 5, Karl-Marx-Straße 7']),
        ('de', 'Die Hauptstr. ist laut. Die Bahnhofstr. auch', ['Die Hauptstraße ist laut.', 'Die Bahnhofstraße auch']),
        ('de', 'Der 21. und 1. Mai, 3. Stock', ['Der einundzwanzigste und erster Mai, dritter Stock']),
        ('de', 'Dr. Müller bzw. ca. 3 Mio. Leute', ['Doktor Müller beziehungsweise circa 3 Millionen Leute']),
        ('fr', 'P. ex. 5 km, M. Dupont, etc. Oui.', ['par exemple 5 kilomètres, monsieur Dupont, etc.', 'Oui.']),
        ('es', 'El Sr. López, p. ej., -1 m.', ['El señor López, por ejemplo, menos 1 metro.']),
        ('it', 'ca. 5 kg ecc. Ciao.', ['circa 5 chilogrammi eccetera.', 'Ciao.']),
        ('de', 'Mo. bis Fr. 9-17 Uhr, Fr. Müller', ['Montag bis Freitag 9 bis 17 Uhr, Frau Müller']),
        ('de', 'Im Feb. war Friedrich II. da. Im Okt. 2024', ['Im Februar war Friedrich II. da.', 'Im Oktober 2024']),
        ('de', 'bzgl. A zzgl. Versand. Gut.', ['bezüglich A zuzüglich Versand.', 'Gut.']),
        ('es', 'Los EE. UU. Son grandes.', ['Los EE. UU.', 'Son grandes.']),
        ('it', "L'ing. Verdi", ["L'ingegner Verdi"]),
        ('pl', '5 km dr. Nowak itd. Tak.', ['5 km dr. Nowak itd.', 'Tak.']),
    ],
)
def test_what_is_spoken_in_other_languages(language, text, expected):
    assert said(text, language) == expected


def test_lines_items_and_paragraphs_are_pauses():
    pauses = [sentence.pause for sentence in sentences('Title\nOne. Two.\n\nThree\n- four\n```\n```\nfive')]
    assert pauses == [PAUSE, 0.0, PAUSE, PAUSE, PAUSE, 0.0]


def test_a_line_that_an_editor_wrapped_is_none():
    assert len(sentences('A line that is so long that the next one would not have fitted\ngoes on here.')) == 1


@pytest.mark.parametrize(
    ('parts', 'expected'),
    [
        (['Hello there. '], ['Hello there.']),
        (['Hel', 'lo', '!', ' ', 'And'], ['Hello!']),
        (['Hello.\n'], ['Hello.']),
        (['你好。'], ['你好。']),
        (['He said e.g. '], []),
        (['It is 7 p.m. ', 'He'], []),
        (['It is 7 p.m. ', 'He '], ['It is 7 p.m.']),
        (['**Hello. '], ['Hello.']),
        (['[Hello. '], ['Hello.']),
        (['- Hello. ', 'Go. '], ['Hello.', 'Go.']),
    ],
)
def test_a_sentence_is_handed_out_as_soon_as_it_is_certain(parts, expected):
    splitter = Splitter('en')
    assert [sentence.text for part in parts for sentence in splitter.feed(part)] == expected


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('Well, I see, yes. Yes, I do.', ['Well, I see,', 'yes.', 'Yes, I do.']),
        ('It is. So, so.', ['It is.', 'So, so.']),
        ('No comma here', ['No comma here']),
    ],
)
def test_the_opening_may_end_at_its_first_comma(text, expected):
    splitter = Splitter('en', opening=True)
    assert [sentence.text for sentence in [*splitter.feed(text), *splitter.finish()]] == expected


@pytest.mark.parametrize('text', ['word ' * 999, 'x' * 5000, 'One, two and three ' * 200, '你好' * 1000, '5 km ' * 999])
def test_a_long_sentence_is_cut(text):
    found = sentences(text)
    assert len(found) > 1
    assert all(len(sentence.text) <= MAX_SENTENCE for sentence in found)
    if 'km' not in text:
        assert ''.join(''.join(said(text)).split()) == ''.join(text.split())


def test_it_is_cut_at_a_comma_where_there_is_one():
    assert sentences('word ' * 40 + 'word, ' + 'word ' * 50)[0].text.endswith(',')


LETTERS = (
    '* [ ( < ` ``` ![ : # | _ \U0001f600 你 . a[ ]( & ~ - 5 <!-- www. https:// <a ::a https://. \\ " e.g. -> _a 1. (('
)
HOSTILE = [
    *LETTERS.split(),
    '```\n',
    '\n',
    ' ',
    '. ',
    '\n- ',
    '\n#',
    '\n> ',
    'a\u200d',
    '\r\n',
    '](x ',
    '5-5',
    '1,',
    '](\n',
]


@pytest.mark.parametrize('letters', HOSTILE)
def test_twice_as_much_of_anything_does_not_take_four_times_as_long(letters):
    def seconds(characters):
        begin = time.process_time()
        sentences(letters * (characters // len(letters)))
        return time.process_time() - begin

    few = max(seconds(4_000), 0.005)
    assert seconds(32_000) < 40 * few  # 8 in proportion; 64 if it were quadratic


@pytest.mark.parametrize('letters', ['*', '[', 'x', '`', '<a', '](', ':a', '5', '~~~\nx'])
def test_no_more_is_held_back_than_a_bound(letters):
    splitter = Splitter()
    for _ in range(5000):
        splitter.feed(letters)
    assert len(splitter._scanner._text) <= MAX_HELD + len(letters)


TOKENS = (
    '. |! |? |.|,|:|;| |  |\n|\n\n|**|*|_|`|```|\n```\n|~~~|\n~~~\n|[a b](http://x.y)|[|]|](|(|)|![|<|>|<b>|</b>|<!--'
    '|-->|5 km|5|km|e.g.|p.m.|z. |B. |U.S.|no. 5|1. |\n1. |- |\n- |\n# |\n> |Hello|you| He| he|The |…|...|!|?"|"|$5'
    '|10:00| a.m.|:smile:|:|:)|https://x.y/z.|www.|h|http|你好|。|！|\U0001f600|\\|\\*|#|—| - |->|&amp;|&|[1]|[^1]|\t'
    '|\r\n|\u00a0|\u200d'
)
TABLE = ['|', '| a |', '|---|']
OTHERS = [
    '<br>',
    '<break/>',
    '\\[',
    '\\]',
    '[^1]:',
    '[1]:',
    ':+1:',
    '*',
    '±',
    '+5',
    '1990s',
    'St.',
    'EE.',
    'UU.',
    'Mo.',
    'Ph.D.',
    'II.',
    'μm',
    "'s",
]
TEXTS = st.lists(st.sampled_from([*TOKENS.split('|'), *TABLE, *OTHERS]), max_size=25).map(''.join)
LANGUAGES = st.sampled_from(['', 'en-us', 'de', 'fr', 'zh'])


@given(TEXTS | st.text(max_size=100), st.lists(st.integers(0, 10_000), max_size=10), LANGUAGES)
def test_however_it_is_cut_into_parts_the_sentences_are_the_same(text, cuts, language):
    whole = sentences(text, language)
    assert in_parts(text, cuts, language) == whole
    assert in_parts(text, range(len(text)), language) == whole


@given(TEXTS | st.text(max_size=200), LANGUAGES)
def test_words_stand_in_the_text_in_order(text, language):
    found = sentences(text, language)
    ends = [word.end for sentence in found for word in sentence.words]
    assert ends == sorted(set(ends))
    assert all(0 < end <= len(text) for end in ends)
    for sentence in found:
        assert any(map(str.isalnum, sentence.text))
        assert 0 < len(sentence.text) <= MAX_SENTENCE
        assert ''.join(word.text for word in sentence.words).replace(' ', '') == sentence.text.replace(' ', '')


@given(st.lists(st.sampled_from(['hello', 'there,', 'robot.', 'really?', 'well;', 'I']), max_size=100))
def test_plain_words_are_said_once_and_in_order(words):
    found = [word.text for sentence in sentences(' '.join([*words, 'end'])) for word in sentence.words]
    assert found == [*words, 'end']


def test_what_was_said_is_the_beginning_of_the_text():
    text = 'Use **5 km** of [my rope](http://x.y), e.g. this one.'
    (sentence,) = sentences(text)
    expected = ['Use', 'Use **5', 'Use **5 km**', 'Use **5 km** of', 'Use **5 km** of [my']
    assert [text[: word.end] for word in sentence.words][:5] == expected
    assert text[: sentence.words[5].end] == 'Use **5 km** of [my rope](http://x.y),'
    assert text[: sentence.words[-1].end] == text
