"""faster-whisper as recogniser."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gemma_events import registry
from gemma_events.errors import ConfigurationError, RecognitionError
from gemma_events.hearing import recognisers
from gemma_events.hearing.recognisers import RecognitionSettings
from gemma_events.hearing.transcripts import Segment, Transcript, join
from gemma_events.settings import path_of


class Whisper:
    """A loaded model (see `recognisers.Recogniser`)."""

    def __init__(self, settings: RecognitionSettings) -> None:
        """Raises RecognitionError where the model cannot be had; may wait for the network for minutes."""
        try:
            from faster_whisper import WhisperModel
        except ImportError as error:
            raise RecognitionError(f'faster_whisper is not installed ({error}): pip install faster-whisper') from error
        folder = model_folder(settings.model) or _from_hub(settings.model)
        try:
            self._model = WhisperModel(
                str(folder),
                device=settings.compute_device,
                compute_type=settings.compute_type,
                cpu_threads=settings.threads,
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise RecognitionError(f'model {settings.model} cannot be loaded: {registry.reason(error)}') from error

    @staticmethod
    def check(settings: RecognitionSettings) -> None:
        """Raise ConfigurationError where the package is missing, or the model is a folder that lacks something."""
        recognisers.require('faster_whisper', 'faster-whisper', settings)
        if not (folder := model_folder(settings.model)):
            return
        if not folder.is_dir():
            raise ConfigurationError(f'no such model folder: {folder}')
        if missing := missing_files(folder):
            raise ConfigurationError(
                f'{folder} is not a model for faster_whisper: it has no {" and no ".join(missing)}'
            )

    def transcribe(self, audio: bytes, settings: RecognitionSettings) -> Transcript:
        """Text of an utterance (int16, 16 kHz, mono)."""
        samples = np.frombuffer(audio, np.int16).astype(np.float32) / 32768.0
        # One pass: what it is not sure of is judged by us, and going over it again takes up to six times as long.
        segments, info = self._model.transcribe(
            samples,
            language=settings.language or None,
            beam_size=settings.beam_size,
            temperature=0.0,
            hotwords=settings.hotwords or None,
            condition_on_previous_text=False,
            no_speech_threshold=None,
            log_prob_threshold=None,
            compression_ratio_threshold=None,
        )
        return join(
            (
                Segment(segment.text, segment.avg_logprob, segment.no_speech_prob, segment.compression_ratio)
                for segment in segments
            ),
            info.language,
        )


def model_folder(model: str) -> Path | None:
    """The folder that a model's name is, if it is one; names and hub repositories are not."""
    return path_of('model', model) if model.startswith(('/', '.', '~')) else None


def missing_files(folder: Path) -> list[str]:
    """Files without which faster-whisper cannot load a model, or goes to the network for them."""
    missing = [name for name in ('model.bin', 'config.json', 'tokenizer.json') if not (folder / name).is_file()]
    return missing if any(folder.glob('vocabulary.*')) else [*missing, 'vocabulary.json']


def _from_hub(model: str) -> Path:
    """The folder of a model that was downloaded, now or earlier."""
    from faster_whisper import download_model

    try:
        folder = Path(download_model(model, local_files_only=True))
        if not missing_files(folder):
            return folder
    except OSError:  # LocalEntryNotFoundError: not downloaded yet
        pass
    except ValueError as error:  # an unknown name, or none that a repository can have
        raise RecognitionError(f'no such model: {model}: {registry.reason(error)}') from error
    try:
        return Path(download_model(model))
    except Exception as error:  # the hub's errors, and those of the three HTTP libraries under it
        raise RecognitionError(
            f'model {model} is not on this machine, nor can it be downloaded: {registry.reason(error)}'
        ) from error
