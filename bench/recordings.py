"""A labelled set of recorded people, made of Debian packages: clips, gaps, noise, and where speech really is.

asterisk-core-sounds-{en,es,fr,it,ru}-g722    prompts of five speakers in five languages, 16 kHz
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

RATE = 16_000
FOLDER = Path('/usr/share/asterisk/sounds')
LANGUAGES = ('en_US_f_Allison', 'es_MX_f_Allison', 'fr_CA_f_June', 'it_IT_m_Carlo', 'ru_RU_f_IvrvoiceRU')
MINUTE = 60 * RATE
SAME_UTTERANCE = 0.5  # seconds: a shorter pause belongs to the utterance
SPEECH_LEVEL = 0.025  # of a clip's loudest 10 ms: what is louder is speech (32 dB below)
CLIPS = 60  # of each language

Sound = npt.NDArray[np.float32]
Span = tuple[float, float]  # seconds


@dataclass(frozen=True)
class Recording:
    """A minute of sound, and the utterances in it."""

    condition: str
    sound: Sound
    utterances: tuple[Span, ...]

    def int16(self) -> npt.NDArray[np.int16]:
        """As a microphone gives it."""
        return (np.clip(self.sound, -1, 1) * 32767).astype(np.int16)


@cache
def clips(language: str) -> tuple[Sound, ...]:
    """Prompts of 1 to 6 s, trimmed to their speech, equally loud."""
    found = []
    for path in sorted((FOLDER / language).glob('*.g722')):
        with av.open(str(path)) as container:
            frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
        sound = np.concatenate(frames or [np.zeros(0, np.int16)]) / np.float32(32768)
        spans = speech(sound)
        if not spans:
            continue
        sound = sound[int(spans[0][0] * RATE) : int(spans[-1][1] * RATE)]
        if 1 <= len(sound) / RATE <= 6:
            found.append((0.08 * sound / np.sqrt(np.mean(sound**2))).astype(np.float32))
    step = max(1, len(found) // CLIPS)
    return tuple(found[::step][:CLIPS])


def speech(sound: Sound) -> tuple[Span, ...]:
    """Where a clean recording holds speech, by its energy in 10 ms; shorter pauses closed."""
    hop = RATE // 100
    level = np.sqrt(np.mean(sound[: len(sound) // hop * hop].reshape(-1, hop) ** 2, axis=1))
    loud = np.flatnonzero(level > SPEECH_LEVEL * level.max(initial=0)) / 100
    spans: list[Span] = []
    for start in loud:
        if spans and start - spans[-1][1] < SAME_UTTERANCE:
            spans[-1] = (spans[-1][0], start + 0.01)
        else:
            spans.append((start, start + 0.01))
    return tuple(spans)


def minute(language: str, rng: np.random.Generator) -> tuple[Sound, tuple[Span, ...]]:
    """A minute of clips with random gaps of 1 to 3 s, and where their speech is."""
    sound = np.zeros(MINUTE, np.float32)
    spans: list[Span] = []
    position = int(rng.uniform(0.8, 2) * RATE)
    while True:
        clip = clips(language)[rng.integers(len(clips(language)))]
        if position + len(clip) > MINUTE - RATE:
            return sound, tuple(spans)
        sound[position : position + len(clip)] = clip
        spans += [(position / RATE + start, position / RATE + end) for start, end in speech(clip)]
        position += len(clip) + int(rng.uniform(1, 3) * RATE)


def noise(kind: str, samples: int, rng: np.random.Generator) -> Sound:
    """Sound without speech, root mean square 0.05 where it is not silent."""
    time = np.arange(samples) / RATE
    if kind == 'silence':
        return (1e-4 * rng.standard_normal(samples)).astype(np.float32)
    if kind == 'white':
        made = rng.standard_normal(samples)
    elif kind in ('pink', 'fan'):
        spectrum = np.fft.rfft(rng.standard_normal(samples))
        frequency = np.maximum(np.fft.rfftfreq(samples, 1 / RATE), 20)
        made = np.fft.irfft(spectrum / frequency ** (0.5 if kind == 'pink' else 1.0), samples)
        if kind == 'fan':
            made = made / made.std() + 0.5 * np.sin(2 * np.pi * 120 * time)
    elif kind == 'typing':
        made = np.zeros(samples)
        for start in np.cumsum(rng.uniform(0.08, 0.3, samples // RATE * 6)):
            at = int(start * RATE)
            if at + 480 < samples:
                made[at : at + 480] += rng.standard_normal(480) * np.exp(-np.arange(480) / 60)
    elif kind == 'tones':
        made = np.sin(2 * np.pi * 440 * time) * (time % 2 < 1)
    else:  # music: chords with overtones
        made = np.zeros(samples)
        for beat in range(int(samples / RATE * 2)):
            span = slice(beat * RATE // 2, min(samples, (beat + 2) * RATE // 2))
            fade = np.exp(-np.arange(span.stop - span.start) / RATE * 3)
            for note in rng.choice([262, 294, 330, 392, 440, 523], 3, replace=False):
                made[span] += fade * sum(np.sin(2 * np.pi * note * k * time[span]) / k for k in range(1, 6))
    return (0.05 * made / made.std()).astype(np.float32)


def labelled_set() -> Iterator[Recording]:
    """Each language clean, quiet, over typing, and in noise; then sound without any speech."""
    rng = np.random.default_rng(2026)
    for language in LANGUAGES:
        for condition in ('clean', 'quiet', 'pink 20 dB', 'pink 10 dB', 'pink 5 dB', 'white 10 dB', 'over typing'):
            sound, spans = minute(language, rng)
            yield Recording(condition, mix(sound, condition, rng), spans)
    for kind in ('silence', 'white', 'pink', 'fan', 'typing', 'tones', 'music'):
        yield Recording(f'no speech: {kind}', noise(kind, MINUTE, rng), ())


def mix(sound: Sound, condition: str, rng: np.random.Generator) -> Sound:
    """Speech under a condition; decibels are speech to noise."""
    floor = noise('silence', len(sound), rng)
    if condition == 'clean':
        return sound + floor
    if condition == 'quiet':  # 20 dB quieter
        return sound / 10 + floor
    if condition == 'over typing':
        return sound + 0.5 * noise('typing', len(sound), rng)
    kind, decibels, _ = condition.split()
    return sound + noise(kind, len(sound), rng) * np.float32(0.08 / 0.05 * 10 ** (-float(decibels) / 20))
