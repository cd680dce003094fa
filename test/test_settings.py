"""What people write for a setting, as ROS's YAML hands it over: taken as meant where that is clear, else refused."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemma_events.errors import ConfigurationError
from gemma_events.settings import LONGEST_LIST, LONGEST_TEXT, Description, check, path_of, read, setting

NOTHING = None  # of `[]`, `#fff`, and an empty value
PLAIN = Description('')
ROLE = Description('', choices=('server', 'auto', 'off'))
COLOUR = Description('', pattern='#[0-9a-f]{3}', form='#rgb')
PERCENT = Description('', low=0, high=100, unit='%')


@pytest.mark.parametrize(
    ('written', 'default', 'description', 'meant'),
    [
        (1, 0.5, PLAIN, 1.0),
        ('1.5', 0.5, PLAIN, 1.5),
        ('1e-3', 0.5, PLAIN, 0.001),
        (-(2**63), 0.5, PLAIN, float(-(2**63))),
        (3.0, 1, PLAIN, 3),
        ('3', 1, PLAIN, 3),
        ('-3', 1, PLAIN, -3),
        (2**63 - 1, 1, PLAIN, 2**63 - 1),
        (0, 1, PERCENT, 0),
        (100.0, 1, PERCENT, 100),
        ('true', False, PLAIN, True),
        ('Off', True, PLAIN, False),
        (False, 'auto', ROLE, 'off'),  # role: off
        (False, 'auto', Description('', choices=('yes', 'no')), 'no'),
        (True, 'auto', Description('', choices=('yes', 'no')), 'yes'),
        (0, '', PLAIN, '0'),  # audio_source: 0
        (-1, 'camera', PLAIN, '-1'),
        (2, 'two', Description('', choices=('2', 'two')), '2'),
        (NOTHING, '', PLAIN, ''),
        ('', 'camera', PLAIN, ''),
        ('0660', '0660', PLAIN, '0660'),
        (432, '0660', PLAIN, '0660'),  # as YAML reads an unquoted 0660
        (660, '0660', PLAIN, '0660'),
        (0o640, '0660', PLAIN, '0640'),
        (0o700, '0660', PLAIN, '0700'),
        (777, '0660', PLAIN, '0777'),
        ('#fff', '#000', COLOUR, '#fff'),
        ('é\n', '', PLAIN, 'é\n'),
        ('x' * LONGEST_TEXT, '', PLAIN, 'x' * LONGEST_TEXT),
        (NOTHING, ('a',), PLAIN, ()),
        ([], ('a',), PLAIN, ()),
        (array('q'), ('a',), PLAIN, ()),
        (['a', 'b'], (), PLAIN, ('a', 'b')),
        (('a',), (), PLAIN, ('a',)),
        ([1000, 0], (), PLAIN, ('1000', '0')),  # allowed_users: [1000, 0]
        (array('q', [1000]), (), PLAIN, ('1000',)),
        ([''], (), PLAIN, ('',)),
    ],
)
def test_what_is_clear_is_taken_as_meant(written, default, description, meant):
    taken = read('name', written, default, description)
    assert (taken, type(taken)) == (meant, type(meant))


@pytest.mark.parametrize(
    ('written', 'default', 'description', 'line'),
    [
        ('fast', 0.5, PLAIN, "name is 'fast': it takes a number"),
        (True, 0.5, PLAIN, 'name is true: it takes a number'),
        (float('nan'), 0.5, PLAIN, 'name is nan: it takes a number'),
        (float('nan'), 0.5, PERCENT, 'name is nan: it takes a number from 0 to 100 %'),
        (float('inf'), 0.5, PLAIN, 'name is inf: it takes a number'),
        ('1e999', 0.5, PLAIN, "name is '1e999': it takes a number"),
        (NOTHING, 0.5, PLAIN, 'name has no value: it takes a number'),
        ([1.0], 0.5, PLAIN, 'name is [1.0]: it takes a number'),
        (101, 1, PERCENT, 'name is 101: it takes a whole number from 0 to 100 %'),
        (3.5, 1, PLAIN, 'name is 3.5: it takes a whole number'),
        (float('nan'), 1, PLAIN, 'name is nan: it takes a whole number'),
        (2.0**63, 1, PLAIN, 'name is 9.223372036854776e+18: it takes a whole number'),
        (2**63, 1, PLAIN, 'name is 9223372036854775808: it takes a whole number'),
        ('03', 1, PLAIN, "name is '03': it takes a whole number"),
        ('٣', 1, PLAIN, "name is '٣': it takes a whole number"),
        (' 3', 1, PLAIN, "name is ' 3': it takes a whole number"),
        ('3\n', 1, PLAIN, "name is '3\\n': it takes a whole number"),
        (False, 1, PLAIN, 'name is false: it takes a whole number'),
        (1, False, PLAIN, 'name is 1: it takes true or false'),
        ('maybe', False, PLAIN, "name is 'maybe': it takes true or false"),
        (NOTHING, False, PLAIN, 'name has no value: it takes true or false'),
        (5, '0660', PLAIN, "name is 5: it takes a string, in quotes, such as '0660'"),
        (-432, '0660', PLAIN, "name is -432: it takes a string, in quotes, such as '0660'"),
        (1024, '0660', PLAIN, "name is 1024: it takes a string, in quotes, such as '0660'"),
        (False, '', PLAIN, 'name is false: it takes a string, in quotes: false, off, no, n are all false in YAML'),
        (True, 'auto', ROLE, "name is true: it takes one of 'server', 'auto', 'off', in quotes: true, on, yes, y"),
        (1.5, '', PLAIN, 'name is 1.5: it takes a string, in quotes'),
        (NOTHING, '#000', COLOUR, 'name has no value: it takes #rgb, in quotes where it begins with #'),
        ('red', '#000', COLOUR, "name is 'red': it takes #rgb"),
        ('#fff\n', '#000', COLOUR, "name is '#fff\\n': it takes #rgb"),
        (['a'], '', PLAIN, "name is ['a']: it takes a string"),
        (b'a', '', PLAIN, "name is b'a': it takes a string"),
        ('a\0b', '', PLAIN, "name is 'a\\x00b': it takes a string, without null characters"),
        ('a\udcff', '', PLAIN, "name is 'a\\udcff': it takes a string, without null characters and what has no UTF-8"),
        ('x' * (LONGEST_TEXT + 1), '', PLAIN, f'it takes a string, at most {LONGEST_TEXT} characters'),
        ('hey', (), PLAIN, "name is 'hey': it takes a list of strings, such as ['hey']"),
        ('[a, 1]', (), PLAIN, "it takes a list of strings, each in quotes, such as ['one', 'two']"),
        (3, (), PLAIN, 'name is 3: it takes a list of strings'),
        ([True], (), PLAIN, 'name is [True]: it takes a list of strings, in quotes'),
        ([1.5], (), PLAIN, 'name is [1.5]: it takes a list of strings, in quotes'),
        ([b'a'], (), PLAIN, "name is [b'a']: it takes a list of strings"),
        (['a\0'], (), PLAIN, 'without null characters'),
        (['x'] * (LONGEST_LIST + 1), (), PLAIN, f'it takes a list of strings, at most {LONGEST_LIST}'),
        (['#fff', 'red'], (), COLOUR, "name is ['#fff', 'red']: it takes #rgb"),
    ],
)
def test_anything_else_is_refused_in_one_line(written, default, description, line):
    with pytest.raises(ConfigurationError) as error:
        read('name', written, default, description)
    assert str(error.value).startswith('parameter name ')
    assert line in str(error.value)
    assert '\n' not in str(error.value)
    assert len(str(error.value)) < 400


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters()),
    st.binary(),
    st.lists(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary())),
)


@given(ANYTHING, st.sampled_from([False, 1, 0.5, '', 'x', '1', (), ('a',)]), st.sampled_from([PLAIN, COLOUR, PERCENT]))
def test_whatever_is_given_is_taken_with_the_settings_type_or_refused(written, default, description):
    if description is COLOUR and not isinstance(default, (str, tuple)):
        description = PLAIN
    if description is PERCENT and not isinstance(default, (int, float)):
        description = PLAIN
    try:
        taken = read('name', written, default, description)
    except ConfigurationError as error:
        assert '\n' not in str(error)
    else:
        assert type(taken) is type(default)
        assert read('name', taken, default, description) == taken


@dataclass(frozen=True)
class Band:
    low: int = setting(1, 'the lower end', low=0, high=9)
    high: int = setting(5, 'the upper end', low=0, high=9)
    name: str = setting('', 'its name')

    def __post_init__(self):
        if self.low > self.high:
            raise ConfigurationError(f'low {self.low} is above high {self.high}')
        if self.name == 'five':
            raise ValueError('no such\nname')


def test_all_values_that_cannot_be_taken_are_said():
    with pytest.raises(ConfigurationError) as error:
        check(Band, {'low': 'a', 'high': 10, 'name': 1.5}, 'band.')
    assert [fault.split(':')[0] for fault in str(error.value).split('; ')] == [
        "parameter band.low is 'a'",
        'parameter band.high is 10',
        'parameter band.name is 1.5',
    ]


@pytest.mark.parametrize(
    ('values', 'prefix', 'line'),
    [
        ({'low': 6}, '', 'low 6 is above high 5'),
        ({'low': 6}, 'band.', 'parameters band.*: low 6 is above high 5'),
        ({'name': 'five'}, '', 'ValueError: no such name'),
    ],
)
def test_values_that_do_not_fit_together_are_one_line_whatever_the_class_raises(values, prefix, line):
    with pytest.raises(ConfigurationError) as error:
        check(Band, values, prefix)
    assert str(error.value) == line


@pytest.mark.parametrize(
    ('text', 'line'),
    [
        ('~nosuchuser/a', "parameter folder is '~nosuchuser/a': there is no such user"),
        ('x' * 300, 'file name too long'),
        ('/x' * 2050, 'file name too long'),
    ],
)
def test_a_path_that_cannot_be_looked_at_is_one_line(text, line):
    with pytest.raises(ConfigurationError, match=line):
        path_of('folder', text)


def test_a_path_may_begin_in_the_home_folder_and_need_not_exist(tmp_path, monkeypatch):
    monkeypatch.setenv('HOME', str(tmp_path))
    assert path_of('folder', '~/a') == tmp_path / 'a'
