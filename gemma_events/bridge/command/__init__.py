"""The command `wire`: try a robot's wiring by hand, without ROS. `main` is its entry point."""

from gemma_events.bridge.command.main import main

__all__ = ['main']
