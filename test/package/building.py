"""Commands that build and install packages."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

BUILD_TIME = 300  # seconds
VERSION_PATH = f'python{sys.version_info.major}.{sys.version_info.minor}/site-packages'


def run(*command, cwd, **environment):
    """What a command printed; its failure with all it printed."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **environment},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=BUILD_TIME,
    )
    assert done.returncode == 0, done.stdout[-5000:]
    return done.stdout


def install(package, folder):
    """A venv beside this one, which it sees, with a wheel or a source folder in it; the environment to run it in.

    A workspace that is sourced stays out of it where it holds this package: PYTHONPATH goes before what is installed.
    """
    run(sys.executable, '-m', 'venv', '--without-pip', folder / 'venv', cwd=folder)
    ours = sysconfig.get_path('purelib')
    (folder / 'venv' / 'lib' / VERSION_PATH / 'wheels.pth').write_text(f'{ours}\n')
    python = folder / 'venv' / 'bin' / 'python'
    options = ('--no-deps', '--no-index', '--no-build-isolation', '--ignore-installed')
    run(sys.executable, '-m', 'pip', '--python', python, 'install', *options, package, cwd=folder)
    libraries = f'{folder / "venv" / "lib"}:{os.environ.get("LD_LIBRARY_PATH", "")}'
    others = [path for path in os.environ.get('PYTHONPATH', '').split(':') if not Path(path, 'gemma_events').exists()]
    return {
        'LD_LIBRARY_PATH': libraries,
        'AMENT_PREFIX_PATH': f'{folder / "venv"}:{os.environ["AMENT_PREFIX_PATH"]}',
        'PYTHONPATH': ':'.join(others),
    }
