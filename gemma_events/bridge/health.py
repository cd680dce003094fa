"""What makes a bridge useless, in whole or in part, and what to do about it. Pure: time, in seconds, is an argument."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from gemma_events.bridge.metrics import Status
from gemma_events.health import LATELY

# What is told of a count that has risen lately, by its name. `{of}` is the endpoint or topic, `{count}` all so far.
CONDITIONS = {
    # of an endpoint
    'dropped_queue_full': '{of} lost {count} events that a program was too slow for: raise {of}.queue_limit, or set '
    '{of}.direction to to_topic where programs only write',
    'dropped_backlog_full': '{of} lost {count} events for a server that was away: raise {of}.queue_limit',
    'dropped_too_old': '{of} lost {count} events for a server that was away: start it, or raise {of}.backlog_age_ms',
    'clients_stalled': '{of} gave up {count} clients that read nothing: let them read, or raise {of}.stall_timeout_ms; '
    'nothing is wrong where they only write',
    'clients_refused': '{of} refused {count} clients: raise {of}.max_clients, or add their user to {of}.allowed_users',
    'clients_not_accepted': '{of} cannot let clients in, {count} times: raise the limit of open files (ulimit -n)',
    'clients_cut_short': '{of} lost what {count} clients wrote that have left: raise {of}.max_clients or '
    '{of}.max_events_per_s',
    'throttled': '{of} reads more slowly than programs write, {count} times: raise {of}.max_events_per_s and '
    '{of}.max_bytes_per_s',
    'unrecognised': '{of} did not understand {count} messages: the topic unrecognised has them; does {of}.format fit?',
    'acks_missing': '{of} got no ack for {count} events: is the program at its path alive? If it is slow, raise '
    '{of}.ack_timeout_ms',
    # of a topic
    'dropped_inbox_full': '{of} lost {count} messages that came faster than they can be written: publish fewer',
    'unreadable': '{of} has {count} messages that cannot be read: is its publisher of the same version?',
    'unknown_event_type': 'events of unknown event_type on {of} are not passed on ({count} so far): the log says whose',
    # of the bridge
    'faults': '{count} faults in gemma_events: please report what the log says',
}


class Recent:
    """Which counts have risen within the last LATELY seconds."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._risen: dict[str, float] = {}

    def update(self, counts: Mapping[str, int], now: float) -> dict[str, int]:
        """Those counts, by name, to be called once a second or so with all of them."""
        for name, count in counts.items():
            if count > self._counts.get(name, 0):
                self._risen[name] = now
        self._counts = dict(counts)
        self._risen = {name: at for name, at in self._risen.items() if now - at < LATELY}
        return {name: count for name, count in counts.items() if name in self._risen}


@dataclass(frozen=True)
class Judgement:
    """What does not work, and what works less well than it could: lines for the user. Both empty: all is well."""

    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def judge(broken: Mapping[str, str], statuses: Mapping[str, Status], recent: Mapping[str, int]) -> Judgement:
    """Judge the endpoints whose parameters are `broken`, the `statuses` of the others, both by name, and the counts
    that have risen lately, by `<endpoint or topic>.<name>`.
    """
    errors = {**broken, **{name: status.obstacle for name, status in statuses.items() if status.obstacle}}
    warnings = []
    if waiting := [name for name, status in statuses.items() if not status.connected and not status.obstacle]:
        warnings.append(f'no connection: {", ".join(waiting)}')
    for name, status in statuses.items():
        if status.stuck:
            warnings.append(
                f'{name} has {status.stuck} peers that take no events: is the program alive? If it only writes, set '
                f'{name}.direction to to_topic'
            )
    for key, count in recent.items():
        of, _, condition = key.rpartition('.')
        if condition in CONDITIONS:
            warnings.append(CONDITIONS[condition].format(of=of, count=count))
    return Judgement(told_together(errors), tuple(warnings))


def told_together(lines: Mapping[str, str]) -> tuple[str, ...]:
    """Lines about endpoints, by name; of those that are the same one only, for all of them."""
    names: dict[str, list[str]] = {}
    for name, line in lines.items():
        names.setdefault(line, []).append(name)
    return tuple(f'endpoint{"s" * (len(of) > 1)} {", ".join(of)}: {line}' for line, of in names.items())


def counts_of(values: Mapping[str, object], of: Collection[str] = CONDITIONS.keys()) -> dict[str, int]:
    """Those of the figures that are about conditions."""
    return {key: value for key, value in values.items() if isinstance(value, int) and key.rpartition('.')[2] in of}
