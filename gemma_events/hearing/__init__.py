"""Hearing: sound in, speech events out."""
