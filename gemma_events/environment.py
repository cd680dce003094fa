"""What ROS takes from the environment: what would end the process inside of ROS, and what pictures need of DDS."""

from __future__ import annotations

import ctypes
import importlib.util
from collections.abc import Collection, Mapping
from pathlib import Path

from ament_index_python import get_resources

from gemma_events.errors import ConfigurationError

DOMAIN_ID = 'ROS_DOMAIN_ID'
HIGHEST_DOMAIN_ID = 232  # for a higher one DDS has no UDP ports
RMW = ('RMW_IMPLEMENTATION', 'RCL_ASSERT_RMW_ID_MATCHES')

OF_KILTED = 'subscription_content_filter_options.py'  # a module of rclpy since Kilted, with which Fast DDS 3 came

# Who has set one of these, or has such a file in the working directory, has profiles of his own.
PROFILES = ('FASTDDS_DEFAULT_PROFILES_FILE', 'FASTRTPS_DEFAULT_PROFILES_FILE')  # from Fast DDS 3 on, and before
OWN_TRANSPORTS = (*PROFILES, 'FASTDDS_BUILTIN_TRANSPORTS')
OWN_FILES = ('DEFAULT_FASTDDS_PROFILES.xml', 'DEFAULT_FASTRTPS_PROFILES.xml')


def for_pictures(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Variables to set so that pictures go through Fast DDS whole; none where the user has profiles of his own.

    Its shared memory holds half a megabyte by default: of a picture of 800x480, which has more, a best-effort viewer
    loses two of three. With eight, which are used only as far as they are needed, each one arrives.
    """
    own = any(environment.get(name) for name in OWN_TRANSPORTS) or any((folder / name).exists() for name in OWN_FILES)
    if own:
        return {}
    rclpy = importlib.util.find_spec('rclpy')
    folders = (rclpy and rclpy.submodule_search_locations) or ()
    name = PROFILES[
        0 if any(Path(each, OF_KILTED).exists() for each in folders) else 1
    ]  # Fast DDS 3 warns of the other
    return {name: str(Path(__file__).with_name('fast_dds.xml'))}


def installed_rmw() -> Collection[str]:
    """The RMW implementations that there are; none where nothing tells."""
    try:
        return set(get_resources('rmw_typesupport')) - {'rmw_implementation'}  # which loads one of the others
    except LookupError:  # no AMENT_PREFIX_PATH: ROS 2 comes as wheels, which need none
        return ()


def check(environment: Mapping[str, str], rmw: Collection[str]) -> None:
    """Raise ConfigurationError, a single line, for what rclpy or a library of a node must not even be imported with."""
    try:
        Path.cwd()
    except FileNotFoundError:
        raise ConfigurationError('the working directory was deleted: start in one that exists') from None
    for name in RMW:
        if rmw and environment.get(name) and environment[name] not in rmw:
            raise ConfigurationError(f'{name} is {environment[name]!r}: installed are {", ".join(sorted(rmw))}')
    over_dds = 'zenoh' not in environment.get(RMW[0], '')
    if over_dds and _as_rcl_reads_it(environment.get(DOMAIN_ID, '')) > HIGHEST_DOMAIN_ID:
        raise ConfigurationError(
            f'{DOMAIN_ID} is {environment[DOMAIN_ID]!r}: it takes a whole number from 0 to {HIGHEST_DOMAIN_ID}'
        )


def _as_rcl_reads_it(text: str) -> int:
    """7 for '7', ' 7', '0x7' and '7 robots'; 0 for what is no number, which rcl refuses; huge for '-1'."""
    read = ctypes.CDLL(None).strtoul
    read.argtypes, read.restype = (ctypes.c_char_p, ctypes.c_void_p, ctypes.c_int), ctypes.c_ulong
    number: int = read(text.encode(), None, 0)
    return number
