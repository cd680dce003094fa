"""The command line of `wire`: read a socket, send an event, play a legacy program."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import socket
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from gemma_events.bridge.command import lines
from gemma_events.bridge.command.connections import Connections, receive
from gemma_events.bridge.command.legacy_programs import Crashed
from gemma_events.bridge.command.play import PROGRAMS, Habits, play
from gemma_events.bridge.settings import LEGACY
from gemma_events.bridge.wire import FORMATS, LEGACY_LIMIT, PENDING_LIMIT, Decoder, Format
from gemma_events.bridge.wire.codec import SHORTEST_LIMIT
from gemma_events.errors import ConfigurationError, GemmaError
from gemma_events.events import Event

CHUNK = 64 * 1024  # bytes read at a time

EXAMPLES = """examples:
  wire read main_event                                   what the server of ./sockets/tau_hearing_socket writes
  wire read --serve vision                               be that server, see what its clients write
  wire read --format face recorded.bin                   a file; - is standard input
  wire send main_event transcript transcript="turn on the light"
  wire send --dry-run vision object_detected objects=person,cup
  wire play face_window                                  a legacy program; --pace, --count, --size set its habits

An endpoint is one of these, or any path together with --format:
""" + ''.join(f'  {name:<16} {defaults["path"]:<32} {defaults["format"]}\n' for name, defaults in LEGACY.items())


def main(arguments: list[str] | None = None) -> int:
    """Run the command; its exit status."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))  # so that no socket file is left behind
    try:
        options.run(options)
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:  # whoever reads the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Crashed as crash:
        print(f'wire: the legacy program ends here: {crash}', file=sys.stderr)
        return 3
    except (GemmaError, OSError) as error:
        print(f'wire: {error}', file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        '--root',
        type=Path,
        default=Path(),
        metavar='FOLDER',
        help='where the relative paths of the endpoints start (default: here)',
    )
    endpoint = argparse.ArgumentParser(add_help=False, parents=[common])
    endpoint.add_argument('endpoint', help='main_event, vision, ..., or a path')
    endpoint.add_argument('--format', choices=FORMATS, help='how events look at a path')
    endpoint.add_argument('--serve', action='store_true', help='bind the path, instead of connecting to it')
    parser = argparse.ArgumentParser(
        'wire',
        description="Try a robot's wiring by hand. Needs no ROS.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar='COMMAND')

    read = commands.add_parser('read', parents=[endpoint], help='show what comes in, decoded, one line per event')
    read.set_defaults(run=_read)

    send = commands.add_parser(
        'send',
        parents=[endpoint],
        help='send an event',
        epilog=_send_examples(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    send.add_argument('event_type', help='transcript, object_detected, ...')
    send.add_argument('fields', nargs='*', metavar='FIELD=VALUE', help='times are in seconds; stamp is now by default')
    send.add_argument('--limit', type=_limit, metavar='BYTES', help='shorten the event to this')
    send.add_argument('--dry-run', action='store_true', help='only write it to standard output')
    send.set_defaults(run=_send)

    player = commands.add_parser(
        'play',
        parents=[common],
        help='behave as a legacy program',
        epilog=_program_list(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    player.add_argument('program', choices=PROGRAMS, metavar='PROGRAM', help='see below')
    player.add_argument('path', nargs='?', help='another path than its usual one')
    player.add_argument(
        '--pace', type=_seconds, default=1.0, metavar='SECONDS', help='of work on each message (default: 1)'
    )
    player.add_argument(
        '--count', type=_count, default=0, metavar='N', help='end after so many messages (default: never)'
    )
    player.add_argument(
        '--size',
        type=_count,
        default=LEGACY_LIMIT,
        metavar='BYTES',
        help=f'that it takes in one receive (default: {LEGACY_LIMIT})',
    )
    player.set_defaults(run=_play)
    return parser


def _send_examples() -> str:
    endpoints = {defaults['format']: name for name, defaults in LEGACY.items()}
    return 'examples:\n' + ''.join(
        f'  wire send {endpoints.get(name, f"--format {name} PATH")} {form.example}\n' for name, form in FORMATS.items()
    )


def _program_list() -> str:
    return 'legacy programs:\n' + ''.join(
        f'  {name:<20} {"serves" if program.server else "connects to"} {program.endpoint}: {program.text}\n'
        for name, program in PROGRAMS.items()
    )


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 3600:
        raise argparse.ArgumentTypeError('it takes 0 to 3600 seconds')
    return value


def _count(text: str) -> int:
    value = int(text)
    if not 0 < value <= 2**30:
        raise argparse.ArgumentTypeError('it takes 1 or more')
    return value


def _limit(text: str) -> int:
    value = int(text)
    if not SHORTEST_LIMIT <= value <= PENDING_LIMIT:
        raise argparse.ArgumentTypeError(f'it takes {SHORTEST_LIMIT} to {PENDING_LIMIT} bytes')
    return value


def _print(line: str) -> None:
    encoding = sys.stdout.encoding or 'utf-8'  # which may not have all that a socket can carry
    sys.stdout.write(line.encode(encoding, 'backslashreplace').decode(encoding) + '\n')
    sys.stdout.flush()


def _resolve(options: argparse.Namespace) -> tuple[Path, Format[Any]]:
    """The path and the format of what the user named."""
    known = LEGACY.get(options.endpoint, {})
    name = options.format or known.get('format')
    if name is None:
        raise ConfigurationError(f'{options.endpoint} is not one of {", ".join(LEGACY)}: for a path, say --format')
    return (options.root / known['path'] if known else Path(options.endpoint)), FORMATS[name]


# --- read -------------------------------------------------------------------------------------------------------


def _read(options: argparse.Namespace) -> None:
    path, form = _resolve(options)
    if not options.serve and (str(path) == '-' or _is_file(path)):
        _read_file(path, form)
        return
    with Connections(path, serve=options.serve) as connections:
        _print(f'# {"serving" if options.serve else "connected to"} {path}')
        _read_connections(connections, form, options.serve)


def _is_file(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return not stat.S_ISSOCK(path.stat().st_mode)
    return False


def _read_file(path: Path, form: Format[Any]) -> None:
    decoder = form.decoder(PENDING_LIMIT)
    with contextlib.ExitStack() as stack:
        file = sys.stdin.buffer if str(path) == '-' else stack.enter_context(path.open('rb'))
        while data := file.read(CHUNK):
            _show(decoder.feed(data))
    _show(decoder.flush(closed=True))


def _read_connections(connections: Connections, form: Format[Any], serve: bool) -> None:
    answers = None if serve else form.answers  # which a server sends
    decoder_of = answers.decoder if answers else form.decoder
    decoders: dict[int, Decoder] = {}
    while not connections.closed:
        ready = connections.readable(form.idle_gap)
        for connection in ready:
            number = connection.fileno()
            decoder = decoders.setdefault(number, decoder_of(PENDING_LIMIT))
            if data := receive(connection, CHUNK):
                _show(decoder.feed(data))
            else:
                _show(decoder.flush(closed=True))
                del decoders[number]
                connections.close(connection)
        if not ready:
            for decoder in decoders.values():
                _show(decoder.flush())


def _show(events: Iterable[Event]) -> None:
    for event in events:
        _print(lines.show(event))


# --- send -------------------------------------------------------------------------------------------------------


def _send(options: argparse.Namespace) -> None:
    path, form = _resolve(options)
    event = lines.build(form, options.event_type, options.fields)
    try:
        encoded = form.encode(event, limit=options.limit, to_server=not options.serve)
    except (ValueError, OverflowError) as error:  # a time that the calendar does not have
        raise ConfigurationError(f'this cannot be written: {error}') from error
    if encoded is None:
        raise ConfigurationError(f'{options.event_type} has no form in the format {form.name}')
    if options.dry_run:
        sys.stdout.buffer.write(encoded.data)
        return
    with Connections(path, serve=options.serve) as connections:
        for connection in _first(connections):
            connections.send(connection, encoded.data)
            _print(f'sent {encoded.data.decode()!r}{", shortened" if encoded.shortened else ""}')
            if form.answers and not options.serve:
                _print(f'answer {receive(connection, LEGACY_LIMIT)!r}')


def _first(connections: Connections) -> Iterator[socket.socket]:
    """Who is there; a server waits for a client."""
    while not connections.open and not connections.closed:
        connections.readable(1.0)
    yield from list(connections.open)


# --- play -------------------------------------------------------------------------------------------------------


def _play(options: argparse.Namespace) -> None:
    program = PROGRAMS[options.program]
    path = Path(options.path) if options.path else options.root / LEGACY[program.endpoint]['path']
    play(program, path, Habits(options.pace, options.count, options.size), _print)
