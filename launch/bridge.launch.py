"""Start the bridge alone, on a robot that has its own senses."""

from __future__ import annotations

from launch import LaunchDescription

from gemma_events import launching


def generate_launch_description() -> LaunchDescription:
    """The bridge, in a process of its own."""
    return launching.describe(nodes='bridge', composed='false')
