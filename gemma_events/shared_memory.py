"""What Fast DDS leaves in shared memory when a process is killed: half a megabyte each, which nobody else removes.

Each process makes segments with a random name, and beside each a file `..._el` that it holds a lock on while it lives.
Fast DDS tells by that lock whether the owner of a segment is alive, and so does this. Files of ports are left alone:
they have the same names again and again, Fast DDS reuses them, and whoever tests the lock of a port may keep a process
that is just opening it from doing so.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path('/dev/shm')
LOCK = re.compile(r'fast(?:dds|rtps)_[0-9a-f]{16}_el')  # fastrtps: until Fast DDS 2
MINIMUM_AGE = 2.0  # seconds; between making a lock file and locking it, a process needs a few microseconds


def remove_abandoned(folder: Path = FOLDER) -> int:
    """Remove this user's segments whose owner is gone; how many there were."""
    return sum(_remove_if_abandoned(lock) for lock in _locks(folder))


def _locks(folder: Path) -> Iterator[Path]:
    """Lock files of this user that are not just being made."""
    with contextlib.suppress(OSError):  # no such folder
        for entry in os.scandir(folder):
            with contextlib.suppress(FileNotFoundError):  # anybody may remove one at any time
                status = entry.stat(follow_symlinks=False)
                old = status.st_mtime < time.time() - MINIMUM_AGE
                if LOCK.fullmatch(entry.name) and old and status.st_uid == os.geteuid():
                    yield Path(entry.path)


def _remove_if_abandoned(lock: Path) -> bool:
    try:
        file = os.open(lock, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        segment = lock.with_name(lock.name.removesuffix('_el'))
        for path in (segment, lock):  # in this order: what is left without its lock, nobody finds again
            path.unlink(missing_ok=True)
    except OSError:  # its owner lives, or the segment is somebody else's
        return False
    finally:
        os.close(file)
    return True
