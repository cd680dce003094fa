from __future__ import annotations

import math

import pytest

from gemma_events.bridge.roles import LONGEST_PAUSE, LONGEST_PAUSE_AUTO, UNLINKED, Found, Pauses, Step, step

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


def test_pauses_double_up_to_the_longest():
    pauses = Pauses('client')
    assert [pauses.failed() for _ in range(6)] == [0.1, 0.2, 0.4, 0.8, 1.6, LONGEST_PAUSE]
    assert pauses.failed() == LONGEST_PAUSE


def test_after_a_connection_that_lasted_there_is_no_pause():
    pauses = Pauses('client')
    for _ in range(5):
        pauses.failed()
    assert pauses.lost(lasted=1.5) == 0
    assert pauses.failed() == 0.1


def test_a_server_that_closes_at_once_is_not_pestered():
    pauses = Pauses('client')
    assert [pauses.lost(lasted=0.01) for _ in range(3)] == [0.1, 0.2, 0.4]


def test_after_serving_pauses_start_anew():
    pauses = Pauses('server')
    for _ in range(5):
        pauses.failed()
    pauses.served()
    assert pauses.failed() == 0.1


def test_who_may_have_to_serve_never_pauses_for_long():
    pauses = Pauses('auto')
    assert [pauses.failed() for _ in range(4)] == [0.1, *3 * [LONGEST_PAUSE_AUTO]]
    assert pauses.lost(lasted=0.01) == LONGEST_PAUSE_AUTO
