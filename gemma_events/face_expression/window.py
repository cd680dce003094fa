"""The program that shows pictures in a window.

    python -m gemma_events.face_expression.window MODE DISPLAY WIDTH HEIGHT

MODE is `window` or `full`. Pictures come on standard input, each WIDTH x HEIGHT x 3 bytes, and it ends with them. It is
a process of its own because Xlib ends the process when its server dies. Where it cannot go on, the last line on
standard error says why.
"""

from __future__ import annotations

import os
import select
import sys
from typing import Any

CLOSED = 3  # the exit code when a user has closed the window
FAILED = 4
TITLE = 'face'
LOOK_AROUND = 0.05  # seconds between looks at what the user does with the window
READ = 1 << 20


class Frames:
    """Pictures from a pipe; only the newest is of interest."""

    def __init__(self, file: int, size: int) -> None:
        self.over = False
        self._file, self._size = file, size
        self._buffer = bytearray()

    def newest(self, timeout: float) -> bytes | None:
        """The last complete picture that has come within the time; None where none has."""
        found = None
        while not self.over and select.select([self._file], [], [], 0 if found else timeout)[0]:
            data = os.read(self._file, READ)
            self.over = not data
            self._buffer += data
            if complete := len(self._buffer) // self._size * self._size:
                found = bytes(self._buffer[complete - self._size : complete])
                del self._buffer[:complete]
        return found


def main(arguments: list[str]) -> int:
    """Until the pipe ends or the window is closed."""
    mode, display, width, height = arguments[0], *map(int, arguments[1:4])
    os.environ.setdefault('PYGAME_HIDE_SUPPORT_PROMPT', '1')
    os.environ.setdefault('SDL_NO_SIGNAL_HANDLERS', '1')  # which would make a user who closes the window of SIGTERM
    import pygame

    try:
        screen = open_window(pygame, mode, display, (width, height))
    except pygame.error as error:
        print(str(error) or 'no window can be opened', file=sys.stderr)
        return FAILED
    frames = Frames(sys.stdin.fileno(), 3 * width * height)
    picture = None
    while not frames.over:
        newest = frames.newest(LOOK_AROUND)
        dirty = newest is not None
        if newest:
            picture = pygame.image.frombuffer(newest, (width, height), 'RGB')
        for event in pygame.event.get():
            if event.type == pygame.QUIT or (event.type == pygame.KEYDOWN and event.key == pygame.K_ESCAPE):
                return CLOSED
            dirty |= event.type in (pygame.VIDEOEXPOSE, pygame.VIDEORESIZE, pygame.WINDOWEXPOSED)
        if dirty and picture:
            screen = pygame.display.get_surface() or screen
            show(pygame, screen, picture)
    return 0


def open_window(pygame: Any, mode: str, display: int, size: tuple[int, int]) -> Any:
    """The surface of the window. Raises pygame.error where there is no display, or none of this number."""
    pygame.display.init()
    if pygame.display.get_driver() in ('dummy', 'offscreen') and 'SDL_VIDEODRIVER' not in os.environ:
        raise pygame.error('there is no display, or it cannot be opened: see DISPLAY and WAYLAND_DISPLAY')
    if pygame.display.get_driver() == 'x11':  # through OpenGL one picture takes five times the memory, and more time
        os.environ.setdefault('SDL_FRAMEBUFFER_ACCELERATION', '0')
    if display >= (there := pygame.display.get_num_displays()):
        raise pygame.error(f'there is no display {display}: there {"is" if there == 1 else "are"} {there}, from 0 on')
    pygame.display.set_caption(TITLE)
    pygame.display.set_allow_screensaver(False)
    if mode == 'full':
        screen = pygame.display.set_mode(
            pygame.display.get_desktop_sizes()[display], pygame.FULLSCREEN, display=display
        )
    else:
        screen = pygame.display.set_mode(size, pygame.RESIZABLE, display=display)
    pygame.mouse.set_visible(False)
    return screen


def show(pygame: Any, screen: Any, picture: Any) -> None:
    """As large as the window allows, on the colour of its corner."""
    room, size = screen.get_size(), picture.get_size()
    scale = min(room[0] / size[0], room[1] / size[1])
    if scale != 1:
        picture = pygame.transform.smoothscale(picture, (round(size[0] * scale), round(size[1] * scale)))
    screen.fill(picture.get_at((0, 0)))
    screen.blit(picture, picture.get_rect(center=(room[0] // 2, room[1] // 2)))
    pygame.display.flip()


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
