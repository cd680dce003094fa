"""The parameters of speech."""

from __future__ import annotations

from dataclasses import dataclass

from gemma_events import registry
from gemma_events.settings import setting

LANGUAGE = '([A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8}){0,3})?'  # a BCP 47 tag, also with the underscores of POSIX
# A name, and nothing that a program could take for an option or for a file elsewhere.
VOICE = r'([A-Za-z0-9](?!.*\.\.)[\w .+()/-]{0,99})?'
RATES = range(50, 301)  # percent


@dataclass(frozen=True)
class SpeechSettings:
    """The parameters of speech. A change of one that is live holds from the next speech on."""

    output: str = setting(
        'auto',
        'where speech goes: device; topic (only to playback, for what plays it elsewhere); log (only the text, in the '
        'time it would take); or auto: device where there is one, else log and playback',
        choices=('auto', 'device', 'topic', 'log'),
        live=True,
    )
    device: str = setting('', 'speaker: its name, part of it, or its index; empty: the default one', live=True)
    volume: int = setting(
        100, 'loudness of speech; above 100 the loudest parts are compressed', unit='%', low=0, high=200, live=True
    )
    keep_open_s: float = setting(
        30.0,
        'how long the speaker stays open after speech; 0: other programs can use it at once',
        unit='s',
        low=0,
        high=3600,
        live=True,
    )
    lead_in_ms: int = setting(
        150,
        'silence before speech when the speaker has just been opened: sound cards and Bluetooth swallow the first '
        'moment',
        unit='ms',
        low=0,
        high=5000,
        live=True,
    )
    frame_id: str = setting('speaker', 'frame_id in the header of playback')
    synthesiser: str = setting(
        'espeak_ng', 'what turns text into sound: a name that gemma_events --list shows, or module:Class'
    )
    language: str = setting(
        'en-us',
        'language of speech where its action names none: how numbers and abbreviations are read, and by which voice',
        pattern=LANGUAGE,
        form='a BCP 47 tag, such as en-us',
        live=True,
    )
    voice: str = setting(
        '',
        'voice of the synthesiser; empty: its first one of the language. espeak_ng: one that espeak-ng --voices lists; '
        'piper: the name of a file without .onnx',
        pattern=VOICE,
        form='a name',
        live=True,
    )
    rate: int = setting(
        100, "speed of speech, relative to the voice's own", unit='%', low=RATES[0], high=RATES[-1], live=True
    )
    voices: tuple[str, ...] = setting(
        (), 'voices of piper: files (.onnx, each with its .onnx.json) or folders with some; ~ is the home folder'
    )
    command: tuple[str, ...] = setting(
        (),
        'the program that the synthesiser command starts for each sentence, and its arguments: it reads the text on '
        'standard input and writes a WAV file, or samples, to standard output. {language}, {voice} and {rate} stand '
        'for what the action asks for, {rate} in percent',
    )
    command_rate: int = setting(
        22_050,
        'sample rate of what the command writes where that is not a WAV file but signed 16-bit mono samples',
        unit='Hz',
        low=8000,
        high=192_000,
    )

    def __post_init__(self) -> None:
        registry.find(registry.SYNTHESISERS, self.synthesiser)
