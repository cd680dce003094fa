"""The window, by a real X server without a screen."""

from __future__ import annotations

import logging
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pytest

from gemma_events.errors import ConfigurationError
from gemma_events.face_expression import screen as screen_module
from gemma_events.face_expression import window as window_module
from gemma_events.face_expression.looks import LOOKS, Face
from gemma_events.face_expression.painter import Painter
from gemma_events.face_expression.screen import Screen, mode_of
from gemma_events.face_expression.style import STYLES
from gemma_events.face_expression.window import CLOSED, Frames
from harness import wait_for

SIZE = (320, 240)
SCREEN_SIZE = (800, 600)


@pytest.mark.parametrize(
    'window, environment, mode',
    [
        ('off', {'DISPLAY': ':0'}, 'off'),
        ('auto', {}, 'off'),
        ('auto', {'DISPLAY': ''}, 'off'),
        ('auto', {'DISPLAY': ':0'}, 'window'),
        ('auto', {'WAYLAND_DISPLAY': 'wayland-0'}, 'window'),
        ('window', {}, 'window'),
        ('full', {}, 'full'),
    ],
)
def test_a_window_is_opened_where_it_is_asked_for_and_auto_where_there_is_a_display(window, environment, mode):
    assert mode_of(window, environment) == mode


def test_a_window_without_pygame_is_said(monkeypatch):
    monkeypatch.setattr(screen_module.importlib.util, 'find_spec', lambda name: None)
    with pytest.raises(ConfigurationError, match='python3-pygame'):
        mode_of('full', {})
    assert mode_of('off', {}) == 'off'


def test_of_many_pictures_the_newest_is_shown():
    reading, writing = os.pipe()
    frames = Frames(reading, 4)
    assert frames.newest(0) is None
    os.write(writing, b'aaaabbbbcc')
    assert frames.newest(1) == b'bbbb'
    os.write(writing, b'cc')
    assert frames.newest(1) == b'cccc'
    os.close(writing)
    assert frames.newest(1) is None
    assert frames.over
    os.close(reading)


@pytest.fixture
def server(monkeypatch):
    """A function that starts an X server on the same display each time."""
    if not shutil.which('Xvfb'):
        pytest.skip('Xvfb is not installed')
    started = []
    number = 100 + os.getpid() % 400

    def start():
        process = subprocess.Popen(
            [
                'Xvfb',
                f':{number}',
                '-screen',
                '0',
                '{}x{}x24'.format(*SCREEN_SIZE),
                '-nolisten',
                'tcp',
                '-fbdir',
                folder,
            ],
            stderr=subprocess.DEVNULL,
        )
        started.append(process)
        here = Path(f'/tmp/.X11-unix/X{number}'), Path(folder, 'Xvfb_screen0')
        wait_for(lambda: all(map(Path.exists, here)), 'the X server')
        return process

    with tempfile.TemporaryDirectory() as folder:
        start.pixels = lambda: pixels(f'{folder}/Xvfb_screen0')
        monkeypatch.setenv('DISPLAY', f':{number}')
        monkeypatch.delenv('WAYLAND_DISPLAY', raising=False)
        monkeypatch.delenv('SDL_VIDEODRIVER', raising=False)
        yield start
        for process in started:
            process.terminate()
            process.wait()


def pixels(path):
    """What is on the screen, of an Xvfb's frame buffer file, which is an XWD: red first."""
    data = np.fromfile(path, np.uint8)
    header = int.from_bytes(data[:4].tobytes(), 'big')
    colours = int.from_bytes(data[76:80].tobytes(), 'big')
    width, height = SCREEN_SIZE
    data = data[header + 12 * colours :][: 4 * width * height]
    rows = np.resize(data, (height, width, 4))  # a server that is just starting has not written all of it
    return rows[:, :, 2::-1]


def picture(name='happy'):
    return Painter(*SIZE, STYLES['warm']).paint(Face(LOOKS[name])).copy()


def in_the_middle(server):
    top, left = (SCREEN_SIZE[1] - SIZE[1]) // 2, (SCREEN_SIZE[0] - SIZE[0]) // 2
    return server.pixels()[top : top + SIZE[1], left : left + SIZE[0]]


@pytest.fixture
def screen():
    opened = []

    def start(mode, display=0):
        opened.append(Screen(mode, display, SIZE, logging.getLogger('face')))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def test_the_window_shows_each_picture_as_it_is(server, screen):
    server()
    window = screen('window')
    for name in ('happy', 'furious'):
        expected = picture(name)
        window.show(expected.tobytes())
        wait_for(lambda expected=expected: np.array_equal(in_the_middle(server), expected), f'a {name} face')
    assert window.wants_pictures
    assert not window.trouble


def test_the_window_needs_no_opengl_under_x(server, screen):
    server()
    window = screen('window')
    window.show(picture().tobytes())
    wait_for(lambda: np.array_equal(in_the_middle(server), picture()), 'the face')
    assert len(list(Path(f'/proc/{window._process.pid}/task').iterdir())) == 1, 'without one, it is drawn by threads'


@pytest.mark.parametrize('missing', ['Popen', 'TemporaryFile'])
def test_a_window_whose_process_cannot_be_started_is_tried_again(screen, monkeypatch, missing):
    module = {'Popen': screen_module.subprocess, 'TemporaryFile': screen_module.tempfile}[missing]
    there, tried = getattr(module, missing), []

    def fail(*arguments, **options):
        if len(tried) < 2:
            tried.append(arguments)
            raise OSError(12, 'Cannot allocate memory')
        return there(*arguments, **options)

    monkeypatch.setattr(screen_module, 'SHORTEST_PAUSE', 0.1)
    monkeypatch.setattr(module, missing, fail)
    window = screen('window')
    wait_for(lambda: 'Cannot allocate memory' in str(window.trouble), 'the trouble')
    wait_for(lambda: window._process, 'the third attempt')


def test_full_screen_is_as_large_as_it_allows(server, screen):
    server()
    screen('full').show(picture().tobytes())
    skin = (255, 209, 102)
    wait_for(lambda: tuple(server.pixels()[300, 90]) == skin, 'skin far to the left')
    assert (server.pixels()[:9, :9] == picture()[0, 0]).all()


def test_an_x_server_that_dies_and_comes_back_has_the_face_again(server, screen, monkeypatch, caplog):
    monkeypatch.setattr(screen_module, 'SHORTEST_PAUSE', 0.1)
    first, window, expected = server(), screen('window'), picture()
    window.show(expected.tobytes())
    wait_for(lambda: np.array_equal(in_the_middle(server), expected), 'the face')
    first.kill()
    first.wait()
    wait_for(lambda: window.trouble, 'the trouble')
    assert re.search('the window of the face has ended: .*X server', str(window.trouble))
    server()
    wait_for(lambda: np.array_equal(in_the_middle(server), expected), 'the face again')


def test_a_signal_to_the_window_is_no_user_who_closes_it(server, screen, monkeypatch):
    monkeypatch.setattr(screen_module, 'SHORTEST_PAUSE', 0.1)
    server()
    window = screen('window')
    window.show(picture().tobytes())
    wait_for(lambda: np.array_equal(in_the_middle(server), picture()), 'the face')
    first = window._process
    first.terminate()
    wait_for(lambda: window._process is not first, 'another window')
    assert not window.closed_by_user


def test_a_user_who_closes_the_window_ends_only_that(server, screen, monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(
        screen_module.subprocess.Popen, '__init__', closing(screen_module.subprocess.Popen.__init__), raising=True
    )
    window = screen('window')
    wait_for(lambda: window.closed_by_user, 'the end')
    assert not window.wants_pictures
    window.show(picture().tobytes())
    window.close()
    assert [record.message for record in caplog.records] == ['the window of the face was closed; the node goes on']


def closing(start):
    """A process that ends as the window does when it is closed: no window manager is here to ask it."""

    def __init__(self, command, **options):  # noqa: N807
        start(self, ['sh', '-c', f'exit {CLOSED}'], **options)

    return __init__


@pytest.mark.parametrize('event', ['QUIT', 'KEYDOWN'])
def test_the_window_ends_when_a_user_closes_it(monkeypatch, event):
    pygame = pytest.importorskip('pygame')
    monkeypatch.setenv('SDL_VIDEODRIVER', 'dummy')
    shown, reading, writing = [], *os.pipe()
    monkeypatch.setattr(window_module, 'show', lambda *arguments: shown.append(close()))

    def close():
        pygame.event.post(pygame.event.Event(getattr(pygame, event), key=pygame.K_ESCAPE))

    with os.fdopen(reading) as file:
        monkeypatch.setattr(window_module.sys, 'stdin', file)
        os.write(writing, bytes(4 * 3 * 3))
        assert window_module.main(['window', '0', '4', '3']) == CLOSED
    os.close(writing)
    assert shown
    pygame.display.quit()


def test_the_window_ends_with_the_node_and_fills_what_it_has(monkeypatch):
    pygame = pytest.importorskip('pygame')
    monkeypatch.setenv('SDL_VIDEODRIVER', 'dummy')
    reading, writing = os.pipe()
    with os.fdopen(reading) as file:
        monkeypatch.setattr(window_module.sys, 'stdin', file)
        os.write(writing, bytes([10, 20, 30] * 12))
        os.close(writing)
        assert window_module.main(['window', '0', '4', '3']) == 0
    surface = pygame.Surface((40, 60))
    window_module.show(pygame, surface, pygame.image.frombuffer(bytes([10, 20, 30] * 12), (4, 3), 'RGB'))
    assert {tuple(surface.get_at((x, y)))[:3] for x in (0, 20, 39) for y in (0, 30, 59)} == {(10, 20, 30)}
    pygame.display.quit()


def test_a_display_that_there_is_not_is_said(server, screen):
    server()
    window = screen('window', display=3)
    wait_for(lambda: window.trouble, 'the trouble')
    assert 'there is no display 3: there is 1, from 0 on' in str(window.trouble)
    assert not window.closed_by_user


def test_without_any_display_it_says_so(monkeypatch, screen):
    for name in ('DISPLAY', 'WAYLAND_DISPLAY', 'SDL_VIDEODRIVER'):
        monkeypatch.delenv(name, raising=False)
    window = screen('window')
    wait_for(lambda: window.trouble, 'the trouble')
    assert 'display' in str(window.trouble)


def test_a_window_that_hangs_does_not_hold_up_the_node(server, screen, monkeypatch):
    server()
    monkeypatch.setattr(screen_module, 'CLOSE_TIMEOUT', 0.3)
    window = screen('window')
    window.show(picture().tobytes())
    wait_for(lambda: window.shown, 'the picture to be written')
    process = window._process
    process.send_signal(signal.SIGSTOP)
    for _ in range(100):
        window.show(picture().tobytes())  # does not block
    window.close()
    assert process.poll() is not None
