"""How long a pause has to be that ends what has no end mark. Pure."""

from __future__ import annotations

IDLE_GAP = 0.05  # seconds
IDLE_GAP_TEXT = 0.005  # where a send is a message: only what was cut on its way is put together
IDLE_GAP_CHARACTER = 1.0  # within a character: there is more to come


def idle_gap_of(wire_format: str) -> float:
    """Seconds without data after which what has no end mark is complete."""
    return IDLE_GAP_TEXT if wire_format == 'text' else IDLE_GAP


def cuts_character(tail: bytes) -> bool:
    """Whether these bytes, of which three do, end within a UTF-8 character."""
    for follow, byte in enumerate(reversed(tail[-3:])):
        if 0xC2 <= byte <= 0xF4:
            return follow < 1 + (byte >= 0xE0) + (byte >= 0xF0)
        if not 0x80 <= byte < 0xC0:
            return False
    return False
