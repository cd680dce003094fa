"""The wire formats of the legacy sockets, without I/O: bytes in, events out; events in, bytes out.

    decoder = FORMATS['vision'].decoder(PENDING_LIMIT)
    events = decoder.feed(data)      # whenever something came in
    events = decoder.flush()         # when nothing more has come for a short while
    encoded = FORMATS['vision'].encode(event, limit=LEGACY_LIMIT)

`codec` has what they share, `json_stream` finds where JSON values end, `json_event` keeps in `extra` what no field
holds; then there is a module a format.
"""

from typing import Any

from gemma_events.bridge.wire.action import ACTION
from gemma_events.bridge.wire.codec import LEGACY_LIMIT, PENDING_LIMIT, Decoder, Encoded, Format
from gemma_events.bridge.wire.detections import DETECTIONS
from gemma_events.bridge.wire.face import FACE
from gemma_events.bridge.wire.speech import SPEECH
from gemma_events.bridge.wire.text import TEXT
from gemma_events.bridge.wire.vision import VISION

FORMATS: dict[str, Format[Any]] = {form.name: form for form in (SPEECH, VISION, DETECTIONS, FACE, ACTION, TEXT)}

__all__ = [
    'FORMATS',
    'LEGACY_LIMIT',
    'PENDING_LIMIT',
    'Decoder',
    'Encoded',
    'Format',
]
