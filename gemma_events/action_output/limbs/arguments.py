"""What an action asks for, from its content or its arguments."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from gemma_events.events import ActionEvent

LONGEST = 3600.0  # seconds


def seconds(given: object) -> float:
    """A time, given as a number or as a text. Raises ValueError, a line, for what is no number from 0 to LONGEST."""
    number = math.nan
    if isinstance(given, (int, float, str)) and not isinstance(given, bool):
        try:
            number = float(given)
        except (ValueError, OverflowError):  # of a text that is no number, of a whole number that is too large
            number = math.nan
    if not 0 <= number <= LONGEST:
        raise ValueError(f'seconds is {str(given)[:100]!r}: it takes a number from 0 to {LONGEST:g}')
    return number


def text(name: str, arguments: Mapping[str, Any], action: ActionEvent) -> str:
    """The argument of this name, or the content. Raises ValueError, a line, where it is no text."""
    given = arguments.get(name, action.content)
    if not isinstance(given, str):
        raise ValueError(f'{name} is {str(given)[:100]!r}: it takes a text')
    return given.strip()
