"""What may be wrong with the face: pure."""

from __future__ import annotations

from collections.abc import Iterator

from gemma_events.face_expression.state import EXPRESSIONS
from gemma_events.health import Condition, Health


def conditions(expression: str, failure: str) -> Iterator[Condition]:
    """All that keeps the face from showing what was asked for: an unknown `expression`, a `failure` to draw."""
    if failure:
        yield Condition(Health.ERROR, failure)
    if expression not in EXPRESSIONS:
        yield Condition(Health.WARN, unknown(expression))


def unknown(expression: str) -> str:
    """A line about an expression that there is not."""
    return f'unknown expression {expression[:100]!r}, shown as neutral: there is {", ".join(EXPRESSIONS)}'
