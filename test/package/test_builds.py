"""The package builds by colcon and by pip, and what they install works. (`make test` has built it by make.)"""

from __future__ import annotations

import os
import shutil
import sys
import zipfile
from pathlib import Path

import pytest
from building import BUILD_TIME, VERSION_PATH, install, run

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

SOURCE = Path(__file__).resolve().parents[2]
EXECUTABLES = ('hearing', 'vision', 'face_expression', 'action_output', 'bridge', 'gemma_events', 'wire')

pytestmark = pytest.mark.timeout(2 * BUILD_TIME)


@pytest.fixture(scope='module')
def source(tmp_path_factory):
    """The files that git would hand out, without what was built here."""
    copy = tmp_path_factory.mktemp('source') / 'gemma_events'
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns('.venv*', '.git', 'build', 'install', 'log', '*cache*'))
    return copy


@pytest.fixture(autouse=True)
def build(source, monkeypatch):
    """The folder where colcon and pip build it: the next finds what one has generated and compiled.

    It does not find what that one was asked for, and what it has put together for installing. (By ninja, since
    CMake's makefiles begin with the generators again.)
    """
    monkeypatch.setenv('CMAKE_GENERATOR', 'Ninja')
    yield source / 'build'
    (source / 'build' / 'gemma_events' / 'CMakeCache.txt').unlink(missing_ok=True)
    shutil.rmtree(source / 'build' / 'gemma_events' / 'ament_cmake_python', ignore_errors=True)


@pytest.mark.parametrize('option', [[], ['--symlink-install']], ids=['copied', 'symlinked'])
def test_colcon_builds_it_and_a_cpp_package_on_top(source, build, tmp_path, option):
    if not shutil.which('colcon'):
        pytest.skip('colcon is not installed')
    (tmp_path / 'src').mkdir()
    (tmp_path / 'src' / 'gemma_events').symlink_to(source)
    (tmp_path / 'src' / 'cpp_listener').symlink_to(source / 'test' / 'package' / 'cpp_listener')
    (source / 'test' / 'COLCON_IGNORE').touch()  # the package in there is no part of the workspace by itself
    packages = ['gemma_events', 'cpp_listener'] if not option else ['gemma_events']
    given = ('-DBUILD_TESTING=OFF', f'-DPython3_EXECUTABLE={sys.executable}')  # as setup.py gives them
    options = (*option, '--build-base', build, '--packages-select', *packages, '--cmake-args', *given)
    run('colcon', 'build', *options, cwd=tmp_path)
    prefix = tmp_path / 'install' / 'gemma_events'
    for name in EXECUTABLES:
        assert os.access(prefix / 'lib' / 'gemma_events' / name, os.X_OK), name
    modules = prefix / 'lib' / VERSION_PATH
    assert (modules / 'gemma_events' / 'main.py').is_symlink() == bool(option)
    environment = {
        'PYTHONPATH': os.pathsep.join((str(modules), os.environ.get('PYTHONPATH', ''))),
        'LD_LIBRARY_PATH': f'{prefix / "lib"}:{os.environ.get("LD_LIBRARY_PATH", "")}',
        'AMENT_PREFIX_PATH': f'{prefix}:{os.environ["AMENT_PREFIX_PATH"]}',
    }
    check_python(sys.executable, modules if not option else source, tmp_path, environment)
    assert 'nodes' in run(prefix / 'lib' / 'gemma_events' / 'gemma_events', '--help', cwd=tmp_path, **environment)
    if not option:
        program = tmp_path / 'install' / 'cpp_listener' / 'lib' / 'cpp_listener' / 'print_event'
        assert run(program, cwd=tmp_path, **environment) == 'speech_started 7 128\n'


def test_pip_builds_a_wheel_that_works(source, tmp_path):
    run(
        sys.executable,
        '-m',
        'pip',
        'wheel',
        '--no-deps',
        '--no-build-isolation',
        '--no-index',
        '-w',
        tmp_path,
        source,
        cwd=tmp_path,
    )
    wheel = next(tmp_path.glob('gemma_events-*.whl'))
    assert 'none-any' not in wheel.name, 'it holds compiled messages'
    environment = install(wheel, tmp_path)
    python = tmp_path / 'venv' / 'bin' / 'python'
    check_python(python, tmp_path / 'venv', tmp_path, environment)
    for program in (tmp_path / 'venv' / 'bin' / 'gemma_events', tmp_path / 'venv' / 'lib' / 'gemma_events' / 'hearing'):
        assert os.access(program, os.X_OK)
    with zipfile.ZipFile(wheel) as archive:
        shipped = [name.split('.data/data/')[-1] for name in archive.namelist()]
    for wanted in (
        'share/gemma_events/launch/gemma_events.launch.py',
        'share/gemma_events/config/gemma_events.yaml',
        'share/gemma_events/msg/SpeechEvent.msg',
        'share/gemma_events/cmake/gemma_eventsConfig.cmake',
    ):
        assert wanted in shipped


def check_python(python, where, folder, environment):
    """The nodes' modules and the messages come from `where`, and a message can be made."""
    answer = run(
        python,
        '-c',
        'import gemma_events.messages as m; from gemma_events import events; '
        'print(m.__file__); print(m.to_message(events.TextInput(text="hi")).text)',
        cwd=folder,
        **environment,
    )
    file, text = answer.split('\n')[:2]
    assert Path(file).resolve().is_relative_to(where), file
    assert text == 'hi'
