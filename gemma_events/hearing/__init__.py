"""Hearing: sound in, speech events out."""

import os

# onnxruntime, under Silero and faster-whisper, would keep an identity and send reports. A robot's ears do not.
os.environ.setdefault('ORT_DISABLE_TELEMETRY', '1')
