"""A robot that waves, beeps, sees light and greets people."""
