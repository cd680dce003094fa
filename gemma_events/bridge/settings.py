"""What can be set of the bridge and of each of its endpoints, and the six endpoints that there are by default."""

from __future__ import annotations

import grp
import pwd
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gemma_events.bridge.wire import FORMATS, LEGACY_LIMIT, PENDING_LIMIT
from gemma_events.bridge.wire.codec import SHORTEST_LIMIT
from gemma_events.errors import ConfigurationError
from gemma_events.settings import setting

BOTH, TO_SOCKET, TO_TOPIC = 'both', 'to_socket', 'to_topic'
SERVER, CLIENT, AUTO, OFF = 'server', 'client', 'auto', 'off'
ANYBODY = '*'

LEGACY: dict[str, dict[str, Any]] = {
    'main_event': {'path': './sockets/tau_hearing_socket', 'format': 'speech'},
    'vision': {'path': './sockets/vision_socket', 'format': 'vision'},
    'face_expression': {'path': './uds_socket', 'format': 'face'},
    'gstreamer': {'path': '/tmp/gst_detection.sock', 'format': 'detections'},
    'text_input': {'path': './sockets/text_input_socket', 'format': 'text'},
    'action_output': {'path': './sockets/action_output_socket', 'format': 'action'},
}
NAME = re.compile('[a-z][a-z0-9_]*')


@dataclass(frozen=True)
class BridgeSettings:
    """Parameters of the bridge itself."""

    socket_root: str = setting(
        '', 'folder that relative socket paths start from; empty: the one the bridge is started in'
    )
    endpoints: tuple[str, ...] = setting(
        tuple(LEGACY), 'names of the endpoints; each has the parameters <name>.path, <name>.format and so on'
    )

    def __post_init__(self) -> None:
        for name in self.endpoints:
            if not NAME.fullmatch(name):
                raise ConfigurationError(f'endpoints has {name!r}: a name is of small letters, digits and _')
        if len(set(self.endpoints)) < len(self.endpoints):
            raise ConfigurationError('endpoints names one endpoint twice: take another name for it')

    def resolve(self, path: str) -> Path:
        """A socket path as it is used: absolute. Raises ConfigurationError where there is no such place."""
        below = _expand('path', path)
        try:
            return below if below.is_absolute() else _expand('socket_root', self.socket_root).absolute() / below
        except FileNotFoundError:
            raise ConfigurationError(
                f'{path} starts from the working directory, which was deleted: set socket_root to a folder that exists'
            ) from None


def _expand(name: str, path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise ConfigurationError(
            f'{name} is {path!r}: there is no such user here: take a path that begins with /'
        ) from None


@dataclass(frozen=True)
class EndpointSettings:
    """Parameters of one endpoint, `<name>.` before each."""

    path: str = setting('', 'the Unix socket')
    format: str = setting('', 'how events look on the socket', choices=tuple(FORMATS))
    topic: str = setting('', 'the topic that the socket is connected to')
    role: str = setting(
        AUTO,
        'who binds the path: the bridge, another program, whoever comes first, or nobody',
        choices=(SERVER, CLIENT, AUTO, OFF),
    )
    direction: str = setting(BOTH, 'which way events go', choices=(BOTH, TO_SOCKET, TO_TOPIC))
    pacing: bool = setting(
        True,
        'write an event only when the one before has been read, for programs that take each receive for one event',
        live=True,
    )
    message_limit: int = setting(
        LEGACY_LIMIT,
        'longer events are shortened on the socket',
        unit='bytes',
        low=SHORTEST_LIMIT,
        high=PENDING_LIMIT,
        live=True,
    )
    queue_limit: int = setting(256, 'how many events wait for a client that lags behind', low=1, high=10_000, live=True)
    backlog_age_ms: int = setting(
        10_000,
        'as a client: how long events are kept for a server that is away',
        unit='ms',
        low=0,
        high=3_600_000,
        live=True,
    )
    stall_timeout_ms: int = setting(
        30_000,
        'a client that takes nothing for this long while its queue is full is disconnected',
        unit='ms',
        low=100,
        high=3_600_000,
        live=True,
    )
    ack_timeout_ms: int = setting(
        2_000,
        'face format: how long to wait for an ack before the next event',
        unit='ms',
        low=1,
        high=60_000,
        live=True,
    )
    state_for_newcomers: bool = setting(
        True,
        'whether a client that connects gets the last visible objects; face format: whether clients that do not write '
        'get events, the last face expression first',
        live=True,
    )
    mode: str = setting('0660', 'permissions of the socket file, octal')
    group: str = setting('', 'group of the socket file; empty: the default one')
    allowed_users: tuple[str, ...] = setting(
        (ANYBODY,), f'names or numbers of the users whose programs may connect; {ANYBODY}: all'
    )
    max_clients: int = setting(64, 'how many clients may be connected at a time', low=1, high=1024, live=True)
    max_bytes_per_s: int = setting(
        1_000_000,
        'how much is read from one client, on average; the rest waits',
        unit='bytes/s',
        low=1_000,
        high=1_000_000_000,
        live=True,
    )
    max_events_per_s: int = setting(
        5_000,
        'how much is read from one client, on average; the rest waits',
        unit='events/s',
        low=1,
        high=1_000_000,
        live=True,
    )

    def __post_init__(self) -> None:
        if not re.fullmatch('[0-7]{3,4}', self.mode):
            raise ConfigurationError(f'mode is {self.mode!r}: it takes octal permissions such as 0660')

    def mode_bits(self) -> int:
        """The mode as a number."""
        return int(self.mode, 8)

    def group_id(self) -> int | None:
        """The group's number, None for the default one. Raises ConfigurationError for a group that does not exist."""
        if not self.group:
            return None
        try:
            return int(self.group) if self.group.isdecimal() else grp.getgrnam(self.group).gr_gid
        except KeyError:
            raise ConfigurationError(f'group is {self.group!r}: there is no such group') from None

    def user_ids(self) -> frozenset[int] | None:
        """Who may connect, None for everybody. Raises ConfigurationError for a user that does not exist."""
        if ANYBODY in self.allowed_users:
            return None
        return frozenset(map(_user_id, self.allowed_users))


def _user_id(user: str) -> int:
    try:
        return int(user) if user.isdecimal() else pwd.getpwnam(user).pw_uid
    except KeyError:
        raise ConfigurationError(f'allowed_users has {user!r}: there is no such user') from None


def defaults_of(name: str, wire_format: str) -> dict[str, Any]:
    """The defaults in which an endpoint differs from EndpointSettings: by its name, or else by its format."""
    defaults = {'topic': '', 'pacing': True, 'state_for_newcomers': True, **LEGACY.get(name, {})}
    if wire := FORMATS.get(wire_format or defaults.get('format', '')):
        defaults |= {
            'topic': wire.topic,
            'pacing': not wire.delimited,
            'state_for_newcomers': not wire.answers,  # where clients take whatever they read for an answer
        }
    return defaults
