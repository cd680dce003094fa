"""Styles: two that come along, and those that people write."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gemma_events.errors import ConfigurationError
from gemma_events.face_expression.looks import LOOKS, Face
from gemma_events.face_expression.painter import Painter
from gemma_events.face_expression.style import STYLES, WARM, Style, from_data, load, rgb


def write(folder, text):
    path = folder / 'my.yaml'
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def test_two_styles_come_along():
    assert set(STYLES) == {'warm', 'screen'}
    assert load('warm') == WARM == Style()


def test_a_file_changes_what_it_names(tmp_path):
    style = load(write(tmp_path, 'based_on: screen\nskin: "#00f"\neye_width: 1.2\nhead: round\nbrows: 0\n'))
    expected = dataclasses.replace(STYLES['screen'], skin='#00f', eye_width=1.2, head='round', brows=0.0)
    assert style == expected
    Painter(64, 48, style).paint(Face(LOOKS['happy']))


@pytest.mark.parametrize(
    'text, line',
    [
        ('', 'it takes lines such as skin: "#ffd166"'),
        ('- 1', 'it takes lines such as skin: "#ffd166"'),
        ('skin: red', "skin is 'red': it takes #rgb or #rrggbb, such as #202a3a"),
        (
            'skin: #fff',
            'skin has no value: it takes #rgb or #rrggbb, such as #202a3a, in quotes where it begins with #',
        ),
        ('skin: [1, 2]', 'skin is [1, 2]: it takes #rgb'),
        ('eye_width: 9', 'eye_width is 9: it takes a number from 0.5 to 1.6'),
        ('eye_width: .nan', 'eye_width is nan: it takes a number from 0.5 to 1.6'),
        ('head: square', "head is 'square': it takes one of 'round', 'none'"),
        ('based_on: cold', "based_on is 'cold': it takes warm or screen"),
        ('based_on: [warm]', "based_on is ['warm']: it takes warm or screen"),
        ('skn: "#fff"', "there is no key 'skn': is skin meant?; there is head, eyes, background, skin"),
        ('1: 2', "there is no key '1'; there is head"),
        ('skin: "red"\neye_width: 9', "skin is 'red': it takes #rgb or #rrggbb, such as #202a3a; eye_width"),
        ('skin: "', 'is no YAML'),
        ('!!python/object:os.system {}', 'is no YAML'),
        (b'\xff\xfe\x00', 'is no YAML'),
        ('[' * 5000, 'is no YAML'),
        ('a: ' + 'x' * 70_000, 'more than 65536 bytes'),
    ],
)
def test_a_bad_file_is_one_line_with_the_key_and_what_it_takes(tmp_path, text, line):
    path = write(tmp_path, text)
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    message = str(caught.value)
    assert line in message
    assert path in message
    assert '\n' not in message


@pytest.mark.parametrize('name', ['', 'cold', '/nowhere/x.yaml', '/', 'x' * 5000])
def test_what_is_no_style_is_said(name):
    with pytest.raises(ConfigurationError) as caught:
        load(name)
    assert str(caught.value).startswith('parameter style is ')


@given(st.dictionaries(st.sampled_from([field.name for field in dataclasses.fields(Style)]), st.integers() | st.text()))
def test_any_values_are_a_style_or_one_line(data):
    try:
        style = from_data(data, 'style x')
    except ConfigurationError as error:
        assert '\n' not in str(error)
    else:
        assert all(isinstance(value, type(getattr(WARM, name))) for name, value in vars(style).items())


def test_the_documentation_has_all_keys_and_an_example_that_works():
    text = (Path(__file__).parents[2] / 'doc' / 'face.md').read_text()
    assert [field.name for field in dataclasses.fields(Style) if f'`{field.name}`' not in text] == []
    example = text.split('```yaml\n', 1)[1].split('```', 1)[0]
    assert from_data(yaml.safe_load(example), 'the example') != WARM


def test_colours_have_three_or_six_digits():
    assert (rgb('#08f'), rgb('#202A3a')) == ((0, 136, 255), (0x20, 0x2A, 0x3A))
