from __future__ import annotations

from gemma_events.backoff import Backoff


def test_pauses_double_up_to_a_bound_and_start_anew_after_a_success():
    backoff = Backoff(0.5, 3.0)
    assert [backoff.failed() for _ in range(5)] == [0.5, 1.0, 2.0, 3.0, 3.0]
    backoff.succeeded()
    assert backoff.failed() == 0.5
