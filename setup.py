"""`pip install .` where ROS 2 comes from PyPI: builds the CMake project and hands on what it installs.

CMakeLists.txt and package.xml know everything; nothing of it is repeated here.
"""

import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py

SOURCE = Path(__file__).resolve().parent
MANIFEST = ElementTree.parse(SOURCE / 'package.xml').getroot()
PYTHON_DIR = 'python'  # where the CMake project installs modules, below the staging folder


class CMakeBuild(build_py):
    """Install the CMake project into a staging folder; modules go into the wheel, the rest is its data."""

    def run(self) -> None:
        """Build, then sort what was installed."""
        build = Path(self.build_lib).resolve().parent / text('name')  # where colcon builds it, too
        stage = build / 'stage'
        shutil.rmtree(stage, ignore_errors=True)
        self._cmake(
            '-S',
            SOURCE,
            '-B',
            build,
            '-DBUILD_TESTING=OFF',
            f'-DCMAKE_INSTALL_PREFIX={stage}',
            f'-DCMAKE_PREFIX_PATH={sys.prefix}',
            f'-DPython3_EXECUTABLE={sys.executable}',
            f'-DPYTHON_INSTALL_DIR={PYTHON_DIR}',
        )
        self._cmake('--build', build)
        self._cmake('--install', build)
        shutil.copytree(stage / PYTHON_DIR, self.build_lib, dirs_exist_ok=True)
        data = [path for path in stage.rglob('*') if path.is_file() and not path.is_relative_to(stage / PYTHON_DIR)]
        self.distribution.data_files = [
            (str(path.parent.relative_to(stage)), [os.path.relpath(path, SOURCE)]) for path in data
        ]

    @staticmethod
    def _cmake(*arguments: object) -> None:
        # pip's isolated build hides the ROS 2 wheels of the venv by its part of PYTHONPATH; CMake has to see them.
        environment = dict(os.environ)
        environment['PYTHONPATH'] = os.pathsep.join(
            folder for folder in environment.get('PYTHONPATH', '').split(os.pathsep) if 'pip-build-env' not in folder
        )
        environment['AMENT_PREFIX_PATH'] = os.pathsep.join(
            filter(None, (sys.prefix, os.environ.get('AMENT_PREFIX_PATH')))
        )
        environment['PATH'] = os.pathsep.join((str(Path(sys.executable).parent), os.environ['PATH']))
        subprocess.run(['cmake', *map(str, arguments)], check=True, env=environment)


class CompiledDistribution(Distribution):
    """The messages are compiled, so the wheel fits one platform and Python only."""

    def has_ext_modules(self) -> bool:
        """Always."""
        return True


def text(tag: str) -> str:
    """The text of an element of package.xml."""
    return MANIFEST.findtext(tag, '').strip()


setup(
    name=text('name'),
    version=text('version'),
    description=text('description'),
    license=text('license'),
    packages=[text('name')],  # gives build_py something to do; what it installs decides CMake
    cmdclass={'build_py': CMakeBuild},
    distclass=CompiledDistribution,
)
