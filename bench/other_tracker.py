"""Runs ByteTrack of the package `trackers`, in an environment of its own: pictures in, ids out, a JSON line each.

python other_tracker.py RATE < pictures > ids
"""

from __future__ import annotations

import json
import sys

import numpy as np
from supervision import Detections
from trackers import ByteTrackTracker

tracker = ByteTrackTracker(frame_rate=float(sys.argv[1]))
for line in sys.stdin:
    detected = json.loads(line)
    boxes = np.array([[x, y, x + width, y + height] for (x, y, width, height), _ in detected]).reshape(-1, 4)
    confidence = np.array([confidence for _, confidence in detected])
    found = tracker.update(Detections(boxes, confidence=confidence, class_id=np.zeros(len(boxes), int)))
    ids = [] if found.tracker_id is None else found.tracker_id.tolist()
    told = [
        [int(number), [float(left), float(top), float(right - left), float(bottom - top)]]
        for number, (left, top, right, bottom) in zip(ids, found.xyxy, strict=True)
        if number >= 0
    ]
    print(json.dumps(told))
