"""PocketSphinx as recogniser: small, English, needs no download, and gets every fourth word wrong."""
from __future__ import annotations

from gemma_events.errors import RecognitionError
from gemma_events.hearing.frames import SAMPLE_RATE
from gemma_events.hearing.recognisers import RecognitionSettings
from gemma_events.hearing.transcripts import NOTHING_UNDERSTOOD, Transcript


class Sphinx:
    """The en-US model that comes with the package (see `recognisers.Recogniser`)."""

    def __init__(self) -> None:
        try:
            from pocketsphinx import Decoder
        except ImportError as error:
            raise RecognitionError(f'pocketsphinx is not installed ({error}): pip install pocketsphinx') from error
        try:
            self._decoder = Decoder(samprate=SAMPLE_RATE, loglevel='FATAL')
        except (RuntimeError, ValueError) as error:
            raise RecognitionError(f'pocketsphinx cannot load its model: {error}') from error

    def transcribe(self, audio: bytes, settings: RecognitionSettings) -> Transcript:
        """Text of an utterance (int16, 16 kHz, mono), without a confidence: its own says nothing about being right."""
        self._decoder.start_utt()
        self._decoder.process_raw(audio, full_utt=True)
        self._decoder.end_utt()
        hypothesis = self._decoder.hyp()
        text = hypothesis.hypstr if hypothesis else ''
        return Transcript(text, 'en', error='' if text else NOTHING_UNDERSTOOD)
