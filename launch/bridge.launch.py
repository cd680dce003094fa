"""Start the bridge alone, on a robot that has its own senses."""

from __future__ import annotations

from pathlib import Path

from launch import LaunchDescription
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource


def generate_launch_description() -> LaunchDescription:
    """`gemma_events.launch.py` with one node; its other arguments hold here too."""
    everything = PythonLaunchDescriptionSource(str(Path(__file__).with_name('gemma_events.launch.py')))
    return LaunchDescription([IncludeLaunchDescription(everything, launch_arguments=[('nodes', 'bridge')])])
