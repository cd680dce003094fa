"""What rcl says of arguments and an environment that cannot work becomes a line with the cause and a remedy."""

from __future__ import annotations

import pytest

from gemma_events.arguments import explain

FILE = "failed to initialize rcl: Couldn't parse params file: '--params-file a.yaml'. Error: "
RULE = "failed to initialize rcl: Couldn't parse parameter override rule: "
REMAP = "failed to initialize rcl: Couldn't parse remap rule: "
LOG = 'failed to initialize logging: '


@pytest.mark.parametrize(
    ('said', 'cause', 'remedy'),
    [
        (
            f'{FILE}Error parsing a event near line 3, at /project/src/parse.c:782, at /project/src/rcl/x.c:415',
            "Couldn't parse params file: '--params-file a.yaml'. Error: Error parsing a event near line 3",
            'tabs, indentation',
        ),
        (
            f'{FILE}Cannot have a value before ros__parameters at line 2, at /p/parse.c:806, at /p/arguments.c:415',
            'Error: Cannot have a value before ros__parameters at line 2',
            'below it ros__parameters:',
        ),
        (
            f"{FILE}Sequence should be of same type. Value type 'string' do not belong at line_num 3, at /p/x.c:4",
            "Value type 'string' do not belong at line_num 3",
            'put strings in quotes',
        ),
        (f'{FILE}No value at line 3, at /p/parse.c:258', 'No value at line 3', "'' for an empty string"),
        (f'{FILE}Error opening YAML file, at /p/parser.c:270', 'Error opening YAML file', 'there is no such file'),
        (f"{RULE}'-p a'. Error: Expected lexeme type (22) not found, at /p/x.c:239", "rule: '-p a'.", '-p name:=value'),
        (f"{RULE}'-p a:='. Error: error not set, at /p/arguments.c:352", "rule: '-p a:='", '-p name:=value'),
        (f"{REMAP}'-r __ns:=a-b'. Error: Expected lexeme type 19, got 18, at /p/x.c:1", '-r __ns:=a-b', 'like /gemma'),
        (f"{REMAP}'-r a:__ns:=a-b'. Error: Expected lexeme, at /p/x.c:1", '-r a:__ns:=a-b', 'like /gemma'),
        (f"{REMAP}'-r __node:=a/b'. Error: Expected lexeme type 1, at /p/x.c:1", '-r __node:=a/b', "a node's name has"),
        (f"{REMAP}'-r a-b'. Error: Expected lexeme type (19), at /p/x.c:1", '-r a-b', '-r from:=to'),
        (
            "failed to initialize rcl: Couldn't parse trailing -r flag. No remap rule found., at /p/arguments.c:384",
            'trailing -r flag',
            '-r from:=to',
        ),
        (
            "failed to initialize rcl: Couldn't parse trailing --params-file flag. No file path provided., at /p/a.c:4",
            'trailing --params-file flag. No file path provided',
            'is missing',
        ),
        (
            "failed to initialize rcl: Couldn't parse log level: '--log-level blu'. Error: Argument does not use a "
            'valid severity level, at /p/arguments.c:1858, at /p/arguments.c:441',
            "log level: '--log-level blu'",
            'debug, info',
        ),
        (f"{LOG}Failed to create log directory '/x': 2, at /p/y.cpp:154", "log directory '/x'", 'set ROS_LOG_DIR'),
        (f'{LOG}Failed to get logging directory, at /p/y.cpp:138', 'Failed to get logging', 'set ROS_LOG_DIR'),
        (f'{LOG}Failed opening file /proc/a_1.log for writing: No such file', '/proc/a_1.log', 'set ROS_LOG_DIR'),
        (
            'failed to initialize rcl: ROS_DOMAIN_ID is not an integral number, at /p/domain_id.c:49',
            'ROS_DOMAIN_ID',
            '0 to 232',
        ),
        ('failed to initialize rcl: error not set', 'failed to initialize rcl', 'ROS_SECURITY_ENABLE'),
        (
            "failed to initialize rcl: SECURITY ERROR: directory '/x' does not exist., at /p/security.c:202",
            "directory '/x'",
            'ROS_SECURITY_KEYSTORE',
        ),
        ('error creating node: Unable to resolve peer a\n, at /p/participant.cpp:234', 'peer a', 'ROS_STATIC_PEERS'),
        ('something new, at /p/x.cpp:1, at /p/y.c:22', 'something new', ''),
    ],
)
def test_the_cause_stays_the_sources_go_and_each_kind_has_its_remedy(said, cause, remedy):
    line = explain(RuntimeError(said))
    assert cause in line
    assert remedy in line
    assert '/p/' not in line
    assert '/project/' not in line
    assert '\n' not in line
