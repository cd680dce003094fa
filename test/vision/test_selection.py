"""Which things matter."""

from __future__ import annotations

from collections import Counter

import pytest

from gemma_events.events import DetectedObject
from gemma_events.settings import check
from gemma_events.vision.selection import Selection, select

PERSON = DetectedObject('person', '', 0.6, 100, 50, 40, 80)


@pytest.mark.parametrize(
    'values, left_out',
    [
        ({}, ''),
        ({'labels': ('dog', 'person')}, ''),
        ({'labels': ('dog',)}, 'other labels'),
        ({'confidence': 0.6}, ''),
        ({'confidence': 0.7}, 'low confidence'),
        ({'region': '120,90,0,0'}, ''),
        ({'region': '121,0,500,500'}, 'outside the region'),
        ({'region': '0,0,500,89'}, 'outside the region'),
        ({'smallest': 40}, ''),
        ({'smallest': 41}, 'too small'),
        ({'largest': 80}, ''),
        ({'largest': 79}, 'too large'),
        ({'least_ratio': 0.5, 'greatest_ratio': 0.5}, ''),
        ({'least_ratio': 0.6}, 'of another ratio'),
        ({'greatest_ratio': 0.4}, 'of another ratio'),
    ],
)
def test_what_matters(values, left_out):
    counts = Counter()
    found = select([PERSON], check(Selection, values), counts)
    assert (found, counts) == (((PERSON,), {}) if not left_out else ((), {left_out: 1}))


def test_what_has_no_box_or_no_confidence_is_not_measured():
    wanted = Selection(confidence=0.9, region='0,0,1,1', smallest=500, least_ratio=2.0)
    assert select([DetectedObject('cup')], wanted, Counter()) == (DetectedObject('cup'),)
