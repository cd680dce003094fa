"""The action `speak`: its content, sentence by sentence, out of a speaker; or into the log, where there is none."""

from __future__ import annotations

import contextlib
import functools
import math
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gemma_events import portaudio, registry
from gemma_events.action_output.run import Run, parse_arguments
from gemma_events.action_output.speech.playback import Playback
from gemma_events.action_output.speech.players import DummySpeaker, Player
from gemma_events.action_output.speech.preparation import Preparation
from gemma_events.action_output.speech.script import Progress
from gemma_events.action_output.speech.sentences import Sentence, Splitter, sentences
from gemma_events.action_output.speech.settings import SpeechSettings
from gemma_events.action_output.speech.speaker import Speaker
from gemma_events.action_output.speech.speech import Speech
from gemma_events.action_output.speech.stream import Stream
from gemma_events.action_output.speech.synthesis import Delivery, Sound, Synthesiser, delivery
from gemma_events.errors import DeviceError, GemmaError
from gemma_events.events import ActionEvent, FaceExpression
from gemma_events.log import Trouble

if TYPE_CHECKING:
    from gemma_events.node import ManagedNode

MAX_TEXT = 10_000  # characters: ten minutes; with the slowest speed, turns.LONGEST_SPEECH
RATES = range(4_000, 384_001)  # Hz
SILENT_RATE = 1000  # Hz, where no sound is made: enough to tell how far a text would be


class Speak:
    """Speaks. Fits handlers.ActionHandler."""

    streams = resumable = True

    def __init__(self, node: ManagedNode[SpeechSettings]) -> None:
        self._node = node
        self.trouble = self._unheard = ''  # of the last speech; why nobody heard it
        self._output = Trouble(lambda output: node.log.info(f'speech goes to: {output}'))  # of the last speech
        self._on_device = self._talking = False  # the last speech was; the face moves its mouth
        self._tell_face = node.create_event_publisher(FaceExpression, 'face_expression')
        self._playback = Playback(node, node.settings.frame_id)
        self._speaker = Speaker(self._playback.offer)
        if node.settings.output != 'log':
            with contextlib.suppress(GemmaError):  # each speech tries again, and reports it
                portaudio.load()
                self._synthesiser  # noqa: B018  what takes long is done before the first speech

    def refusal(self, action: ActionEvent) -> str:
        """A text that is too long, or with nothing to say; arguments that cannot be."""
        if len(action.content) > MAX_TEXT:
            return f'the text has {len(action.content)} characters: at most {MAX_TEXT} can be spoken'
        try:
            arguments = parse_arguments(action.arguments)
            chosen = delivery(self._node.settings, arguments)
            volume(self._node.settings, arguments)
        except ValueError as error:
            return str(error)
        if not action.more and not sentences(action.content, chosen.language):
            return 'the text has nothing that can be spoken'
        made: Synthesiser | None = self.__dict__.get('_synthesiser')
        return made.refusal(chosen) if made else ''

    def execute(self, run: Run) -> bool:
        """Speak; `content_done` has the words that were heard whole."""
        settings = self._node.settings
        chosen = delivery(settings, run.arguments)
        before = run.memory if isinstance(run.memory, Progress) else Progress()
        make = (lambda sentence, stop: None) if settings.output == 'log' else functools.partial(self._make, chosen)
        preparation = Preparation(run.parts, self._splitter(chosen), make, MAX_TEXT, before.sentences)
        self.trouble = self._unheard = ''
        speech = Speech(
            run,
            preparation,
            functools.partial(self._open, settings, run),
            before,
            log=self._node.log,
            volume=volume(settings, run.arguments),
            speed=chosen.rate / 100,
            talk=self._talk,
        )
        try:
            speech.speak()
        finally:
            self._talk(False)
            run.memory = speech.progress
            preparation.close()
            if isinstance(speech.player, Stream):
                self._speaker.give_back(speech.player, self._node.settings.keep_open_s)
            speech.count()
        cut = f'only the first {MAX_TEXT} characters were spoken' if preparation.cut else ''
        notes = (run.detail, self._unheard, cut)  # the first is of parts that never came
        run.detail = '; '.join(dict.fromkeys(note for note in notes if note))
        return not run.cancelled.is_set()

    def health(self) -> dict[str, object]:
        """Where the last speech went, and how the speaker does."""
        values: dict[str, object] = {'speech output': str(self._output) or 'not used yet'}
        if self._on_device:
            values |= self._speaker.health()
        return values | ({'playback dropped': self._playback.dropped} if self._playback.dropped else {})

    def close(self) -> None:
        """Give the speaker back."""
        self._speaker.close()
        self._playback.close()
        getattr(self.__dict__.pop('_synthesiser', None), 'close', bool)()

    @functools.cached_property
    def _synthesiser(self) -> Synthesiser:
        """Raises GemmaError where there is none; the next speech tries again."""
        settings = self._node.settings
        made: Synthesiser = registry.create(registry.SYNTHESISERS, settings.synthesiser, Synthesiser, settings)
        return made

    def _splitter(self, chosen: Delivery) -> Splitter:
        """With a slow synthesiser the first words come sooner."""
        return Splitter(chosen.language, opening=bool(getattr(self.__dict__.get('_synthesiser'), 'slow', False)))

    def _make(self, chosen: Delivery, sentence: Sentence, stop: threading.Event) -> Sound:
        try:
            return checked(self._synthesiser.synthesise(sentence, chosen, stop))
        except GemmaError:
            raise
        except registry.FOREIGN_FAULTS as error:
            name = self._node.settings.synthesiser
            raise DeviceError(f'synthesiser {name!r} failed: {registry.reason(error)}') from error

    def _open(self, settings: SpeechSettings, run: Run, sound: Sound | None) -> Player | None:
        """Where a speech goes whose first sentence is this; None when cancelled first."""
        self._playback.look()
        self._on_device = False
        if not sound:
            self._output.set('log')
            self._unheard = 'only logged, nobody heard it: output is log'
            return DummySpeaker(SILENT_RATE, self._playback.offer, audible=False)
        if settings.output == 'topic':
            self._output.set('topic playback')
            return DummySpeaker(sound.rate, self._playback.offer, audible=True)
        try:
            player = self._speaker.take(settings.device, sound.rate, settings.lead_in_ms / 1000, run.cancelled)
        except DeviceError as error:
            if settings.output == 'device':
                self._output.set(str(error))
                raise
            self._output.set(f'log, for there is {error}')
            self.trouble = f'speech only goes to the log, for there is {error}: connect a speaker, or set output to log'
            self._unheard = f'only logged, nobody heard it: there is {error}'
            return DummySpeaker(sound.rate, self._playback.offer, audible=False)
        self._on_device = True
        self._output.set(f'device {settings.device or "(the default one)"}')
        return player

    def _talk(self, talking: bool) -> None:
        self._playback.look()
        if talking != self._talking:
            self._talking = talking
            self._tell_face(FaceExpression(stamp=self._node.now(), talking=talking))


def volume(settings: SpeechSettings, arguments: Mapping[str, Any]) -> float:
    """In percent. Raises ValueError, one line, for an argument that is none."""
    value = arguments.get('volume', settings.volume)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(value) or not 0 <= value <= 200:
        raise ValueError(f'volume is {str(value)[:100]!r}: it takes a number from 0 to 200 %')
    return float(value)


def checked(sound: object) -> Sound:
    """What a synthesiser has returned. Raises TypeError where it is no sound."""
    if not isinstance(sound, Sound) or sound.rate not in RATES:
        raise TypeError('synthesise() did not return a Sound with a rate in Hz')
    if not isinstance(sound.samples, np.ndarray) or sound.samples.dtype != np.int16 or sound.samples.ndim != 1:
        raise TypeError('synthesise() did not return samples of type int16, (samples,)')
    return sound
