"""What keeps a socket from being at a path, and what to do about it: each in one line for the user."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from gemma_events import words
from gemma_events.errors import ConfigurationError

PATH_LIMIT = 107  # bytes; of sun_path's 108 one ends the name

_REMEDIES = {
    errno.EMFILE: 'raise the limit of open files (ulimit -n)',
    errno.ENFILE: 'raise the limit of open files of the whole system (fs.file-max)',
    errno.ENOSPC: 'make room on the disk',
    errno.EDQUOT: "make room in this user's quota",
    errno.EACCES: 'change the permissions of the file and its folder, or take another path or socket_root',
    errno.EPERM: 'change the permissions of the file and its folder, or take another path, group or socket_root',
}


def remedy(error: OSError) -> str:
    """What the system says, and what to do about it."""
    return f'{reason(error)}: {_REMEDIES.get(error.errno or 0, "change that or take another path or socket_root")}'


def reason(error: OSError) -> str:
    """What the system says, for the log."""
    return (error.strerror or str(error)).lower()


def check_name(path: Path) -> None:
    """Raise ConfigurationError, with what to do, for a path that no socket can have."""
    if not os.fsencode(path).isascii() and words.printable(str(path)) != str(path):
        raise ConfigurationError(f'{str(path)!a} is not UTF-8: take another path or socket_root')
    if (size := len(os.fsencode(path))) > PATH_LIMIT:
        raise ConfigurationError(
            f'{path} has {size} bytes, a socket path at most {PATH_LIMIT}: take a shorter one, or a shorter socket_root'
        )


def obstacle(path: Path, *, binds: bool) -> str:
    """What is in the way of a socket that the bridge binds, or connects to; empty: nothing that can be seen.

    It may go away by itself.
    """
    try:
        status = path.lstat()
        if not stat.S_ISSOCK(status.st_mode):
            return f'{path} is {_kind(status.st_mode)}, not a socket: move it away or take another path'
    except FileNotFoundError:
        return _in_folder(path) if binds else ''
    except OSError as error:
        return f'{path} cannot be used: {remedy(error)}'
    return ''


def _in_folder(path: Path) -> str:
    for folder in path.parents:
        if folder.is_dir():
            if os.access(folder, os.W_OK | os.X_OK):
                return ''
            what = 'is not writable: change its permissions, or take another path or socket_root'
            return f'{path} cannot be created: {folder} {what}'
        if os.path.lexists(folder):
            return f'{path} cannot be created: {folder} is not a folder: move it away or take another path'
    return ''


def _kind(mode: int) -> str:
    kinds = {
        stat.S_IFDIR: 'a folder',
        stat.S_IFLNK: 'a symbolic link',
        stat.S_IFREG: 'a file',
        stat.S_IFIFO: 'a pipe',
    }
    return kinds.get(stat.S_IFMT(mode), 'a device')
