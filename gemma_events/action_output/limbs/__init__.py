"""What the robot does beside speaking: a handler a module."""
