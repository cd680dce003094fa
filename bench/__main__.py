"""Run all parts of the benchmark, or those named: python -m bench [PART...]."""

from __future__ import annotations

import argparse
import importlib
import os

# Before rclpy is imported: the benchmark meets no other robot.
os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
os.environ['ROS_DOMAIN_ID'] = str(1 + os.getpid() % 100)

from bench.figures import report

PARTS = ('process', 'hearing', 'hearing_quality', 'voice', 'bridge', 'wire', 'face', 'conversation', 'vision')


def main() -> None:
    """Run them and print a table."""
    parser = argparse.ArgumentParser('python -m bench', description=__doc__)
    parser.add_argument('parts', nargs='*', metavar='PART', help=f'of {", ".join(PARTS)} (default: all)')
    parts = parser.parse_args().parts or PARTS
    if unknown := set(parts) - set(PARTS):
        parser.error(f'no such part: {", ".join(unknown)}')
    print(f'{"figure":<62}{"value":>12} {"unit":<8}{"reference":>12}{"ratio":>8}  target')
    for part in parts:
        for _ in report(part, importlib.import_module(f'bench.{part}').figures()):
            pass


main()
