"""How a face is drawn: colours, shapes and sizes as data; two that come along, and a user's own from a YAML file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import yaml

from gemma_events.errors import ConfigurationError
from gemma_events.settings import describe, path_of, read, setting
from gemma_events.words import meant

Colour = tuple[int, int, int]  # red, green, blue, 0 to 255
HEX = '#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})'
HEX_FORM = '#rgb or #rrggbb, such as #202a3a'
LARGEST_FILE = 64 * 1024  # bytes; a style has some 30 lines


def _colour(default: str, text: str) -> Any:
    return setting(default, text, pattern=HEX, form=HEX_FORM)


def _size(default: float, text: str, low: float = 0.5, high: float = 1.6) -> Any:
    return setting(default, text, low=low, high=high)


@dataclass(frozen=True)
class Style:
    """What is the same in all expressions. Sizes are relative to the warm style's."""

    head: str = setting(
        'round',
        'the head: a disc, or none, so that the features are as large as the picture allows',
        choices=('round', 'none'),
    )
    eyes: str = setting(
        'white', 'eyes: white with pupils, or all of one colour that glows', choices=('white', 'glowing')
    )
    background: str = _colour('#202a3a', 'behind the head')
    skin: str = _colour('#ffd166', 'the head')
    shade: str = _colour('#f2b544', 'the edge of the head')
    cheeks: str = _colour('#ff8f6b', 'the cheeks when they are red')
    ink: str = _colour('#3a2a26', 'lines: brows, lids, the closed mouth')
    eye: str = _colour('#ffffff', 'the eyes')
    pupil: str = _colour('#3a2a26', 'the pupils')
    shine: str = _colour('#ffffff', 'the lights in the eyes')
    mouth: str = _colour('#8c3036', 'the open mouth')
    tongue: str = _colour('#f0766f', 'the tongue')
    teeth: str = _colour('#ffffff', 'the teeth')
    water: str = _colour('#58b7f0', 'tears and sweat')
    mark: str = _colour('#ffffff', 'signs beside the head: Zzz, a question mark, sparkles')
    alarm: str = _colour('#e0383e', 'anger, a broken heart')
    eye_width: float = _size(1.0, 'width of the eyes')
    eye_height: float = _size(1.0, 'height of the eyes')
    eye_distance: float = _size(1.0, 'distance of the eyes')
    eye_squareness: float = _size(
        2.0, 'shape of the eyes: 2 for an ellipse, more for a rectangle with round corners', 1.5, 8.0
    )
    pupil_size: float = _size(1.0, 'size of the pupils')
    mouth_width: float = _size(1.0, 'width of the mouth')
    line: float = _size(1.0, 'thickness of the lines', 0.3, 2.5)
    brows: float = _size(1.0, 'thickness of the brows; 0 for none', 0.0, 2.0)
    glow: float = _size(0.0, 'how far eyes, brows and mouth shine, 0 for not at all', 0.0, 1.0)


WARM = Style()
SCREEN = Style(
    head='none', eyes='glowing', background='#05090f', skin='#05090f', shade='#05090f', cheeks='#c2476b', ink='#45e6ff',
    eye='#45e6ff', pupil='#05090f', shine='#d9fbff', mouth='#0b4a63', tongue='#e0629a', teeth='#d9fbff',
    water='#5d8dff',
    mark='#9af3ff', alarm='#ff4d5e', eye_height=1.05, eye_width=1.15, eye_squareness=3.2, eye_distance=1.1, line=1.05,
    brows=0.8, glow=1.0,
)  # fmt: skip
STYLES = {'warm': WARM, 'screen': SCREEN}
BASE = 'based_on'  # the key in a file whose value is one of STYLES


def rgb(text: str) -> Colour:
    """Of #rgb or #rrggbb."""
    digits = text[1:]
    if len(digits) == 3:
        digits = ''.join(2 * digit for digit in digits)
    red, green, blue = bytes.fromhex(digits)
    return red, green, blue


def load(name: str) -> Style:
    """A style by name, or from a file. Raises ConfigurationError, one line with the key and what it takes."""
    if name in STYLES:
        return STYLES[name]
    path = path_of('style', name)
    if not path.is_file():
        styles = ', '.join(STYLES)
        raise ConfigurationError(
            f'parameter style is {name!r}: it takes {styles}, or the path of a YAML file that exists'
        )
    try:
        with path.open('rb') as file:
            text = file.read(LARGEST_FILE + 1)
        if len(text) > LARGEST_FILE:
            raise ConfigurationError(f'style {path}: more than {LARGEST_FILE} bytes')
        data = yaml.safe_load(text)
    except OSError as error:
        raise ConfigurationError(f'style {path}: {(error.strerror or str(error)).lower()}') from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigurationError(f'style {path} is no YAML: {" ".join(str(error).split())[:300]}') from error
    return from_data(data, f'style {path}')


def from_data(data: Any, where: str) -> Style:
    """A style from what YAML holds: keys as the fields of Style. Raises ConfigurationError with all faults."""
    if not isinstance(data, dict):
        raise ConfigurationError(f'{where}: it takes lines such as skin: "#ffd166"')
    known, faults, values = describe(Style), [], {}
    base = data.get(BASE, 'warm')
    if not isinstance(base, str) or base not in STYLES:
        faults.append(f'{BASE} is {base!r}: it takes {" or ".join(STYLES)}')
    for key, given in data.items():
        if key == BASE:
            continue
        if key not in known:
            faults.append(f'there is no key {str(key)[:100]!r}{meant(str(key), known)}; there is {", ".join(known)}')
            continue
        try:
            values[key] = read(key, given, *known[key])
        except ConfigurationError as error:
            faults.append(str(error).removeprefix('parameter '))
    if faults:
        raise ConfigurationError(f'{where}: {"; ".join(faults)}')
    return replace(STYLES[base], **values)
