"""The hearing node's parameters: those of each of its parts."""

from __future__ import annotations

from dataclasses import dataclass

from gemma_events.hearing.own_speech import OwnSpeechSettings
from gemma_events.hearing.recognisers import RecognitionSettings
from gemma_events.hearing.recording import RecordingSettings
from gemma_events.hearing.sources import SourceSettings
from gemma_events.hearing.utterances import UtteranceSettings
from gemma_events.hearing.vad import VadSettings
from gemma_events.hearing.wake_word import WakeSettings
from gemma_events.settings import setting


@dataclass(frozen=True)
class HearingSettings(
    RecordingSettings,
    OwnSpeechSettings,
    WakeSettings,
    RecognitionSettings,
    UtteranceSettings,
    VadSettings,
    SourceSettings,
):
    """All of them; each is described in its part."""

    hri: bool = setting(False, 'publish what was heard for ROS4HRI as well, under /humans/voices (needs hri_msgs)')
