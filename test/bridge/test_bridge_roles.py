from __future__ import annotations

import pytest

from gemma_events.bridge.roles import LONGEST_PAUSE, Found, Pauses, Step, step

N, S, L, B, D, F = Found.NOTHING, Found.STALE, Found.SERVED, Found.BUSY, Found.DENIED, Found.FOREIGN


@pytest.mark.parametrize(('role', 'steps'), [
    #          nothing     stale         served        the rest
    ('server', (Step.SERVE, Step.REPLACE, Step.WAIT, Step.WAIT)),
    ('client', (Step.WAIT, Step.WAIT, Step.CONNECT, Step.WAIT)),
    ('auto', (Step.SERVE, Step.REPLACE, Step.CONNECT, Step.WAIT)),
])
def test_what_each_role_does_about_what_it_finds(role, steps):
    assert (step(role, N), step(role, S), step(role, L)) == steps[:3]
    assert {step(role, found) for found in (B, D, F)} == {steps[3]}


def test_pauses_double_up_to_the_longest():
    pauses = Pauses()
    assert [pauses.failed() for _ in range(6)] == [0.1, 0.2, 0.4, 0.8, 1.6, LONGEST_PAUSE]
    assert pauses.failed() == LONGEST_PAUSE


def test_after_a_connection_that_lasted_there_is_no_pause():
    pauses = Pauses()
    for _ in range(5):
        pauses.failed()
    assert pauses.lost(lasted=1.5) == 0
    assert pauses.failed() == 0.1


def test_a_server_that_closes_at_once_is_not_pestered():
    pauses = Pauses()
    assert [pauses.lost(lasted=0.01) for _ in range(3)] == [0.1, 0.2, 0.4]
