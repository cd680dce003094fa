"""A Python package as pip would leave it: its module, and the metadata that says what it registers."""

from __future__ import annotations

from pathlib import Path

import pytest


def install(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, source: str, entry_points: dict[str, dict[str, str]]
) -> None:
    """Write the package `name`, importable during this test. `entry_points`: by group, each name's `module:Class`."""
    (folder / f'{name}.py').write_text(source)
    metadata = folder / f'{name}-1.0.dist-info'
    metadata.mkdir()
    (metadata / 'METADATA').write_text(f'Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n')
    sections = (
        f'[{group}]\n' + ''.join(f'{entry} = {value}\n' for entry, value in entries.items())
        for group, entries in entry_points.items()
    )
    (metadata / 'entry_points.txt').write_text('\n'.join(sections))
    monkeypatch.syspath_prepend(str(folder))
