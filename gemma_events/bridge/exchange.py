"""A topic and the sockets that are joined with it: what comes in on one goes out on all others."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Generic, Protocol

from gemma_events.bridge.endpoint import Context, Endpoint
from gemma_events.bridge.peer import Peer
from gemma_events.bridge.reactor import Inbox
from gemma_events.bridge.settings import EndpointSettings
from gemma_events.bridge.wire.codec import EventT
from gemma_events.events import EVENT_TYPES, recognised
from gemma_events.log import ThrottledLog

INBOX_LIMIT = 1000  # messages of a topic that the sockets have not got to; as many as its subscription holds
QUOTED = 80  # characters of what is quoted in the log


class Topic(Protocol[EventT]):
    """What a topic is to its exchange."""

    def publish(self, event: EventT) -> None:
        """Publish an event that a program wrote."""

    def event(self, message: bytes) -> EventT:
        """The event of a message that another node published. Raises all kinds of exceptions for other bytes."""


class Exchange(Generic[EventT]):
    """Hands on each event once: from the topic to all peers, from a peer to the topic and to all other peers.

    Other peers get an event at once, not through the topic: they need not wait for DDS, and neither does it come
    twice. As one thread does it all, events have one order on all sockets, the states that newcomers get included.

    `name` is the topic's; `graph` says also where it is known: of two bridges on one path with the same graph, only
    one passes events.
    """

    def __init__(self, name: str, topic: Topic[EventT], graph: bytes, context: Context) -> None:
        self.endpoints: tuple[Endpoint[EventT], ...] = ()
        self.inbox = Inbox[bytes](INBOX_LIMIT, self._from_topic, context.reactor)  # for the messages of others
        self._name, self._topic, self._graph, self._context = name, topic, graph, context
        self._throttled_log = ThrottledLog(context.log)
        self._counts: Counter[str] = Counter()
        self._learnt: EventT | None = None

    def add(self, name: str, settings: EndpointSettings, path: Path) -> Endpoint[EventT]:
        """Join an endpoint, which is to be opened then. Raises ConfigurationError for a group or user that does not
        exist.
        """
        first = not self.endpoints
        endpoint = Endpoint(name, settings, path, self._graph, self._from_peer, self._context, first=first)
        if self._learnt:
            endpoint.learn(self._learnt)
        self.endpoints = (*self.endpoints, endpoint)  # not in place: the reactor may go through it just now
        return endpoint

    def learn(self, message: bytes) -> None:
        """Take a message with a state that is not an event: see Endpoint.learn."""
        if event := self._read(message):
            self._learnt = event
            for endpoint in self.endpoints:
                endpoint.learn(event)

    def values(self) -> dict[str, int]:
        """What was not passed on, by cause; from any thread."""
        dropped = {'dropped_inbox_full': self.inbox.dropped} if self.inbox.dropped else {}
        return {**dropped, **self._counts.copy()}

    def _from_topic(self, message: bytes) -> None:
        if event := self._read(message):
            self._deliver(event, None)

    def _from_peer(self, event: EventT, origin: Peer) -> None:
        self._deliver(event, origin)
        self._topic.publish(event)

    def _deliver(self, event: EventT, origin: Peer | None) -> None:
        now = time.monotonic()
        for endpoint in self.endpoints:
            try:
                endpoint.deliver(event, now, origin)
            except Exception as error:  # the others get it all the same
                self._context.reactor.report_fault(error)

    def _read(self, message: bytes) -> EventT | None:
        """The event of a message; None, counted and logged, where nobody can say what it means."""
        try:
            event = self._topic.event(message)
        except Exception as error:
            self._refuse('unreadable', f'a message cannot be read: {error!r}')
            return None
        if known := recognised(event):
            return known
        self._refuse(
            'unknown_event_type',
            f'an event of {event.source[:QUOTED] or "somebody"} has the event_type {event.event_type[:QUOTED]!r}, '
            f'and is not passed on: it takes {", ".join(EVENT_TYPES[type(event)])}',
        )
        return None

    def _refuse(self, count: str, line: str) -> None:
        self._counts[count] += 1
        self._throttled_log.warning(count, f'{self._name}: {line}')
