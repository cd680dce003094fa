"""The parameters of speech."""

from __future__ import annotations

from dataclasses import dataclass

from gemma_events import registry
from gemma_events.settings import setting


@dataclass(frozen=True)
class SpeechSettings:
    """The parameters of speech. A change holds from the next speech on."""

    output: str = setting(
        'auto',
        'where speech goes: device, log (only the text, in the time it would take), or auto: '
        'device where there is one, else log',
        choices=('auto', 'device', 'log'),
        live=True,
    )
    device: str = setting('', 'speaker: its name, part of it, or its index; empty: the default one', live=True)
    volume: int = setting(
        100, 'loudness of speech; above 100 the loudest parts are compressed', unit='%', low=0, high=200, live=True
    )
    keep_open_s: float = setting(
        30.0,
        'for how long the speaker stays open after speech; 0: other programs have it at once',
        unit='s',
        low=0,
        high=3600,
        live=True,
    )
    lead_in_ms: int = setting(
        150,
        'silence before speech when the speaker was just opened: cards and Bluetooth swallow the first moment',
        unit='ms',
        low=0,
        high=5000,
        live=True,
    )
    frame_id: str = setting('speaker', 'frame_id in the header of playback')
    synthesiser: str = setting(
        'espeak_ng', 'what turns text into sound: a name that gemma_events --list shows, or module:Class'
    )
    language: str = setting('', 'language of speech (BCP 47); empty: the voice has one', live=True)
    voice: str = setting('', 'voice of the synthesiser; empty: the one of the language', live=True)
    rate: int = setting(100, 'speed of speech, of the voice', unit='%', low=50, high=300, live=True)

    def __post_init__(self) -> None:
        registry.find(registry.SYNTHESISERS, self.synthesiser)
