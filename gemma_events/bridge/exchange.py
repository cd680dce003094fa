"""A topic and the sockets that are joined with it: what comes in on one goes out on all others."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Generic, Protocol

from gemma_events.bridge.endpoint import Context, Endpoint
from gemma_events.bridge.peer import Peer
from gemma_events.bridge.reactor import Inbox
from gemma_events.bridge.settings import EndpointSettings
from gemma_events.bridge.wire.codec import EventT

INBOX_LIMIT = 1000  # messages of a topic that the sockets have not got to; as many as its subscription holds


class Topic(Protocol[EventT]):
    """What a topic is to its exchange."""

    def publish(self, event: EventT) -> None:
        """Publish an event that a program wrote."""

    def event(self, message: bytes) -> EventT:
        """The event of a message that another node published."""


class Exchange(Generic[EventT]):
    """Hands on each event once: from the topic to all peers, from a peer to the topic and to all other peers.

    Other peers get an event at once, not through the topic: they need not wait for DDS, and neither does it come
    twice. As one thread does it all, events have one order on all sockets, the states that newcomers get included.

    `endpoints` are their names, settings and paths; `graph` names the topic and where it is known: of two bridges on
    one path with the same graph, only one passes events.
    """

    def __init__(
        self,
        topic: Topic[EventT],
        graph: bytes,
        endpoints: Iterable[tuple[str, EndpointSettings, Path]],
        context: Context,
    ) -> None:
        self._topic = topic
        self.inbox = Inbox[bytes](INBOX_LIMIT, self._from_topic, context.reactor)  # for the messages of others
        self.endpoints = tuple(
            Endpoint(name, settings, path, graph, self._from_peer, context, first=number == 0)
            for number, (name, settings, path) in enumerate(endpoints)
        )

    def _from_topic(self, message: bytes) -> None:
        self._deliver(self._topic.event(message), None)

    def _from_peer(self, event: EventT, origin: Peer) -> None:
        self._deliver(event, origin)
        self._topic.publish(event)

    def _deliver(self, event: EventT, origin: Peer | None) -> None:
        now = time.monotonic()
        for endpoint in self.endpoints:
            endpoint.deliver(event, now, origin)
