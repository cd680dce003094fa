"""Fuzz the wire formats: any bytes in any pieces, bounded memory, and what is understood is written as it came.

    pip install atheris
    python fuzz/fuzz_wire.py fuzz/corpus                     # until Ctrl-C; new finds go to the folder
    python fuzz/fuzz_wire.py -max_total_time=60 fuzz/corpus  # the options are libFuzzer's
    python fuzz/fuzz_wire.py --corpus fuzz/corpus            # the kept inputs once, without atheris

The first byte of an input picks the format, the second the size of the pieces in which the rest comes in.
"""

from __future__ import annotations

import sys
from pathlib import Path

# The source tree, where the script is run from a clone.
sys.path.insert(0, str(Path(__file__).parents[1]))

LIMIT = 256  # bytes held back: small, so that inputs reach it
SPACE = b' \t\r\n'


def target(data: bytes) -> None:
    """Raises AssertionError, or whatever else, where a promise of the formats is broken."""
    from gemma_events.bridge.wire import FORMATS
    from gemma_events.events import UnrecognisedMessage

    if len(data) < 2:
        return
    wire = list(FORMATS.values())[data[0] % len(FORMATS)]
    size, stream = 1 + data[1] % 40, data[2:]
    whole = _decode(wire, [stream])
    assert whole == _decode(wire, [stream[at : at + size] for at in range(0, len(stream), size)]), 'cuts matter'
    for event in whole:
        if isinstance(event, UnrecognisedMessage):
            assert event.reason, 'no reason'
            assert event.data.strip(SPACE), 'nothing unrecognised'
            assert event.data in stream, 'not what came in'
        else:
            _check_again(wire, event)


def _decode(wire, pieces):
    decoder = wire.decoder(LIMIT)
    events = []
    for piece in pieces:
        events += decoder.feed(piece)
        assert decoder.pending <= LIMIT, 'more is held than may be'
    events += decoder.flush(closed=True)
    assert decoder.pending == 0, 'something is left'
    return events


def _check_again(wire, event):
    """What an event is written as reads back as what is written the same; also when it has to be short."""
    encoded = wire.encode(event)
    if encoded is None:
        return
    decoder = wire.decoder(64 * 1024)
    again = decoder.feed(encoded.data) + decoder.flush(closed=True)
    assert [result.data for event in again if (result := wire.encode(event))] == [encoded.data], 'changed on the way'
    short = wire.encode(event, limit=256)
    assert len(short.data) <= 256, 'too long'
    again = decoder.feed(short.data) + decoder.flush(closed=True)
    assert all(type(event) is wire.event_type for event in again), 'not valid any more'


def run_corpus(folder: Path) -> int:
    """Each kept input once; how many there were."""
    paths = sorted(path for path in folder.iterdir() if path.is_file())
    for path in paths:
        try:
            target(path.read_bytes())
        except Exception as error:
            raise AssertionError(f'{path}: {error!r}') from error
    return len(paths)


def main() -> None:
    """Run the fuzzer with libFuzzer's arguments."""
    if sys.argv[1:2] == ['--corpus']:
        print(f'{run_corpus(Path(sys.argv[2]))} inputs, nothing broken')
        return
    try:
        import atheris
    except ImportError:
        sys.exit('fuzz_wire: atheris is missing: pip install atheris (or use --corpus FOLDER)')
    with atheris.instrument_imports(include=['gemma_events', 'json']):
        import gemma_events.bridge.wire  # noqa: F401
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()


if __name__ == '__main__':
    main()
