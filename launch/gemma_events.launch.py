"""Start the robot's senses, face, voice and bridge, or some of them. Its arguments: gemma_events/launching.py."""

from __future__ import annotations

from launch import LaunchDescription

from gemma_events import launching


def generate_launch_description() -> LaunchDescription:
    """All nodes, unless `nodes` says which."""
    return launching.describe()
