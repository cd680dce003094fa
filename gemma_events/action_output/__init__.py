"""Limbs and voice: actions wait by priority, are done one at a time, and each reports how it goes."""
