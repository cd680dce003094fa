"""Sight: detections to events, how fast and how well, beside the bare detector and a well-known tracker."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import lap
import numpy as np

from bench.figures import FOLDER, Figure, percentile
from bench.walkers import Box, Picture, film, overlap
from gemma_events.events import SECOND, DetectedObject, VisionEvent
from gemma_events.vision.scene import Detections, Scene
from gemma_events.vision.settings import VisionSettings

RATES = (30.0, 10.0)  # Hz
SEEDS = range(3)
SECONDS = 120.0
PEOPLE = 0.5  # that come in a second
OTHER = 'trackers==2.6.1'
SAME = 0.5  # intersection over union of a box and the truth
WINDOW, APPEAR, DISAPPEAR = 30, 0.6, 0.3  # the legacy pipeline's rule, by label
T0 = 1_700_000_000 * SECOND

Told = list[list[tuple[int, Box]]]  # of each picture, the ids and boxes


def figures() -> Iterator[Figure]:
    """Microseconds; accuracy."""
    yield from speed(20)
    other = other_tracker()
    for rate in RATES:
        films = [list(film(SECONDS, rate, PEOPLE, seed)) for seed in SEEDS]
        appearances = sum(len({number for each in pictures for number in each.people}) for pictures in films)
        ours = [follow(pictures) for pictures in films]
        theirs = [run_other(other, pictures, rate) for pictures in films]
        for name, told, appeared in (
            ('ours', [told for told, _ in ours], sum(count for _, count in ours)),
            ('ByteTrack', theirs, sum(len({number for each in told for number, _ in each}) for told in theirs)),
        ):
            scores = [score(pictures, each) for pictures, each in zip(films, told, strict=True)]
            truth = sum(each['boxes'] for each in scores)
            wrong = sum(each['missed'] + each['false'] + each['switches'] for each in scores)
            yield Figure(f'walkers, {rate:g} Hz: MOTA, {name}', 100 * (1 - wrong / truth), '%')
            switches = sum(each['switches'] for each in scores)
            yield Figure(f'walkers, {rate:g} Hz: id switches, {name}', switches, '')
            yield Figure(f'walkers, {rate:g} Hz: new ids for each who came, {name}', appeared / appearances, '')
        events = sum(plain_events(pictures) for pictures in films)
        yield Figure(f'walkers, {rate:g} Hz: events for each who came, bare detector', events / appearances, '')


def speed(count: int) -> Iterator[Figure]:
    """From detections to events."""
    chance = np.random.default_rng(1)
    starts, speeds = chance.uniform(0, 1500, (count, 2)), chance.normal(0, 30, (count, 2))
    scene, settings, took = Scene(), VisionSettings(), []
    for number in range(1500):
        places = starts + speeds * number / 30 + chance.normal(0, 1, (count, 2))
        objects = tuple(DetectedObject('person', '', 0.9, x, y, 40.0, 80.0) for x, y in places.tolist())
        detections = Detections(objects, T0 + number * SECOND // 30)
        begin = time.perf_counter()
        scene.see(detections, settings)
        took.append(1e6 * (time.perf_counter() - begin))
    yield Figure(f'a picture of {count} to events: median', percentile(took, 0.5), 'us', at_most=200)
    yield Figure(f'a picture of {count} to events: p95', percentile(took, 0.95), 'us')


def follow(pictures: Sequence[Picture]) -> tuple[Told, int]:
    """What is there in each picture, of what is seen in it, and how often something appeared."""
    # Trackers tell of who is new after two pictures: three is the least here.
    scene, settings, told, appeared = Scene(), VisionSettings(appear_after_s=0.0), [], 0
    for each in pictures:
        objects = tuple(DetectedObject('person', '', confidence, *box) for box, confidence in each.detected)
        for event in scene.see(Detections(objects, T0 + round(each.seconds * SECOND)), settings):
            appeared += len(event.objects) if event.event_type == VisionEvent.OBJECT_APPEARED else 0
        boxes = {box for box, _ in each.detected}
        there = [(int(item.id), (item.x, item.y, item.width, item.height)) for item in scene.visible]
        told.append([(number, box) for number, box in there if box in boxes])
    return told, appeared


def other_tracker() -> Path:
    """Its Python, in an environment that is made once."""
    folder = FOLDER / 'trackers'
    python = folder / 'bin' / 'python'
    if not python.exists():
        subprocess.run([sys.executable, '-m', 'venv', folder], check=True)
        subprocess.run([python, '-m', 'pip', 'install', '--quiet', OTHER], check=True, capture_output=True)
    return python


def run_other(python: Path, pictures: Sequence[Picture], rate: float) -> Told:
    """The other tracker's."""
    script = Path(__file__).with_name('other_tracker.py')
    lines = '\n'.join(json.dumps(each.detected) for each in pictures)
    done = subprocess.run(
        [python, '-W', 'ignore', script, str(rate)], input=lines, capture_output=True, check=True, text=True
    )
    return [[(number, tuple(box)) for number, box in json.loads(line)] for line in done.stdout.splitlines()]


def score(pictures: Sequence[Picture], told: Told) -> dict[str, int]:
    """Of CLEAR MOT (Bernardin and Stiefelhagen 2008): who was followed in the last picture is looked for first."""
    counts: dict[str, int] = defaultdict(int)
    known: dict[int, int] = {}  # person: id
    for each, found in zip(pictures, told, strict=True):
        pairs = match(each.people, dict(found), known)
        counts['boxes'] += len(each.people)
        counts['missed'] += len(each.people) - len(pairs)
        counts['false'] += len(found) - len(pairs)
        counts['switches'] += sum(known.get(person, number) != number for person, number in pairs.items())
        known |= pairs
    return counts


def match(people: dict[int, Box], found: dict[int, Box], known: dict[int, int]) -> dict[int, int]:
    """Which id is whose."""
    pairs = {
        person: known[person]
        for person, box in people.items()
        if known.get(person) in found and overlap(box, found[known[person]]) >= SAME
    }
    persons = [person for person in people if person not in pairs]
    numbers = [number for number in found if number not in pairs.values()]
    if not persons or not numbers:
        return pairs
    costs = np.array([[1 - overlap(people[person], found[number]) for number in numbers] for person in persons])
    _, columns, _ = lap.lapjv(np.where(costs <= 1 - SAME, costs, 1e6), extend_cost=True, cost_limit=1e5)
    return pairs | {person: numbers[column] for person, column in zip(persons, columns, strict=True) if column >= 0}


def plain_events(pictures: Sequence[Picture]) -> int:
    """How often a label appears or disappears by the legacy rule, to whoever counts people with it."""
    window: list[bool] = []
    there, events = False, 0
    for each in pictures:
        window = [*window, bool(each.detected)][-WINDOW:]
        share = sum(window) / len(window)
        if there != (share >= (DISAPPEAR if there else APPEAR)):
            there, events = not there, events + 1
    return events
