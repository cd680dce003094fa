"""A process with nodes in it: what cannot work is left out, and all that was started is ended."""

from __future__ import annotations

import contextlib
import difflib
import gc
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import rclpy
import yaml
from ament_index_python.packages import get_package_share_directory
from rclpy.logging import LoggingSeverity, get_logger
from rclpy.signals import SignalHandlerOptions

from gemma_events import parameter_files, rclpy_internals, registry, shared_memory
from gemma_events.arguments import explain
from gemma_events.errors import GemmaError
from gemma_events.executor import Stop, create_executor, spin
from gemma_events.launcher import LauncherWatch
from gemma_events.main import RunnableNode, refuse

# Seconds for which a busy thread keeps the others waiting. Python's 0.005 would show in each latency: a node's
# callbacks, its sockets and its sound have threads of their own.
SWITCH_INTERVAL = 0.0005
SECURITY = 'security'  # in what DDS says about keys and certificates, none of which comes by waiting


def run(names: list[str], arguments: list[str], launcher: int | None = None, debug: bool = False) -> int:
    """Run nodes in this process until a signal ends it, or the end of the process `launcher`; the exit status.

    A node that cannot work is left out, or stays unconfigured, with the reason in the log. EX_CONFIG, or EX_TEMPFAIL
    for what may be better at the next start, when no node is left, or when one that cannot work has `strict` set.
    `debug`: what the nodes log includes their lines for debugging.
    """
    sys.setswitchinterval(SWITCH_INTERVAL)
    try:
        return _run(names, arguments, launcher, debug)
    finally:
        gc.collect()  # what is left of DDS ends here, in order, and not while Python ends


def _run(names: list[str], arguments: list[str], launcher: int | None, debug: bool) -> int:
    stop = Stop()
    with contextlib.ExitStack() as ending:
        ending.callback(stop.close)
        try:
            rclpy.init(args=arguments, signal_handler_options=SignalHandlerOptions.NO)
        except Exception as error:
            return refuse(explain(error))
        ending.callback(rclpy.try_shutdown)
        if launcher is not None:
            try:
                ending.enter_context(LauncherWatch(launcher))
            except (OSError, OverflowError) as error:
                get_logger('gemma_events').warning(f'this process does not end with process {launcher}: {error}')
        shared_memory.remove_abandoned()
        executor = create_executor()
        ending.callback(executor.shutdown)
        nodes, status = _create(names)
        for node in nodes:
            if debug:
                node.get_logger().set_level(LoggingSeverity.DEBUG)
            executor.add_node(node)
            ending.callback(_close, node, executor)
        working = nodes
        for state in ('inactive', 'active'):
            working = [node for node in working if _start_to(state, node)]
            if nodes and state == 'inactive':  # only now: handlers and the like declare their parameters in that step
                warn_of_unknown_parameters(nodes)
                warn_of_unknown_nodes(nodes, arguments)
            if not working or _ends_all(nodes, working, len(names)):
                return status
        spin(executor, stop.future)
    return 0


def _create(names: list[str]) -> tuple[list[Any], int]:
    """The nodes that can be made, and the status to end with should the others be missed too much."""
    nodes, status = [], os.EX_CONFIG
    reasons: dict[str, list[str]] = {}
    for name in names:
        try:
            nodes.append(registry.create(registry.NODES, name, RunnableNode))
        except GemmaError as error:
            reasons.setdefault(str(error), []).append(name)
        except rclpy_internals.RCLError as error:  # of DDS: the same for all nodes
            reason = explain(error)
            reasons.setdefault(reason, []).append(name)
            status = os.EX_CONFIG if SECURITY in reason else os.EX_TEMPFAIL
        except Exception:
            status = os.EX_SOFTWARE
            reasons.setdefault(f'a fault in gemma_events:\n{traceback.format_exc()}', []).append(name)
    for reason, without in reasons.items():
        get_logger('gemma_events').error(f'{", ".join(without)}: {reason}')
    return nodes, status


def _ends_all(nodes: list[Any], working: list[Any], wanted: int) -> bool:
    """Whether a node that cannot work has `strict` set; any node, where one could not even be made."""
    unable = [node for node in nodes if node not in working] if len(nodes) == wanted else nodes
    strict = [node for node in unable if getattr(node, 'strict', False)]
    for node in strict:
        node.get_logger().error('strict is set, and not everything can work: the process ends')
    return bool(strict)


def _start_to(state: str, node: Any) -> bool:
    try:
        return bool(node.start_to(state))
    except registry.FOREIGN_FAULTS as error:
        node.get_logger().error(f'does not become {state}: {registry.reason(error)}')
        return False


def _close(node: Any, executor: Any) -> None:
    executor.remove_node(node)  # no callbacks while it shuts down
    try:
        node.close()
    except registry.FOREIGN_FAULTS as error:
        get_logger('gemma_events').error(f'{type(node).__name__} does not close: {registry.reason(error)}')


def warn_of_unknown_parameters(nodes: list[Any]) -> None:
    """ROS ignores a misspelt parameter silently. What one node of the process does not know, another may."""
    known = {name for node in nodes for name in node.list_parameters([], 0).names}
    given = {name: node for node in reversed(nodes) for name in rclpy_internals.parameter_overrides(node)}
    if not given.keys() <= known:
        known |= _documented()  # of nodes that run in another process with the same file
    for name in sorted(given.keys() - known):
        like = difflib.get_close_matches(name, known, 1)
        hint = f': is {like[0]} meant?' if like else ''
        given[name].get_logger().warning(f'no node here has a parameter {name}{hint}')


def _documented() -> set[str]:
    """The parameters of this package's nodes, as its configuration file lists them."""
    try:
        file = Path(get_package_share_directory(registry.PACKAGE)) / 'config' / 'gemma_events.yaml'
        nodes = yaml.safe_load(file.read_text(encoding='utf-8'))
    except (LookupError, OSError):
        return set()
    return {name for node in nodes.values() for name in node['ros__parameters']}


def warn_of_unknown_nodes(nodes: list[Any], arguments: list[str]) -> None:
    """Nor does ROS say anything of parameters for a node that is not there."""
    here = [node.get_fully_qualified_name() for node in nodes]
    for line in parameter_files.warnings(arguments, here, lambda: registry.names(registry.NODES)):
        get_logger('gemma_events').warning(line)
