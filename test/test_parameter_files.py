"""Keys of parameter files that no node matches are reported with the names that there are; all others are not."""

from __future__ import annotations

import pytest

from gemma_events import parameter_files

HERE = ['/gemma/hearing', '/gemma/bridge']
REGISTERED = ['hearing', 'vision', 'bridge', 'greeter']


def warnings(tmp_path, *texts):
    """The lines about files with these texts."""
    files = [tmp_path / f'{number}.yaml' for number in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text)
    arguments = ['hearing', '--ros-args', *(part for file in files for part in ('--params-file', str(file)))]
    return list(parameter_files.warnings(arguments, HERE, lambda: REGISTERED))


def keys(*names):
    """A file that has these keys."""
    return ''.join(f'"{name}":\n  ros__parameters: {{a: 1}}\n' for name in names)


@pytest.mark.parametrize(
    'key',
    [
        *('/**', '/**/hearing', '/gemma/hearing', 'gemma/hearing', '/*/hearing', '/gemma/*', '/*/*', '/**/**/bridge'),
        *('/**/vision', '/gemma/vision', '/gemma/greeter'),  # in another process
    ],
)
def test_what_a_node_here_or_in_another_process_matches_is_fine(tmp_path, key):
    assert not warnings(tmp_path, keys(key))


@pytest.mark.parametrize(
    ('key', 'meant'),
    [
        ('hearing', '/**/hearing'),
        ('/hearing', '/**/hearing'),
        ('visoin', '/**/vision'),
        ('/**/Hearing', '/**/hearing'),
        ('/robot/hearing', '/**/hearing'),
        ('/*', ''),
        ('*', ''),
        ('a(b', ''),
        ('amcl', ''),
    ],
)
def test_what_none_matches_is_a_line_with_the_names_there_are_and_the_likeliest(tmp_path, key, meant):
    [line] = warnings(tmp_path, keys('/**/hearing', key))
    assert line.startswith(f'{tmp_path}/0.yaml: no node is called {key}; here are /gemma/hearing, /gemma/bridge')
    assert line.endswith(f': is {meant} meant?' if meant else 'bridge')


def test_nested_namespaces_are_one_name(tmp_path):
    nested = 'gemma:\n  hearing:\n    ros__parameters: {a: {b: 1}}\n  visoin:\n    ros__parameters: {c: 1}\n'
    [line] = warnings(tmp_path, nested)
    assert 'no node is called gemma/visoin;' in line


def test_there_is_one_line_for_each_file(tmp_path):
    assert len(warnings(tmp_path, keys('amcl', 'hearing'), keys('/**'), keys('visoin'))) == 2


@pytest.mark.parametrize('text', ['', 'text', '[1, 2]', '/**: 3', 'a: !tag {ros__parameters: {a: 1}}', 'a: [', '\x00'])
def test_a_file_that_says_nothing_about_nodes_is_left_to_rcl(tmp_path, text):
    assert not warnings(tmp_path, text)


def test_a_file_that_is_not_there_is_left_to_rcl():
    assert not list(parameter_files.warnings(['--params-file', '/none', '--params-file'], HERE, list))


@pytest.mark.parametrize(
    ('rule', 'key'),
    [
        ('audio_source:=a:b', ''),
        ('bridge:a:=1', 'bridge'),  # ROS takes it for /bridge
        ('visoin:a.b:=c:=d', 'visoin'),
    ],
)
@pytest.mark.parametrize('option', ['-p', '--param'])
def test_a_single_parameter_for_a_node_that_is_not_there_is_a_line(option, rule, key):
    lines = list(parameter_files.warnings(['--ros-args', option, rule], HERE, lambda: REGISTERED))
    assert [line.partition(';')[0] for line in lines] == ([f'{option} {rule}: no node is called {key}'] if key else [])
