"""What may be wrong with the face: pure."""

from __future__ import annotations

from collections.abc import Iterator

from gemma_events.events import EXPRESSIONS
from gemma_events.health import Condition, Health


def conditions(expression: str, failure: str, window: str, strange_sound: str) -> Iterator[Condition]:
    """All that keeps the face from showing what was asked for.

    An unknown `expression`, a `failure` to draw, why there is no `window`, a `strange_sound` that the mouth cannot
    follow; empty for none.
    """
    if failure:
        yield Condition(Health.ERROR, failure)
    if window:
        yield Condition(Health.ERROR, window)
    if strange_sound:
        yield Condition(Health.WARN, strange_sound)
    if expression not in EXPRESSIONS:
        yield Condition(Health.WARN, unknown(expression))


def unknown(expression: str) -> str:
    """A line about an expression that there is not."""
    return f'unknown expression {expression!r}, shown as neutral: there is {", ".join(EXPRESSIONS)}'
