from __future__ import annotations

import math

import pytest

from gemma_events.bridge.roles import UNLINKED, Found, Step, step

N, S, L = Found.NOTHING, Found.STALE, Found.SERVED


@pytest.mark.parametrize(
    ('role', 'steps'),
    [
        #          nothing     stale         served        the rest
        ('server', (Step.SERVE, Step.REPLACE, Step.WAIT, Step.WAIT)),
        ('client', (Step.WAIT, Step.WAIT, Step.CONNECT, Step.WAIT)),
        ('auto', (Step.SERVE, Step.REPLACE, Step.CONNECT, Step.WAIT)),
    ],
)
def test_what_each_role_does_about_what_it_finds(role, steps):
    assert tuple(step(role, found, math.inf) for found in (N, S, L)) == steps[:3]
    assert {step(role, found, math.inf) for found in Found if found not in (N, S, L)} == {steps[3]}


@pytest.mark.parametrize('role', ['server', 'auto'])
def test_a_path_just_lost_is_left_to_a_server_that_may_be_starting(role):
    assert step(role, N, UNLINKED / 2) is Step.WAIT
    assert step(role, N, UNLINKED) is Step.SERVE
    assert step(role, S, 0) is Step.REPLACE
