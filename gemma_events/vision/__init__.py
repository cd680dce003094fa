"""Sight: what a detector sees in each picture becomes what appeared, what disappeared, and what is there."""
