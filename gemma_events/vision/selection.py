"""Which of the things that a detector found matter to this robot. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from gemma_events.events import DetectedObject
from gemma_events.settings import setting


@dataclass(frozen=True)
class Selection:
    """What is looked for; things without a box are not measured."""

    labels: tuple[str, ...] = setting((), 'labels that matter; empty: all', live=True)
    confidence: float = setting(
        0.0,
        'least confidence of a thing; those of which it is unknown (0) are let through',
        low=0.0,
        high=1.0,
        live=True,
    )
    region: str = setting(
        '',
        'part of the picture in which the middle of a thing has to be: left,top,width,height in pixels; empty: all',
        pattern=r'(\d{1,5},\d{1,5},\d{1,5},\d{1,5})?',
        form='four whole numbers, such as 0,0,640,240, or nothing',
        live=True,
    )
    smallest: int = setting(0, 'shorter side of a thing, at least', unit='px', low=0, high=100_000, live=True)
    largest: int = setting(100_000, 'longer side of a thing, at most', unit='px', low=0, high=100_000, live=True)
    least_ratio: float = setting(0.0, 'width of a thing by its height, at least', low=0.0, high=1000.0, live=True)
    greatest_ratio: float = setting(1000.0, 'width of a thing by its height, at most', low=0.0, high=1000.0, live=True)


def select(objects: Sequence[DetectedObject], wanted: Selection, left_out: Counter[str]) -> tuple[DetectedObject, ...]:
    """Those that matter; `left_out` counts the others by why."""
    found = []
    for item in objects:
        if reason := _unwanted(item, wanted):
            left_out[reason] += 1
        else:
            found.append(item)
    return tuple(found)


def _unwanted(item: DetectedObject, wanted: Selection) -> str:
    if wanted.labels and item.label not in wanted.labels:
        return 'other labels'
    if 0 < item.confidence < wanted.confidence:
        return 'low confidence'
    if not item.width or not item.height:
        return ''
    if wanted.region:
        left, top, width, height = map(int, wanted.region.split(','))
        x, y = item.x + item.width / 2 - left, item.y + item.height / 2 - top
        if not (0 <= x <= width and 0 <= y <= height):
            return 'outside the region'
    if min(item.width, item.height) < wanted.smallest:
        return 'too small'
    if max(item.width, item.height) > wanted.largest:
        return 'too large'
    return '' if wanted.least_ratio <= item.width / item.height <= wanted.greatest_ratio else 'of another ratio'
