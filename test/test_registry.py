"""What is registered, by this package and by others: found by name, loaded when it is named, and broken in one line."""

from __future__ import annotations

import sys
from typing import Protocol

import pytest

from gemma_events import registry
from gemma_events.errors import ConfigurationError, DeviceError


class Detector(Protocol):
    """What a detector needs here."""

    def detect(self, picture: bytes) -> list[str]:
        """What is in it."""

    def close(self) -> None:
        """The end."""


MODULES = {
    'cats': """
from gemma_events.errors import DeviceError
class Cats:
    def __init__(self, lives=9):
        self.lives = lives
    def detect(self, picture): return ['cat']
    def close(self): pass
class Lonely:
    def detect(self, picture): return []
class Strict(Cats):
    def __init__(self): raise RuntimeError('no cat\\nanywhere')
class Unplugged(Cats):
    def __init__(self): raise DeviceError('plug the cat in')
""",
    'missing': 'import there_is_no_such_module_at_all',
    'syntax': 'def broken(:',
    'leaves': 'raise SystemExit(3)',
    'noisy': 'raise RuntimeError("x" * 10_000)',
    'interrupts': 'raise KeyboardInterrupt',
}


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Put a distribution with these entry points, and the modules above, on the path."""
    monkeypatch.syspath_prepend(tmp_path)
    for name, text in MODULES.items():
        (tmp_path / f'zoo_{name}.py').write_text(text)

    def install_one(package: str, entry_points: str) -> None:
        folder = tmp_path / f'{package}-1.0.dist-info'
        folder.mkdir()
        (folder / 'METADATA').write_text(f'Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n')
        (folder / 'entry_points.txt').write_text(entry_points)

    yield install_one
    for name in MODULES:
        sys.modules.pop(f'zoo_{name}', None)


ZOO = """
[gemma_events.detectors]
cats = zoo_cats:Cats
lonely = zoo_cats:Lonely
strict = zoo_cats:Strict
unplugged = zoo_cats:Unplugged
missing = zoo_missing:Thing
syntax = zoo_syntax:Thing
leaves = zoo_leaves:Thing
noisy = zoo_noisy:Thing
interrupts = zoo_interrupts:Thing
gone = zoo_cats:Dogs
face = zoo_cats:Cats
[console_scripts]
zoo = zoo:main
"""


def load(name):
    return registry.load(registry.DETECTORS, name, Detector)


def test_what_another_package_registers_is_found_and_only_imported_when_named(install):
    install('zoo', ZOO)
    assert 'cats' in registry.names(registry.DETECTORS)
    assert 'zoo_cats' not in sys.modules
    assert load('cats')().lives == 9
    assert registry.create(registry.DETECTORS, 'cats', Detector, lives=7).lives == 7


def test_a_class_without_a_package_is_named_with_its_module(install):
    install('zoo', ZOO)
    assert load('zoo_cats:Cats').__name__ == 'Cats'


def test_our_own_names_are_found_without_a_look_at_other_packages(monkeypatch):
    monkeypatch.setattr(registry, '_others', lambda group, path: pytest.fail('it looked'))
    assert registry.find(registry.NODES, 'bridge').value == 'gemma_events.bridge.node:BridgeNode'


def test_our_own_name_cannot_be_taken(install):
    install('zoo', ZOO)
    assert registry.find(registry.DETECTORS, 'face').package == 'gemma_events'
    [line] = [line for line in registry.table().splitlines() if 'zoo_cats:Cats' in line and 'face' in line]
    assert line.endswith('not used: the name is taken')


@pytest.mark.parametrize(
    ('name', 'why'),
    [
        ('dogs', "there is no detector 'dogs'"),
        ('', "there is no detector ''"),
        ('lonely', 'has no close()'),
        ('missing', "No module named 'there_is_no_such_module_at_all'"),
        ('syntax', 'SyntaxError'),
        ('leaves', 'SystemExit: 3'),
        ('noisy', 'RuntimeError: xxx'),
        ('interrupts', 'KeyboardInterrupt'),
        ('gone', "no attribute 'Dogs'"),
        ('zoo_cats:Lonely', 'has no close()'),
        ('zoo_none:Thing', "No module named 'zoo_none'"),
        (':Thing', 'cannot be loaded'),
        ('zoo_cats:', 'cannot be loaded'),
    ],
)
def test_what_cannot_be_loaded_is_said_in_one_line_with_the_names_there_are(install, name, why):
    install('zoo', ZOO)
    with pytest.raises(ConfigurationError) as raised:
        load(name)
    text = str(raised.value)
    assert why in text
    assert 'face' in text
    assert 'cats' in text
    assert '\n' not in text
    assert len(text) < 1000
    if why.startswith('has no') or 'Error' in why:
        assert 'zoo' in text, 'it says where the broken one comes from'


def test_what_cannot_be_made_is_said_in_one_line(install):
    install('zoo', ZOO)
    with pytest.raises(
        ConfigurationError, match=r'zoo_cats:Strict \(zoo\) cannot be made: RuntimeError: no cat anywhere'
    ):
        registry.create(registry.DETECTORS, 'strict', Detector)
    with pytest.raises(DeviceError, match='plug the cat in'):  # its own errors are for whoever makes it
        registry.create(registry.DETECTORS, 'unplugged', Detector)


def test_metadata_that_cannot_be_read_hides_no_other_package(install):
    install('aaa', '[gemma_events.detectors\nthis is = no [table')
    install('bbb', '\x00\xff')
    install('zoo', ZOO)
    assert load('cats')
    assert 'cats' in registry.table()


@pytest.mark.parametrize('metadata', ['', 'Version: 1\n', None, b'Name: \xff\xfe\n'])
def test_a_package_without_a_name_hides_no_other(install, tmp_path, metadata):
    install('nameless', '[gemma_events.detectors]\ndogs = zoo_cats:Cats')
    install('zoo', ZOO)
    file = tmp_path / 'nameless-1.0.dist-info' / 'METADATA'
    file.unlink()
    if metadata is not None:
        file.write_bytes(metadata if isinstance(metadata, bytes) else metadata.encode())
    assert load('cats')
    assert 'cats' in registry.table()
    with pytest.raises(ConfigurationError, match='there are person, face, onnx, motion, none'):
        load('nothing')


class Unspeakable(Exception):  # noqa: N818
    def __str__(self):
        raise RuntimeError('no words')


@pytest.mark.parametrize(
    ('error', 'line'),
    [
        (Unspeakable(), 'Unspeakable'),
        (ValueError('a\ud800b'), 'ValueError: a\ufffdb'),
        (ValueError('a\0b'), 'ValueError: a\ufffdb'),
        (ValueError('a\n b'), 'ValueError: a b'),
        (KeyboardInterrupt(), 'KeyboardInterrupt'),
    ],
)
def test_the_reason_of_any_error_can_be_logged_and_published(error, line):
    assert registry.reason(error) == line
    line.encode()


def test_all_that_this_package_registers_can_be_loaded():
    pytest.importorskip('rclpy', reason='ROS 2 is not installed')

    class Anything(Protocol):
        """No methods."""

    for group in registry.GROUPS:
        assert registry.own(group)
        for name in registry.own(group):
            assert registry.load(group, name, Anything)
