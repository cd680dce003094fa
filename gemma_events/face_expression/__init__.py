"""The face: what is asked for, said and heard becomes one state of a face, and that a picture."""
