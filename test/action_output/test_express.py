"""Which face comes back after one for a time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemma_events.action_output.limbs.arguments import LONGEST, seconds
from gemma_events.action_output.limbs.express import NEUTRAL, Faces

ASKED, FOR_A_TIME, OTHERS = range(3)


@pytest.mark.parametrize(
    ('steps', 'returns'),
    [
        ([], ''),
        ([(ASKED, 'happy')], ''),
        ([(FOR_A_TIME, 'happy')], NEUTRAL),
        ([(ASKED, 'sad'), (FOR_A_TIME, 'happy')], 'sad'),
        ([(OTHERS, 'sad'), (FOR_A_TIME, 'happy')], 'sad'),
        ([(ASKED, 'sad'), (FOR_A_TIME, 'happy'), (FOR_A_TIME, 'angry')], 'sad'),
        ([(FOR_A_TIME, 'happy'), (ASKED, 'sad')], ''),
        ([(FOR_A_TIME, 'happy'), (OTHERS, 'sad')], ''),
        ([(FOR_A_TIME, 'happy'), (OTHERS, 'happy')], ''),  # who wants it to stay
        ([(FOR_A_TIME, 'happy'), (OTHERS, '')], NEUTRAL),  # who only moved its mouth
    ],
)
def test_what_comes_back(steps, returns):
    faces = after(steps)
    assert faces.over() == returns
    assert faces.over() == ''


@given(st.lists(st.tuples(st.sampled_from((ASKED, FOR_A_TIME, OTHERS)), st.sampled_from(['a', 'b']))))
def test_what_was_asked_for_until_further_notice_is_what_comes_back(steps):
    lasting = [expression for kind, expression in steps if kind != FOR_A_TIME]
    returns = lasting[-1] if lasting else NEUTRAL
    assert after(steps).over() == (returns if steps and steps[-1][0] == FOR_A_TIME else '')


def after(steps):
    faces = Faces()
    for kind, expression in steps:
        if kind == OTHERS:
            faces.see(expression)
        else:
            faces.ask(expression, for_a_time=kind == FOR_A_TIME)
    return faces


@pytest.mark.parametrize('given_', [0, 2.5, '2.5', ' 1 ', LONGEST])
def test_a_time(given_):
    assert seconds(given_) == float(given_)


@pytest.mark.parametrize(
    'given_', ['', 'long', None, True, [], {}, -1, LONGEST + 1, float('nan'), float('inf'), 'nan', 10**400, '-inf']
)
def test_no_time(given_):
    with pytest.raises(ValueError, match='takes a number from 0 to 3600') as failure:
        seconds(given_)
    assert len(str(failure.value)) < 200
