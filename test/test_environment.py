"""An environment that would end the process inside of ROS is refused before."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from gemma_events.environment import OWN_FILES, PROFILES, check, for_pictures
from gemma_events.errors import ConfigurationError

RMW = {'rmw_fastrtps_cpp', 'rmw_zenoh_cpp'}


@pytest.mark.parametrize(
    'environment',
    [
        {},
        {'ROS_DOMAIN_ID': ''},
        {'ROS_DOMAIN_ID': '0'},
        {'ROS_DOMAIN_ID': ' 232'},
        {'ROS_DOMAIN_ID': '0x10'},
        {'ROS_DOMAIN_ID': 'abc'},  # rcl says so itself
        {'ROS_DOMAIN_ID': '300', 'RMW_IMPLEMENTATION': 'rmw_zenoh_cpp'},
        {'RMW_IMPLEMENTATION': ''},
        {'RMW_IMPLEMENTATION': 'rmw_fastrtps_cpp'},
    ],
)
def test_what_ros_takes_is_taken(environment):
    check(environment, RMW)


@pytest.mark.parametrize(
    ('environment', 'line'),
    [
        ({'ROS_DOMAIN_ID': '233'}, "ROS_DOMAIN_ID is '233': it takes a whole number from 0 to 232"),
        ({'ROS_DOMAIN_ID': '-1'}, "ROS_DOMAIN_ID is '-1'"),
        ({'ROS_DOMAIN_ID': '9' * 30}, 'ROS_DOMAIN_ID is'),
        ({'RMW_IMPLEMENTATION': 'rmw_nix'}, "'rmw_nix': installed are rmw_fastrtps_cpp, rmw_zenoh_cpp"),
        ({'RCL_ASSERT_RMW_ID_MATCHES': 'rmw_nix'}, "RCL_ASSERT_RMW_ID_MATCHES is 'rmw_nix'"),
    ],
)
def test_what_would_end_the_process_is_a_line(environment, line):
    with pytest.raises(ConfigurationError, match=line):
        check(environment, RMW)


def test_where_nothing_tells_which_rmw_there_are_any_may_be():
    check({'RMW_IMPLEMENTATION': 'rmw_nix'}, ())


def test_a_deleted_working_directory_is_a_line(tmp_path, monkeypatch):
    gone = tmp_path / 'gone'
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(ConfigurationError, match='the working directory was deleted'):
        check({}, ())


def test_pictures_get_shared_memory_unless_the_user_has_profiles(tmp_path):
    given = for_pictures({}, tmp_path)
    assert len(given) == 1
    assert set(given) < set(PROFILES)
    for path in given.values():
        assert ElementTree.parse(path).getroot().tag.endswith('dds')
        assert Path(path).is_absolute()
    for name in (*PROFILES, 'FASTDDS_BUILTIN_TRANSPORTS'):
        assert for_pictures({name: 'x'}, tmp_path) == {}
        assert for_pictures({name: ''}, tmp_path) == given
    (tmp_path / OWN_FILES[0]).touch()
    assert for_pictures({}, tmp_path) == {}
