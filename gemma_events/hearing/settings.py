"""The hearing node's parameters: those of each of its parts."""

from __future__ import annotations

from dataclasses import dataclass

from gemma_events.hearing.recognisers import RecognitionSettings
from gemma_events.hearing.recording import RecordingSettings
from gemma_events.hearing.sources import SourceSettings
from gemma_events.hearing.utterances import UtteranceSettings
from gemma_events.hearing.vad import VadSettings
from gemma_events.hearing.wake_word import WakeSettings
from gemma_events.settings import setting


@dataclass(frozen=True)
class TurnSettings:
    """What to do with sound while the robot itself speaks (a `turns.Policy`)."""

    while_speaking: str = setting(
        'listen',
        'while the robot speaks: listen as ever; ignore everything; or gate: take it for a person only when '
        'it goes on for barge_in_ms and, as far as a recogniser can tell, is not what the robot says',
        choices=('listen', 'ignore', 'gate'),
        live=True,
    )
    barge_in_ms: int = setting(
        600, 'how long a person has to talk to interrupt the robot', unit='ms', low=0, high=10_000, live=True
    )
    own_tail_ms: int = setting(
        300, "how long the robot's voice is still heard after it has ended", unit='ms', low=0, high=5000, live=True
    )


@dataclass(frozen=True)
class HearingSettings(
    RecordingSettings,
    TurnSettings,
    WakeSettings,
    RecognitionSettings,
    UtteranceSettings,
    VadSettings,
    SourceSettings,
):
    """All of them; each is described in its part."""

    hri: bool = setting(
        False,
        'publish what was heard for ROS4HRI as well (needs hri_msgs), under /humans/voices: these names are absolute, '
        'as REP 155 has them, and do not follow the namespace',
    )
