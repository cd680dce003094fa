from __future__ import annotations

from gemma_events.bridge.acks import AckGate
from gemma_events.bridge.limits import BURST, TokenBucket


def test_a_burst_is_free_then_it_costs_time():
    bucket = TokenBucket(100, now=0.0)
    assert bucket.spend(100 * BURST, now=0.0) == 0.0
    assert bucket.spend(50, now=0.0) == 0.5
    assert bucket.spend(0, now=0.5) == 0.0


def test_what_is_not_used_is_not_saved_up():
    bucket = TokenBucket(10, now=0.0)
    assert bucket.spend(10 * BURST, now=1000.0) == 0.0
    assert bucket.spend(10, now=1000.0) == 1.0


class Face:
    acks = 0


def test_the_gate_opens_with_the_ack():
    face = Face()
    gate = AckGate(lambda: face.acks)
    assert gate.open(0.0, timeout=2.0)
    gate.sent(0.0)
    assert not gate.open(1.9, timeout=2.0)
    face.acks += 1
    assert gate.open(1.9, timeout=2.0)
    assert gate.sent(1.9), 'it had its ack'


def test_the_gate_opens_when_no_ack_comes():
    gate = AckGate(lambda: 0)
    gate.sent(0.0)
    assert not gate.open(1.9, timeout=2.0)
    assert gate.open(2.0, timeout=2.0)
    assert not gate.sent(2.0), 'it had no ack'
    assert not gate.open(3.9, timeout=2.0)


def test_more_acks_than_events_open_it_once():
    face = Face()
    gate = AckGate(lambda: face.acks)
    gate.sent(0.0)
    face.acks = 3
    assert gate.open(0.1, timeout=2.0)
    gate.sent(0.1)
    assert not gate.open(0.2, timeout=2.0)
