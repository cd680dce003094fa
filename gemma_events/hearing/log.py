"""What the parts of hearing ask of a logger: rclpy's fits, and so does the standard library's."""
from __future__ import annotations

from typing import Protocol


class Log(Protocol):
    """Lines for the user, each said once."""

    def info(self, message: str) -> object:
        """Something that is good to know."""

    def warning(self, message: str) -> object:
        """Something that does not work as it should."""
