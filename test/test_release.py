"""The version stands in package.xml; the change log has an entry for it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]


def test_the_newest_release_in_the_change_log_is_this_version():
    version = ElementTree.parse(TOP / 'package.xml').getroot().findtext('version')
    released = re.findall(r'^(\d+\.\d+\.\d+) \(\d{4}-\d{2}-\d{2}\)\n-+$', (TOP / 'CHANGELOG.rst').read_text(), re.M)
    assert released[0] == version
