"""PocketSphinx as recogniser: small, English, needs no download, and gets every fourth word wrong."""

from __future__ import annotations

from gemma_events.errors import RecognitionError
from gemma_events.hearing import recognisers
from gemma_events.hearing.frames import SAMPLE_RATE
from gemma_events.hearing.recognisers import RecognitionSettings
from gemma_events.hearing.transcripts import NOTHING_UNDERSTOOD, Transcript

PIECE = 2 * SAMPLE_RATE // 100  # bytes, 10 ms of sound: who draws a face takes the lock forty times for a picture


class Sphinx:
    """The en-US model that comes with the package (see `recognisers.Recogniser`).

    PocketSphinx holds Python's global lock while it works. So it is given an utterance in pieces, between which other
    threads run; and its second pass, which would come in one piece at the end, is left out: together they held up the
    audio thread for a second, and changed every tenth word, for better or worse.
    """

    def __init__(self, settings: RecognitionSettings) -> None:
        """Raises RecognitionError where the package or its model is missing."""
        try:
            from pocketsphinx import Decoder
        except ImportError as error:
            raise RecognitionError(f'pocketsphinx is not installed ({error}): pip install pocketsphinx') from error
        try:
            self._decoder = Decoder(samprate=SAMPLE_RATE, loglevel='FATAL', fwdflat=False)
        except (RuntimeError, ValueError) as error:
            raise RecognitionError(f'pocketsphinx cannot load its model: {error}') from error

    @staticmethod
    def check(settings: RecognitionSettings) -> None:
        """Raise ConfigurationError where the package is missing."""
        recognisers.require('pocketsphinx', 'pocketsphinx', settings)

    def transcribe(self, audio: bytes, settings: RecognitionSettings) -> Transcript:
        """Text of an utterance (int16, 16 kHz, mono), without a confidence: its own says nothing about being right."""
        self._decoder.start_utt()
        for start in range(0, len(audio), PIECE):
            self._decoder.process_raw(audio[start : start + PIECE])
        self._decoder.end_utt()
        hypothesis = self._decoder.hyp()
        text = hypothesis.hypstr if hypothesis else ''
        return Transcript(text, 'en', error='' if text else NOTHING_UNDERSTOOD)
