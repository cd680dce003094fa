"""The programs that are connected to a path that the bridge serves, and those that stay out."""

from __future__ import annotations

import socket

from gemma_events.bridge import sockets
from gemma_events.bridge.metrics import Metrics
from gemma_events.bridge.peer import Peer
from gemma_events.bridge.settings import EndpointSettings
from gemma_events.log import ThrottledLog


class Clients:
    """The clients of an endpoint: `peers`, in the order in which they came."""

    def __init__(self, settings: EndpointSettings, metrics: Metrics, throttled_log: ThrottledLog) -> None:
        self.peers: list[Peer] = []
        self._settings, self._metrics, self._throttled_log = settings, metrics, throttled_log
        self._users = settings.user_ids()

    def apply(self, settings: EndpointSettings) -> None:
        """Use these settings from here on."""
        self._settings = settings
        for peer in self.peers:
            peer.apply(settings)

    def close(self) -> None:
        """Disconnect all."""
        for peer in list(self.peers):
            self.drop(peer)

    def drop(self, peer: Peer) -> None:
        """Disconnect one."""
        self.peers.remove(peer)
        peer.close()

    def admits(self, connection: socket.socket) -> bool:
        """Whether a program may become a client; if not, this is counted and logged."""
        refusal = self._refusal(connection)
        if refusal:
            self._metrics.count('clients_refused')
            self._throttled_log.warning('refused', f'refused a client: {refusal}')
        return not refusal

    def _refusal(self, connection: socket.socket) -> str:
        if len(self.peers) >= self._settings.max_clients:
            self._make_room()
        if len(self.peers) >= self._settings.max_clients:
            return f'there are {len(self.peers)} already (max_clients)'
        if self._users is not None and (user := sockets.peer_process(connection)[1]) not in self._users:
            return f'user {user} is not among allowed_users'
        return ''

    def _make_room(self) -> None:
        """From clients that have closed, read what they wrote; drop them where that is so much that it has to wait."""
        for peer in list(self.peers):
            if not peer.gone():
                continue
            peer.read_out()
            if peer in self.peers:
                self._metrics.count('clients_cut_short')
                self.drop(peer)

    def check(self, now: float) -> None:
        """Stop writing to clients that have stalled, or can no longer be written to; to be called now and then."""
        for peer in list(self.peers):
            if peer.writer.stalled(now):
                self._give_up(peer)
            elif peer.listening and peer.writer.broken:
                peer.stop_listening()

    def _give_up(self, peer: Peer) -> None:
        self._metrics.count('clients_stalled')
        if peer.writer.has_taken:
            self._throttled_log.warning('stalled', f'disconnected {peer.source}, which has stopped reading')
            self.drop(peer)
        else:  # perhaps it only ever writes, and has nothing to say at present
            self._throttled_log.warning('reads nothing', f'{peer.source} reads nothing: it gets no more events')
            peer.stop_listening()
            peer.writer.finish()
