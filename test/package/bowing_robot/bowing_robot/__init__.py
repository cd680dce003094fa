"""A robot that bows."""
