"""The parameters of the face_expression node."""

from __future__ import annotations

from dataclasses import dataclass

from gemma_events.errors import ConfigurationError
from gemma_events.events import SECOND
from gemma_events.face_expression.state import Habits
from gemma_events.face_expression.style import HEX, HEX_FORM
from gemma_events.settings import setting

OFF = 'off'
ROTATIONS = (0, 90, 180, 270)


@dataclass(frozen=True)
class FaceSettings:
    """See each setting's description."""

    width: int = setting(320, 'width of face_image', unit='px', low=32, high=1920)
    height: int = setting(240, 'height of face_image', unit='px', low=32, high=1920)
    rotation: int = setting(
        0,
        'how far the face is turned clockwise in face_image: 0, 90, 180 or 270, for a display that is mounted that way',
        unit='degrees',
        low=0,
        high=270,
    )
    style: str = setting('warm', 'colours, shapes and sizes: warm, screen, or a YAML file of your own (doc/face.md)')
    background: str = setting(
        '',
        "colour behind the face, as #rgb or #rrggbb, in quotes: YAML takes what begins with # for a comment; '' for "
        "the style's",
        pattern=f'({HEX})?',
        form=HEX_FORM,
    )
    frame_rate: float = setting(25.0, 'how often the face is drawn, at most', unit='Hz', low=0.5, high=60.0, live=True)
    frame_id: str = setting('face', 'frame_id in the header of face_image')
    jpeg_quality: int = setting(85, 'quality of the JPEG in face_image/compressed', low=1, high=100, live=True)
    window: str = setting(
        OFF,
        'the face on a display of this computer: off; window; full, the whole screen; auto, a window where DISPLAY '
        'or WAYLAND_DISPLAY is set',
        choices=('auto', OFF, 'window', 'full'),
    )
    display: int = setting(0, 'which display the window is on, 0 for the first', low=0, high=15)
    expression_lasts: float = setting(
        3600.0,
        'how long a requested expression is shown; 0: until another one is requested',
        unit='s',
        low=0,
        high=1e6,
        live=True,
    )
    sleep_after: float = setting(
        10.0, 'how long nothing has to happen before the face falls asleep', unit='min', low=0.01, high=1e5, live=True
    )
    sleep: bool = setting(True, 'whether the face falls asleep when nothing happens', live=True)
    blinking: bool = setting(True, 'whether the eyes blink', live=True)
    saccades: bool = setting(True, 'whether the eyes move a little', live=True)
    breathing: bool = setting(True, 'whether the face breathes', live=True)
    thinking: bool = setting(True, 'whether the face thinks from what somebody said until the answer', live=True)
    listening: bool = setting(True, 'whether the face listens while somebody speaks', live=True)
    glance: bool = setting(True, 'whether the eyes look at whoever appears', live=True)

    def __post_init__(self) -> None:
        if self.rotation not in ROTATIONS:
            raise ConfigurationError(f'parameter rotation is {self.rotation}: it takes 0, 90, 180 or 270')

    def habits(self) -> Habits:
        """What the face does by itself."""
        return Habits(
            blinking=self.blinking,
            saccades=self.saccades,
            breathing=self.breathing,
            thinking=self.thinking,
            listening=self.listening,
            glance=self.glance,
            sleep=self.sleep,
            expression_lasts=round(self.expression_lasts * SECOND),
            sleep_after=round(self.sleep_after * 60 * SECOND),
        )
