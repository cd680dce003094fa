"""Draw all expressions: the pictures that the tests compare with, and the sheet in doc/."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from gemma_events.events import EXPRESSIONS
from gemma_events.face_expression.looks import LOOKS, Face
from gemma_events.face_expression.painter import Painter
from gemma_events.face_expression.style import STYLES

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / 'test' / 'face_expression' / 'kept'
SHEET = ROOT / 'doc' / 'faces.png'
COLUMNS = 9


def sheet(style: str, width: int, height: int, *, names: bool = False) -> np.ndarray:
    """All expressions, row by row; with `names` below them."""
    painter, cells = Painter(2 * width, 2 * height, STYLES[style]), []
    for name in EXPRESSIONS[:-1]:  # the last one is neutral by another name
        picture = painter.paint(Face(LOOKS[name], breath=0.5))
        cell = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        if names:
            cell = cv2.copyMakeBorder(cell, 0, 14, 0, 0, cv2.BORDER_CONSTANT, value=(24, 28, 36))
            cv2.putText(cell, name, (4, height + 10), cv2.FONT_HERSHEY_SIMPLEX, 0.36, (235,) * 3, 1, cv2.LINE_AA)
        cells.append(cell)
    rows = [np.hstack(cells[first : first + COLUMNS]) for first in range(0, len(cells), COLUMNS)]
    return np.vstack(rows)


def write(path: Path, picture: np.ndarray) -> None:
    path.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(path), picture[:, :, ::-1], (cv2.IMWRITE_PNG_COMPRESSION, 9))
    print(path.relative_to(ROOT), f'{path.stat().st_size / 1000:.0f} kB')


def main() -> None:
    for style in STYLES:
        write(KEPT / f'{style}.png', sheet(style, 80, 60))
    large = np.vstack([sheet(style, 120, 84, names=True) for style in STYLES])
    write(SHEET, large // 16 * 16 + 8)  # fewer colours, for a smaller file


if __name__ == '__main__':
    main()
