"""What the things are called that a network knows."""

from __future__ import annotations

import pytest

from gemma_events.errors import ConfigurationError
from gemma_events.vision.detectors.names import KNOWN, from_file, from_metadata

CATS = {0: 'cat', 1: 'dog'}


@pytest.mark.parametrize(
    ('text', 'names'),
    [
        ("{0: 'cat', 1: 'dog'}", CATS),
        ("['cat', 'dog']", CATS),
        ('{"0": "cat", "1": "dog"}', CATS),
        ("{3: 'it\\'s', 5: 'a\\nb'}", {3: "it's", 5: 'a\nb'}),
        ("{0: ' cat ', 1: '', 2: None}", {0: 'cat', 2: 'None'}),
        ('', {}),
        ('cat', {}),
        ('3', {}),
        ('{', {}),
        ("{-1: 'cat'}", {}),
        ("{99999999999: 'cat'}", {}),
        ("{'a': 'cat'}", {}),
        ('[' * 5000, {}),
        ('__import__("os").abort()', {}),
        ('"' + 'x' * 2_000_000 + '"', {}),
    ],
)
def test_names_in_a_network(text, names):
    assert from_metadata({'names': text}) == names


def test_a_network_without_names():
    assert from_metadata({}) == {}


@pytest.mark.parametrize(
    ('file', 'content', 'names'),
    [
        ('a.txt', 'cat\ndog\n', CATS),
        ('a.names', '\ufeffcat\r\ndog\r\n', CATS),
        ('a.txt', 'cat\n\nfish', {0: 'cat', 2: 'fish'}),
        ('a.txt', '"cat"\nchat 🐈', {0: '"cat"', 1: 'chat 🐈'}),
        ('a.yaml', 'path: x\nnames:\n  0: cat\n  1: dog\n', CATS),
        ('a.YML', 'names: [cat, dog]', CATS),
        ('a.yaml', '[cat, dog]', CATS),
        ('a.json', '{"id2label": {"0": "cat", "1": "dog"}}', CATS),
    ],
)
def test_names_in_a_file(tmp_path, file, content, names):
    (tmp_path / file).write_text(content, encoding='utf-8', newline='')
    assert from_file(tmp_path / file) == names


@pytest.mark.parametrize(
    ('file', 'content', 'why'),
    [
        ('a.txt', None, 'No such file'),
        ('a.txt', b'', 'it is empty'),
        ('a.txt', b'\xff\xfe', 'decode'),
        ('a.txt', b'x' * 1_000_001, 'too long'),
        ('a.txt', b'x\n' * 10_001, 'more than 10000'),
        ('a.yaml', b'path: x', 'no list of names'),
        ('a.yaml', b'names: cat', 'no list of names'),
        ('a.yaml', b'names: {a: cat}', 'invalid literal'),
        ('a.yaml', b'a: [', 'while parsing'),
        ('a.yaml', b'!!python/object/apply:os.abort []', 'could not determine'),
        ('a.json', b'{', 'while parsing'),
    ],
)
def test_a_file_without_names_is_one_line(tmp_path, file, content, why):
    if content is not None:
        (tmp_path / file).write_bytes(content)
    with pytest.raises(ConfigurationError, match=why) as error:
        from_file(tmp_path / file)
    assert str(error.value).startswith('parameter names: ')
    assert '\n' not in str(error.value)


def test_names_of_coco():
    assert (KNOWN['coco'][0], KNOWN['coco'][79], len(KNOWN['coco'])) == ('person', 'toothbrush', 80)
    assert (KNOWN['coco91'][1], KNOWN['coco91'][90], len(KNOWN['coco91'])) == ('person', 'toothbrush', 80)
    assert (KNOWN['coco91'][44], KNOWN['coco91'][46]) == ('bottle', 'wine glass')
