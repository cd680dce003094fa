"""What rcl says about arguments and an environment that it cannot start with, in a line that also says what to do."""

from __future__ import annotations

import re

SOURCE = re.compile(r',? at [^\s,]+\.(?:c|cpp|h|hpp):\d+')  # a line of ROS's own source code
NOTHING = 'error not set'  # what rcl says where it says nothing
PREFIX = re.compile(rf'^failed to initialize (?:rcl|logging): (?!{NOTHING})')
LEVELS = 'debug, info, warn, error or fatal'

REMEDIES = tuple(  # the first whose pattern is found in what rcl says
    (re.compile(pattern), remedy)
    for pattern, remedy in (
        (r"params file: '.*'\. Error: Error opening", 'there is no such file, or this user may not read it'),
        ('before ros__parameters', 'a file has NODE:, below it ros__parameters:, and below that NAME: VALUE'),
        ('of same type', 'the values of a list are all of one type: put strings in quotes'),
        ('No value', "write '' for an empty string, [] for an empty list"),
        (r"params file: '", 'the file is not YAML up to there: look for tabs, indentation, brackets and quotes'),
        ('parameter override', "a parameter looks like -p name:=value; in a list quote what has a colon: ['a=b:C']"),
        ('remap rule.*__ns:=', 'a namespace looks like /gemma or /robot1/head: letters, digits and _'),
        ('remap rule.*__(?:node|name):=', "a node's name has letters, digits and _ only"),
        ('remap rule|No remap', 'a remapping looks like -r from:=to'),
        ('og level', f'--log-level takes {LEVELS}, for all or as logger:=level'),
        ('trailing', 'what belongs to the last argument is missing'),
        ('nclave', 'an enclave looks like /robot/hearing'),
        (r'log(?:ging)? directory|opening file .*\.log', 'set ROS_LOG_DIR to a folder that this user may write'),
        ('external configuration', 'leave out --log-config-file'),
        ('ROS_DOMAIN_ID', 'it takes a whole number from 0 to 232'),
        (f'(?i)security|{NOTHING}', 'see ROS_SECURITY_KEYSTORE, or set ROS_SECURITY_ENABLE to false'),
        ('Unable to resolve peer', 'ROS_STATIC_PEERS takes names or addresses, with ; between them'),
    )
)


def explain(error: Exception) -> str:
    """The cause, with the line of a file where rcl names one, and a remedy; without the lines of ROS's sources."""
    if type(error).__name__ == 'UnknownROSArgsError':
        return f'unknown ROS arguments {error}: behind --ros-args come -r, -p, --params-file, --log-level and the like'
    said = ' '.join(PREFIX.sub('', SOURCE.sub('', str(error))).split()).removesuffix(f' Error: {NOTHING}').rstrip('.')
    for pattern, remedy in REMEDIES:
        if pattern.search(said):
            return f'{said}: {remedy}'
    return said
