"""What the tests of all synthesisers share: sentences, and programs that misbehave."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from gemma_events.action_output.speech.sentences import Sentence, sentences
from gemma_events.action_output.speech.settings import SpeechSettings
from gemma_events.action_output.speech.synthesis import delivery
from harness import wait_for

NEVER = threading.Event()
# Each a shell script, and what is said about it.
BROKEN = [
    ('cat >/dev/null; echo broken >&2; exit 3', 'broken'),
    ('exit 3', 'exit status 3'),
    ('kill -9 $$', 'signal 9'),
    ('printf "\\033[31mred\\r\\nmore" >&2; exit 1', '[31mred'),
]
GARBAGE = ['echo x', 'printf RIFFxxxxWAVE', 'printf "RIFF\\0\\0\\0\\0WAVEdata\\0\\0\\0\\0"', 'head -c 1001 /dev/zero']
HANGING = ['exec sleep 60', 'sleep 60 & exec sleep 61', 'trap "" TERM INT HUP; while :; do sleep 1; done']


def as_sentence(text):
    return Sentence(text, sentences('word')[0].words)


def say(made, text, cancelled=NEVER, settings=None, **arguments):
    chosen = delivery(settings or SpeechSettings(), arguments)
    (sentence,) = sentences(text, chosen.language) or [as_sentence(text)]
    return made.synthesise(sentence, chosen, cancelled)


def seconds(sound):
    return len(sound.samples) / sound.rate


@dataclass
class Program:
    """A shell script in place of a program, that tells its own number and those of its children."""

    path: Path

    def write(self, script):
        self.path.write_text(
            f'#!/bin/sh\necho $$ > {self.path}.pid.new; mv {self.path}.pid.new {self.path}.pid\n{script}\n'
        )
        self.path.chmod(0o755)
        return self

    def wait_until_started(self):
        pid = Path(f'{self.path}.pid')
        return int(wait_for(lambda: pid.exists() and pid.read_text().strip(), 'the program'))

    @property
    def members(self):
        """What still runs of its process group."""
        group = self.wait_until_started()
        found = []
        for status in Path('/proc').glob('[0-9]*/stat'):
            try:
                fields = status.read_text().rpartition(')')[2].split()
            except OSError:
                continue
            if int(fields[2]) == group and fields[0] != 'Z':
                found.append(status.parent.name)
        return found
