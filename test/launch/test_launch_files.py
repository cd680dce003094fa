"""The launch files for real: what their arguments do, alone and included in another package's file."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from launched import alive, launch_file, nodes, parameter

from harness import wait_for

pytest.importorskip('rclpy', reason='ROS 2 is not installed')
pytest.importorskip('launch_ros', reason='launch and launch_ros are not installed: they come with a full ROS 2')

OURS = 'gemma_events.launch.py'
ALL = {'hearing', 'vision', 'face_expression', 'action_output', 'bridge'}
BOTH_WAYS = pytest.mark.parametrize('composed', ['true', 'false'])


@pytest.mark.parametrize(
    'arguments, namespace, expected',
    [
        ((), '/gemma', ALL),
        (('composed:=False', 'namespace:=robot1/head/', 'nodes:=bridge, vision'), '/robot1/head', {'bridge', 'vision'}),
        (('composed:=1', 'namespace:=/', 'nodes:=vision,face_expression'), '', {'vision', 'face_expression'}),
    ],
)
def test_nodes_run_under_their_namespace_and_end_on_ctrl_c(ros, start, arguments, namespace, expected):
    launched = start(OURS, 'recogniser:=none', *arguments)
    wait_for(lambda: nodes(ros) == {f'{namespace}/{name}' for name in expected}, 'the nodes')
    launched.wait_for(']: active', len(expected))
    launched.interrupt()
    log = launched.log.read_text()
    assert 'Traceback' not in log, log
    processes = len(expected) if 'composed:=False' in arguments else 1
    assert log.count('process has finished cleanly') == processes, log


def test_the_bridge_alone(ros, start):
    start('bridge.launch.py')
    wait_for(lambda: nodes(ros) == {'/gemma/bridge'}, 'the bridge')


@pytest.mark.parametrize(
    'argument, hint',
    [
        ('namespace:=a-b', 'a-b'),
        ('namespace:=a//b', 'a//b'),
        ('nodes:=hearing,nose', 'nose'),
        ('params_file:=/none.yaml', '/none.yaml'),
        ('params_file:=~no_such_user/p.yaml', 'no_such_user'),
        ('composed:=perhaps', 'perhaps'),
        ('respawn:=perhaps', 'perhaps'),
        ('use_sim_time:=perhaps', 'perhaps'),
        ('log_level:=loud', 'loud'),
    ],
)
def test_a_bad_argument_is_said_in_a_line(start, argument, hint):
    launched = start(OURS, argument)
    assert launched.process.wait(20) != 0
    lines = [line for line in launched.log.read_text().splitlines() if 'ERROR' in line]
    assert any(hint in line for line in lines), lines


@pytest.mark.parametrize(
    'name, missing', [(OURS, set()), ('bridge.launch.py', {'nodes', 'composed', 'audio_source', 'recogniser', 'model'})]
)
def test_what_is_shown_are_the_arguments_that_work(name, missing):
    from ament_index_python.packages import get_package_share_directory
    from launch.launch_description_sources import PythonLaunchDescriptionSource

    from gemma_events import launching

    file = Path(get_package_share_directory('gemma_events')) / 'launch' / name
    description = PythonLaunchDescriptionSource(str(file)).try_get_launch_description_without_context()
    shown = {argument.name: argument.description for argument in description.get_launch_arguments()}
    assert set(shown) == set(launching.ARGUMENTS) - missing
    assert all(shown.values())


@BOTH_WAYS
def test_arguments_that_are_parameters_win_over_files_and_keep_their_type(ros, start, tmp_path, composed):
    file = tmp_path / 'p.yaml'
    file.write_text(
        '/**:\n  ros__parameters: {autostart: true, audio_source: a}\n'
        '/gemma/hearing:\n  ros__parameters: {audio_source: b, frame_id: ear}\n'
        '/**/hearing:\n  ros__parameters: {audio_source: c}\n'
    )
    start(OURS, f'params_file:={file}', f'composed:={composed}', 'nodes:=hearing,vision', 'audio_source:=7')
    assert parameter(ros, '/gemma/hearing', 'audio_source') == '7'
    assert parameter(ros, '/gemma/hearing', 'frame_id') == 'ear'


@BOTH_WAYS
def test_arguments_for_all_nodes_reach_all(ros, start, composed):
    start(OURS, f'composed:={composed}', 'nodes:=vision,bridge', 'use_sim_time:=True', 'autostart:=FALSE')
    for node in ('/gemma/vision', '/gemma/bridge'):
        assert parameter(ros, node, 'use_sim_time') is True
        assert parameter(ros, node, 'autostart') is False


# --- included in another package's launch file ---------------------------------------------------------


@pytest.mark.parametrize(
    'given, expected',
    [('gemma', '/robot7/gemma'), ('a/b', '/robot7/a/b'), ('/abs', '/abs'), ('', '/robot7'), ('/', '')],
)
def test_an_enclosing_namespace_stands_before_a_relative_one(ros, start, tmp_path, given, expected):
    actions = f"GroupAction([PushROSNamespace('robot7'), include(namespace='{given}', nodes='vision')])"
    start(launch_file(tmp_path, actions))
    wait_for(lambda: nodes(ros) == {f'{expected}/vision'}, f'the node; {nodes(ros)}')


@BOTH_WAYS
def test_what_encloses_it_still_holds_when_a_process_was_killed(ros, start, tmp_path, composed):
    launched = start(
        launch_file(
            tmp_path,
            f"""GroupAction([
                PushROSNamespace('robot7'), SetRemap('vision', 'seen'), SetParameter('frame_id', 'mast'),
                include(nodes='vision', composed='{composed}'),
            ]), GroupAction([include(nodes='bridge', namespace='other')])""",
        )
    )

    def check():
        assert parameter(ros, '/robot7/gemma/vision', 'frame_id') == 'mast'
        wait_for(lambda: ros.node.count_publishers('/robot7/gemma/seen'), 'the remapped topic')
        assert not ros.node.count_publishers('/robot7/gemma/vision')

    launched.wait_for('[robot7.gemma.vision]: active')
    check()
    [killed] = [pid for pid in launched.children() if b'vision' in Path(f'/proc/{pid}/cmdline').read_bytes()]
    os.kill(killed, signal.SIGKILL)
    launched.wait_for('[robot7.gemma.vision]: active', 2)
    check()
    launched.interrupt()
    assert 'Traceback' not in launched.log.read_text()


def test_nothing_that_a_file_of_ours_sets_reaches_the_next_one(start, tmp_path):
    actions = """
        include('bridge.launch.py', namespace='first'), include(namespace='second', respawn='false'),
        DeclareLaunchArgument('params_file', default_value='mine'), LogInfo(msg=LaunchConfiguration('params_file')),
        *(LogInfo(msg=[name, ' is ', LaunchConfiguration(name, default='not set')]) for name in ('nodes', 'log_level')),
    """
    launched = start(launch_file(tmp_path, actions))
    launched.wait_for('[second.hearing]: active')
    launched.wait_for('[first.bridge]: active')
    log = launched.log.read_text()
    assert '[launch.user]: mine' in log
    assert 'nodes is not set' in log
    assert 'log_level is not set' in log


def test_included_twice_in_groups_each_has_its_own_arguments(ros, start, tmp_path):
    actions = """
        GroupAction([include(namespace='left', nodes='vision', use_sim_time='true')]),
        GroupAction([include(nodes='bridge')])
    """
    start(launch_file(tmp_path, actions))
    wait_for(lambda: nodes(ros) == {'/left/vision', '/gemma/bridge'}, 'the nodes')
    assert parameter(ros, '/left/vision', 'use_sim_time') is True
    assert parameter(ros, '/gemma/bridge', 'use_sim_time') is False


def test_launchs_own_life_cycle_events_work_on_processes_of_their_own(start, tmp_path):
    actions = """
        include(composed='false', nodes='vision,face_expression', autostart='false'),
        RegisterEventHandler(OnStateTransition(goal_state='inactive', entities=[
            LogInfo(msg='vision is inactive'),
            EmitEvent(event=ChangeState(
                lifecycle_node_matcher=matches_node_name('/gemma/vision'),
                transition_id=Transition.TRANSITION_ACTIVATE)),
        ])),
        EmitEvent(event=ChangeState(
            lifecycle_node_matcher=matches_node_name('/gemma/vision'),
            transition_id=Transition.TRANSITION_CONFIGURE)),
    """
    launched = start(launch_file(tmp_path, actions))
    launched.wait_for('vision is inactive')
    launched.wait_for('[gemma.vision]: active')
    launched.interrupt()
    log = launched.log.read_text()
    assert '[gemma.face_expression]: active' not in log
    assert log.count('process has finished cleanly') == 2


# --- processes that end --------------------------------------------------------------------------------


def test_a_process_that_dies_is_started_again_and_again(start):
    launched = start(OURS, 'nodes:=vision')
    for times in (1, 2, 3):
        launched.wait_for(']: active', times)
        [child] = launched.children()
        os.kill(child, signal.SIGKILL)


def test_with_respawn_off_it_is_not(start):
    launched = start(OURS, 'nodes:=vision', 'respawn:=FALSE')
    launched.wait_for(']: active')
    [child] = launched.children()
    os.kill(child, signal.SIGKILL)
    launched.process.wait(20)
    assert launched.log.read_text().count('process started') == 1


@BOTH_WAYS
def test_what_cannot_work_is_not_started_again(start, tmp_path, composed):
    file = tmp_path / 'p.yaml'
    file.write_text('/**: [')
    launched = start(OURS, 'nodes:=vision', f'composed:={composed}', f'params_file:={file}')
    assert launched.process.wait(30) == 0
    log = launched.log.read_text()
    assert log.count('process started') == 1
    assert log.count('exit code 78') == 1
    assert 'Traceback' not in log


@BOTH_WAYS
def test_what_has_ended_well_is_not_started_again(start, composed):
    launched = start(OURS, 'nodes:=vision', f'composed:={composed}')
    launched.wait_for(']: active')
    [child] = launched.children()
    os.kill(child, signal.SIGTERM)
    assert launched.process.wait(30) == 0
    assert launched.log.read_text().count('process started') == 1


@BOTH_WAYS
@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGKILL, signal.SIGHUP, signal.SIGQUIT])
def test_the_nodes_end_with_their_launcher(start, tmp_path, composed, number):
    launched = start(OURS, 'nodes:=bridge,vision', f'composed:={composed}')
    launched.wait_for(']: active', 2)
    assert (tmp_path / 'uds_socket').exists()
    children = launched.children()
    launched.process.send_signal(number)
    launched.process.wait(20)
    wait_for(lambda: not any(alive(child) for child in children), 'the end of the nodes')
    assert not list(tmp_path.rglob('*_socket'))


def test_a_terminal_that_is_closed_ends_all_cleanly(start, tmp_path):
    launched = start(OURS, 'nodes:=bridge')
    launched.wait_for(']: active')
    children = launched.children()
    os.killpg(launched.process.pid, signal.SIGHUP)
    launched.process.wait(20)
    wait_for(lambda: not any(alive(child) for child in children), 'the end of the nodes')
    assert not list(tmp_path.rglob('*_socket'))
    assert 'Traceback' not in launched.log.read_text()
