"""WAV files as programs write them into a pipe, where the lengths in their headers are bogus. Pure."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATES = range(4000, 192_001)  # Hz
MAX_CHANNELS = 8
_INTEGERS, _FLOATS, _EXTENSIBLE = 1, 3, 0xFFFE
_HEADER = struct.Struct('<HHIIHH')


def decode(data: bytes) -> tuple[NDArray[np.int16], int]:
    """The samples of a WAV file, as signed 16 bit mono (several channels become their mean), and their rate in Hz.

    Takes integers of 8 to 32 bits and floats of 32. Raises ValueError, a few words, for anything else.
    """
    import numpy as np

    form, channels, rate, bits, body = _chunks(data)
    kind = {(_INTEGERS, 8): 'u1', (_INTEGERS, 16): '<i2', (_INTEGERS, 32): '<i4', (_FLOATS, 32): '<f4'}.get(
        (form, bits)
    )
    if (form, bits) == (_INTEGERS, 24):
        body = b''.join(b'\0' + body[at : at + 3] for at in range(0, len(body) // 3 * 3, 3))
        kind, bits = '<i4', 32
    if kind is None:
        raise ValueError(f'a WAV file of a form ({form}, {bits} bits) that is not read')
    size = np.dtype(kind).itemsize * channels
    samples = np.frombuffer(body[: len(body) // size * size], kind).reshape(-1, channels)
    if form == _FLOATS:
        if not np.isfinite(samples).all():
            raise ValueError('samples that are no numbers')
        samples = np.clip(samples, -1, 1) * 32_767
    elif bits == 8:
        samples = (samples.astype(np.int16) - 128) * 256
    elif bits == 32:
        samples = samples >> 16
    mono = samples[:, 0] if channels == 1 else samples.mean(axis=1)
    return mono.astype(np.int16), rate


def _chunks(data: bytes) -> tuple[int, int, int, int, bytes]:
    """Form, channels, rate and bits of the samples, and the samples."""
    if data[:4] != b'RIFF' or data[8:12] != b'WAVE':
        raise ValueError('no WAV file')
    at, header = 12, b''
    while len(data) - at >= 8:
        name, length = struct.unpack_from('<4sI', data, at)
        at += 8
        if name == b'data':
            if len(header) < _HEADER.size:
                break
            form, channels, rate, _, _, bits = _HEADER.unpack_from(header)
            if form == _EXTENSIBLE and len(header) >= 26:
                (form,) = struct.unpack_from('<H', header, 24)
            if rate not in RATES or not 0 < channels <= MAX_CHANNELS:
                raise ValueError(f'a WAV file with {channels} channels at {rate} Hz')
            return form, channels, rate, bits, data[at : at + length]
        if name == b'fmt ':
            header = data[at : at + length]
        at += length + length % 2
    raise ValueError('a WAV file without samples')
