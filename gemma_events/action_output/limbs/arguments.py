"""What an action asks for, from its content or its arguments."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from gemma_events.events import ActionEvent

LONGEST = 3600.0  # seconds


def seconds(arguments: Mapping[str, Any], content: str = '') -> float:
    """A time, from the argument `seconds` or the content; 0 where neither says one.

    Raises ValueError, a line, for what is no number from 0 to LONGEST.
    """
    given = arguments.get('seconds', content.strip() or 0)
    try:
        number = math.nan if isinstance(given, bool) else float(given)
    except (TypeError, ValueError):
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
