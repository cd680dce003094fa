"""The bytes of a stream that are not a complete message yet, and the bound on them: what all decoders share."""

from __future__ import annotations

from collections.abc import Callable

Piece = tuple[bytes, str]  # a complete message and '', or what is not one and the reason


class ReceiveBuffer:
    """What came in and is not a complete message yet, at most `limit` bytes; `held` has them, oldest first.

    `at` is for who looks for the end of the message: how far it has looked. Taking bytes off sets it to 0.
    """

    __slots__ = ('at', 'held', 'limit', 'too_long')

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.held = bytearray()
        self.at = 0
        self.too_long = f'longer than {limit} bytes'

    def __len__(self) -> int:
        return len(self.held)

    def feed(self, data: bytes, next_piece: Callable[[], Piece | None], overflow: Callable[[], Piece]) -> list[Piece]:
        """All pieces that are complete with these bytes.

        `next_piece` takes one off the front, None: more has to come in. `overflow` takes something off a full buffer
        in which no message ends.
        """
        pieces: list[Piece] = []
        taken = 0
        while taken < len(data):
            room = self.limit - len(self.held)
            self.held += data[taken : taken + room]
            taken += room
            while self.held and (piece := next_piece()) is not None:
                pieces.append(piece)
            if len(self.held) == self.limit:
                pieces.append(overflow())
        return pieces

    def take(self, count: int) -> bytes:
        """The first bytes, which are held no longer."""
        piece = bytes(self.held[:count])
        del self.held[:count]
        self.at = 0
        return piece

    def skip(self, count: int) -> None:
        """Drop the first bytes."""
        del self.held[:count]
        self.at = 0
