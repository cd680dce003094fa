"""Speech: text to what a person would read aloud, to sound, to a loudspeaker, and what of it was heard."""
