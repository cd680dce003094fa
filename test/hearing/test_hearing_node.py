"""The hearing node over DDS: a recording becomes speech events, and what is promised comes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from sounds import silence, write_wav

from gemma_events.errors import ConfigurationError
from gemma_events.events import SECOND, ActionStatus, SpeechEvent
from gemma_events.hearing.transcripts import Transcript
from harness import wait_for

STARTED, STOPPED, TRANSCRIPT = SpeechEvent.SPEECH_STARTED, SpeechEvent.SPEECH_STOPPED, SpeechEvent.TRANSCRIPT
LENGTHS = (1.2, 1.2, 1.2)  # roughly, of the utterances in the conversation


@pytest.fixture
def hearing(ros):
    """Start a hearing node that begins to listen once its events are recorded; gives both."""
    from gemma_events.hearing.node import HearingNode

    def start(path, clock_is_known=True, **parameters):
        events = ros.record(SpeechEvent, 'speech')
        node = ros.create(
            HearingNode, audio_source=str(path), **{'recogniser': 'none', 'audio_pace': 'fast', **parameters}
        )
        wait_for(lambda: ros.node.count_publishers('speech'), 'the publisher')
        if clock_is_known and node.get_parameter('use_sim_time').value:
            wait_for(node.now, 'the clock')
        assert node.start()
        return node, events

    return start


@pytest.fixture
def microphone(ros):
    """Publish sound on the topic `microphone` once the node hears it; gives a function that publishes."""

    def start(node, message_type, fill, qos=100):
        publisher = ros.node.create_publisher(message_type, 'microphone', qos)

        def publish(samples):
            message = message_type()
            fill(message, np.asarray(samples, '<i2').tobytes())
            publisher.publish(message)

        def is_heard():
            publish(silence(0.03))
            return node.source_state.value == 'listening'

        wait_for(is_heard, 'the topic to be heard')
        return publish

    return start


def kinds(events):
    return [(event.event_type, event.event_number) for event in events]


def heard(node, events, count):
    wait_for(lambda: node.finished and len(events) >= count, f'{count} events')
    return events


def test_a_recording_becomes_events(hearing, conversation, tiny_model):
    node, events = hearing(conversation, recogniser='faster_whisper', model=str(tiny_model))
    heard(node, events, 9)
    assert sorted(kinds(events)) == sorted((kind, n) for n in (1, 2, 3) for kind in (STARTED, STOPPED, TRANSCRIPT))
    for number in (1, 2, 3):
        started, stopped, transcript = (event for event in events if event.event_number == number)
        assert (started.event_type, stopped.event_type, transcript.event_type) == (STARTED, STOPPED, TRANSCRIPT)
        assert stopped.transcript_follows
        assert stopped.stamp - started.stamp == stopped.duration == transcript.duration
        assert 0.5 * SECOND < stopped.duration < 1.6 * SECOND
        assert (transcript.transcript, transcript.error, transcript.source) == ('hello robot', '', 'hearing')
        assert transcript.recognition_time > 0
    starts = [event.stamp / SECOND for event in events if event.event_type == STARTED]
    assert np.diff(starts) == pytest.approx([2.63, 2.6], abs=0.3)  # capture times, whatever the pace


def test_without_a_recogniser_no_transcript_is_promised(hearing, conversation):
    node, events = hearing(conversation)
    heard(node, events, 6)
    assert kinds(events) == [(kind, n) for n in (1, 2, 3) for kind in (STARTED, STOPPED)]
    assert not any(event.transcript_follows for event in events)


def test_all_events_have_the_microphones_frame(hearing, conversation, tiny_model):
    node, events = hearing(conversation, recogniser='faster_whisper', model=str(tiny_model), frame_id='left_ear')
    heard(node, events, 9)
    assert {event.frame_id for event in events} == {'left_ear'}


class Unwilling:
    """A recogniser and a detector of another package, which cannot be made."""

    transcribe = detect = print

    def __init__(self, settings):
        raise RuntimeError('not\ntoday')


def test_a_recogniser_that_cannot_be_made_leaves_hearing_without_transcripts(hearing, conversation):
    node, events = hearing(conversation, recogniser=f'{__name__}:Unwilling')
    heard(node, events, 9)
    assert {event.error for event in events if event.event_type == TRANSCRIPT} == {node.health().summary}
    assert node.health().level == node.health().WARN
    assert 'cannot be made: RuntimeError: not today' in node.health().summary


def test_a_detector_that_cannot_be_made_is_reported_and_the_node_stays(hearing, conversation):
    node, _ = hearing(conversation, vad=f'{__name__}:Unwilling')
    wait_for(lambda: node.source_state.value == 'lost', 'the loss')
    health = node.health()
    assert (node.active, health.level) == (True, health.ERROR)
    assert 'cannot be made: RuntimeError: not today' in health.summary
    assert '\n' not in health.summary


def test_the_node_knows_when_a_file_has_ended(hearing, conversation):
    node, _ = hearing(conversation)
    wait_for(lambda: node.finished, 'the end')
    health = node.health()
    assert (health.values['source'], health.values['transcripts owed']) == ('ended', 0)
    assert health.values['utterances'] == 3


class Hangs:
    """A recogniser of another package."""

    begun, free = threading.Event(), threading.Event()

    def __init__(self, settings):
        pass

    def transcribe(self, audio, settings):
        self.begun.set()
        self.free.wait(60)
        return Transcript('too late')


class Crashes(Hangs):
    """One that never works."""

    free = threading.Event()

    def transcribe(self, audio, settings):
        raise RuntimeError('out of memory')


class HangsToo(Hangs):
    free = threading.Event()


@pytest.mark.parametrize(
    ('recogniser', 'parameters', 'warning'),
    [
        (Crashes, {}, 'the recogniser fails each time ('),
        (HangsToo, {'recognition_timeout': 0.5}, 'lately there was no time to recognise an utterance: take a smaller'),
    ],
)
def test_a_recogniser_that_is_no_use_is_a_warning(hearing, conversation, recogniser, parameters, warning):
    node, _ = hearing(conversation, recogniser=f'{__name__}:{recogniser.__name__}', **parameters)
    wait_for(lambda: warning in node.health().summary, 'the warning')
    assert node.health().level == node.health().WARN
    recogniser.free.set()


class Busy:
    """A detector that can be held up."""

    free = threading.Event()

    def __init__(self, settings):
        self.free.set()

    def detect(self, frames, settings):
        assert self.free.wait(60)
        return [False] * len(frames)


def test_sound_that_nobody_took_in_time_is_a_warning(hearing, microphone):
    from std_msgs.msg import UInt8MultiArray

    node, _ = hearing('topic:microphone', vad=f'{__name__}:Busy')
    publish = microphone(node, UInt8MultiArray, fill_plain)
    Busy.free.clear()
    wait_for(lambda: publish(silence(0.03)) or 'sound was lost lately' in node.health().summary, 'the warning')
    assert node.health().level == node.health().WARN
    Busy.free.set()


def test_deactivating_in_the_middle_answers_what_is_owed(hearing, conversation):
    node, events = hearing(conversation, recogniser=f'{__name__}:Hangs')
    wait_for(Hangs.begun.is_set, 'the recogniser to begin')
    wait_for(lambda: node.health().values['transcripts owed'] == 3, 'three transcripts to be owed')
    node.trigger_deactivate()
    wait_for(lambda: len(events) == 9, 'all events')
    assert [event.error for event in events if event.event_type == TRANSCRIPT] == ['hearing was deactivated'] * 3
    Hangs.free.set()


def test_muted_and_unmuted(hearing, conversation):
    node, events = hearing(conversation)
    heard(node, events, 6)
    node.trigger_deactivate()
    assert node.source_state.value == 'closed'
    node.trigger_activate()
    heard(node, events, 12)
    assert [number for kind, number in kinds(events) if kind == STARTED] == [1, 2, 3, 4, 5, 6]  # no number twice


def test_parameters_change_while_it_listens(hearing, tmp_path):
    from rclpy.parameter import Parameter

    node, _ = hearing(write_wav(tmp_path / 'long.wav', silence(60)), audio_pace='real_time')
    good, bad, fixed = (
        node.set_parameters([Parameter(name, value=value)])[0].successful
        for name, value in (('hangover_ms', 900), ('hangover_ms', 3), ('audio_source', 'other.wav'))
    )
    assert (good, bad, fixed) == (True, False, False)
    assert node.settings.hangover_ms == 900


def test_the_robot_ignores_all_sound_while_it_speaks(hearing, ros, conversation):
    node, events = hearing(conversation, audio_pace='real_time', while_speaking='ignore')
    publish = ros.publisher(ActionStatus, 'action_status')
    publish(ActionStatus(ActionStatus.ACTION_STARTED, id='1', action='speak'))
    wait_for(lambda: node.finished, 'the end')
    assert STARTED not in [event.event_type for event in events[2:]]  # one may have begun before


def test_a_node_that_was_deactivated_does_not_take_the_robot_to_be_speaking_for_ever(hearing, ros, conversation):
    node, events = hearing(conversation, while_speaking='ignore')
    heard(node, events, 6)
    publish = ros.publisher(ActionStatus, 'action_status')
    publish(ActionStatus(ActionStatus.ACTION_STARTED, id='1', action='speak'))
    wait_for(lambda: node._floor.robot, 'the robot to speak')
    node.trigger_deactivate()  # the end of the speech is missed
    node.trigger_activate()
    heard(node, events, 12)


def fill_plain(message, data):
    message.data = data


def test_sound_from_a_topic(hearing, microphone, voices):
    from std_msgs.msg import UInt8MultiArray

    node, events = hearing('topic:microphone')
    publish = microphone(node, UInt8MultiArray, fill_plain)
    sound = np.concatenate([silence(0.5), voices['Front_Center']])
    for message in ([], *np.array_split(sound, 50)):
        publish(message)
    wait_for(lambda: len(events) == 2, 'an utterance, which ends although no more sound comes')
    assert kinds(events) == [(STARTED, 1), (STOPPED, 1)]
    assert abs(events[0].stamp - node.now()) < 60 * SECOND


@pytest.mark.parametrize('reliability', ['RELIABLE', 'BEST_EFFORT'])
@pytest.mark.parametrize('durability', ['VOLATILE', 'TRANSIENT_LOCAL'])
def test_whoever_publishes_sound_is_heard(hearing, microphone, voices, reliability, durability):
    from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
    from std_msgs.msg import UInt8MultiArray

    node, events = hearing('topic:microphone')
    qos = QoSProfile(depth=100, reliability=ReliabilityPolicy[reliability], durability=DurabilityPolicy[durability])
    publish = microphone(node, UInt8MultiArray, fill_plain, qos)
    publish(voices['Front_Center'])
    wait_for(lambda: len(events) == 2, 'an utterance')
    assert events[1].stamp - events[0].stamp == events[1].duration


def test_a_topic_on_which_nothing_comes_is_reported(hearing, ros, monkeypatch):
    from std_msgs.msg import UInt8MultiArray

    monkeypatch.setattr('gemma_events.hearing.listener.FIRST_SOUND', 0.0)
    node, _ = hearing('topic:microphone')
    wait_for(lambda: node.health().level == node.health().WARN, 'a warning')
    assert node.health().summary.startswith('nobody publishes /microphone: start what does')
    ros.node.create_publisher(UInt8MultiArray, 'microphone', 10)
    wait_for(lambda: 'nothing comes on /microphone, although' in node.health().summary, 'the publisher to be seen')


def test_sound_of_which_the_time_is_unknown_has_no_stamp(hearing, microphone, voices):
    """Simulated time of which nothing has come yet."""
    from std_msgs.msg import UInt8MultiArray

    node, events = hearing('topic:microphone', clock_is_known=False, use_sim_time=True)
    microphone(node, UInt8MultiArray, fill_plain)(voices['Front_Center'])
    wait_for(lambda: len(events) == 2, 'an utterance')
    assert [event.stamp for event in events] == [0, 0]
    assert events[1].duration > 0


def test_a_missing_microphone_is_reported_and_the_node_stays(ros):
    from gemma_events.hearing.node import HearingNode

    node = ros.start(HearingNode, audio_source='no such microphone', recogniser='none')
    wait_for(lambda: node.source_state.value == 'lost', 'the loss')
    health = node.health()
    assert health.level == health.ERROR
    assert node.active


@pytest.fixture
def clock(ros):
    """A simulated clock that stands at second 1000."""
    from rclpy.qos import QoSProfile
    from rosgraph_msgs.msg import Clock

    publisher = ros.node.create_publisher(Clock, '/clock', QoSProfile(depth=1))
    message = Clock()
    message.clock.sec = 1000
    timer = ros.node.create_timer(0.02, lambda: publisher.publish(message))
    yield
    ros.node.destroy_timer(timer)


def test_stamps_of_a_file_follow_simulated_time(hearing, clock, conversation):
    node, events = hearing(conversation, use_sim_time=True)
    heard(node, events, 6)
    starts = [event.stamp / SECOND for event in events if event.event_type == STARTED]
    assert starts == pytest.approx([1000.6, 1003.2, 1005.8], abs=0.5)


def test_stamps_of_a_topic_follow_simulated_time(hearing, microphone, clock, voices):
    from std_msgs.msg import UInt8MultiArray

    node, events = hearing('topic:microphone', use_sim_time=True)
    publish = microphone(node, UInt8MultiArray, fill_plain)
    publish(voices['Front_Center'])
    wait_for(lambda: len(events) == 2, 'an utterance')
    assert 998 < events[0].stamp / SECOND < events[1].stamp / SECOND <= 1000  # it has ended when the message comes


@pytest.mark.parametrize('name', ['AudioData', 'AudioDataStamped'])
def test_sound_from_messages_of_audio_common(hearing, microphone, voices, name):
    messages = pytest.importorskip('audio_common_msgs.msg')
    node, events = hearing('topic:microphone', topic_type=f'audio_common_msgs/{name}')

    def fill(message, data):
        getattr(message, 'audio', message).data = data
        if name == 'AudioDataStamped':
            message.header.stamp.sec = 1000
            message.header.frame_id = 'left_ear'

    microphone(node, getattr(messages, name), fill)(voices['Front_Center'])
    wait_for(lambda: len(events) == 2, 'an utterance')
    begun = 1000 if name == 'AudioDataStamped' else node.now() / SECOND
    assert abs(events[0].stamp / SECOND - begun) < 10
    assert {event.frame_id for event in events} == {'left_ear' if name == 'AudioDataStamped' else 'microphone'}


def test_what_was_heard_for_ros4hri(hearing, ros, conversation, tiny_model):
    from std_msgs.msg import Bool

    messages = pytest.importorskip('hri_msgs.msg')
    speech, speaking, tracked = [], [], []
    for kind, topic, heard_there in (
        (messages.LiveSpeech, 'anonymous_speaker/speech', speech),
        (Bool, 'anonymous_speaker/is_speaking', speaking),
        (messages.IdsList, 'tracked', tracked),
    ):
        ros.node.create_subscription(kind, f'/humans/voices/{topic}', heard_there.append, 10)
    node, events = hearing(
        conversation, recogniser='faster_whisper', model=str(tiny_model), hri=True, audio_pace='real_time'
    )
    heard(node, events, 9)
    wait_for(lambda: len(speech) == 3 and len(speaking) == 6, 'all of it')
    assert [message.final for message in speech] == ['hello robot'] * 3
    assert [message.data for message in speaking] == [True, False] * 3
    assert list(tracked[-1].ids) == ['anonymous_speaker']
    assert {message.header.frame_id for message in (*speech, *tracked)} == {'microphone'}
    node.trigger_deactivate()
    node.trigger_cleanup()
    wait_for(lambda: not tracked[-1].ids, 'the voice to be gone')


def test_each_utterance_is_kept_where_that_is_wanted(hearing, conversation, tmp_path):
    node, events = hearing(conversation, record_folder=str(tmp_path / 'voices'))
    heard(node, events, 6)
    wait_for(lambda: node.health().values['recorded'] == 3, 'three files')
    assert sorted(path.stem[-2:] for path in (tmp_path / 'voices').iterdir()) == ['01', '02', '03']


@pytest.mark.parametrize(
    'parameters', [{'hri': True}, {'audio_source': 'topic:microphone', 'topic_type': 'audio_common_msgs/AudioData'}]
)
def test_a_package_that_is_missing_is_named(ros, parameters, monkeypatch):
    from gemma_events.hearing.node import HearingNode

    for package in ('hri_msgs', 'audio_common_msgs'):
        monkeypatch.setitem(sys.modules, package, None)
        monkeypatch.setitem(sys.modules, f'{package}.msg', None)
    node = ros.create(HearingNode, recogniser='none', **parameters)
    with pytest.raises(ConfigurationError, match=r'needs the package \w+: install ros-'):
        node.configure()


CANNOT_WORK = [
    ({'record_folder': '/proc/voices'}, 'record_folder /proc/voices cannot be written to'),
    ({'record_folder': '~nobody_of_this_name/x'}, 'there is no such user'),
    ({'audio_source': '/no/such/file.wav'}, 'no such file: /no/such/file.wav'),
    ({'audio_source': 'speech.wav'}, 'no such file: speech.wav'),
    ({'audio_source': '~nobody_of_this_name/x.wav'}, 'there is no such user'),
    ({'audio_source': '/tmp'}, 'audio_source takes a sound file'),
    ({'audio_source': '/dev/zero'}, 'audio_source takes a sound file'),
    ({'audio_source': f'/{"x" * 300}'}, 'name too long'),
    ({'audio_source': __file__}, 'is not a sound file'),
    *(
        ({'audio_source': f'topic:{name}'}, 'does not name a topic: it looks like topic:microphone')
        for name in ('', 'no name', '1st', '/', 'a//b', 'a/', '{x}', 'é')
    ),
    ({'model': '/no/such/folder', 'recogniser': 'auto'}, 'no such model folder'),
    ({'model': '/tmp', 'recogniser': 'faster_whisper'}, 'is not a model for faster_whisper'),
    ({'model': '~nobody_of_this_name/x', 'recogniser': 'faster_whisper'}, 'there is no such user'),
    ({'recogniser': 'wisper'}, "there is no recogniser 'wisper': there are"),
    ({'vad': 'sixth_sense'}, "there is no voice activity detector 'sixth_sense': there are"),
]


@pytest.mark.parametrize(('parameters', 'reason'), CANNOT_WORK)
def test_what_cannot_work_leaves_it_unconfigured_with_one_line(ros, parameters, reason, capfd):
    from gemma_events.hearing.node import HearingNode

    node = ros.create(HearingNode, **{'recogniser': 'none', **parameters})
    assert not node.start()
    assert not node.active
    assert reason in node.fault
    assert '\n' not in node.fault
    assert 'Traceback' not in capfd.readouterr().err


def change(node, **parameters):
    """Set parameters that cannot change while the node works, by a round trip through its states."""
    from rclpy.parameter import Parameter

    if node.active:
        node.trigger_deactivate()
        node.trigger_cleanup()
    for name, value in parameters.items():
        result = node.set_parameters([Parameter(name, value=value)])[0]
        assert result.successful, result.reason
    return node.start()


def test_a_round_trip_applies_another_source_and_recogniser(hearing, ros, conversation, tiny_model, tmp_path):
    node, events = hearing(conversation)
    heard(node, events, 6)
    short = write_wav(tmp_path / 'none.wav', silence(1))
    assert change(node, audio_source=str(short))
    wait_for(lambda: node.finished, 'the end of the other file')
    assert node.health().values['device'] == str(short)
    assert not change(node, audio_source='/no/such/file.wav')
    assert change(node, audio_source=str(conversation), recogniser='faster_whisper', model=str(tiny_model))
    heard(node, events, 15)
    assert [event.transcript for event in events if event.event_type == TRANSCRIPT] == ['hello robot'] * 3
    assert change(node, recogniser='none', audio_source='topic:other')
    assert node.count_subscribers('other') == 1
    assert change(node, audio_source=str(short), record_folder=str(tmp_path / 'voices'))
    assert node.count_subscribers('other') == 0, 'what configure acquired is released'
    assert [event.event_number for event in events if event.event_type == STARTED] == [1, 2, 3, 4, 5, 6]


def test_one_that_could_not_start_starts_once_it_can(ros, conversation):
    from gemma_events.hearing.node import HearingNode

    node = ros.create(HearingNode, audio_source='/no/such/file.wav', audio_pace='fast', recogniser='none')
    assert not node.start()
    assert change(node, audio_source=str(conversation))
    wait_for(lambda: node.finished, 'the end')
    assert node.fault == ''


def test_the_node_loads_nothing_before_it_is_used():
    pytest.importorskip('rclpy')
    heavy = ('faster_whisper', 'av', 'onnxruntime', 'sounddevice', 'pocketsphinx', 'webrtcvad', 'ctranslate2')
    program = f'import sys, gemma_events.hearing.node; print([name for name in {heavy} if name in sys.modules])'
    done = subprocess.run(
        [sys.executable, '-c', program],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env=os.environ | {'PYTHONPATH': os.pathsep.join(sys.path)},
    )
    assert done.stdout.strip() == '[]'


def test_configuring_loads_neither_a_network_nor_a_model(ros):
    program = """
import sys, rclpy
from rclpy.parameter import Parameter
from gemma_events.hearing.node import HearingNode
rclpy.init()
node = HearingNode(parameter_overrides=[Parameter('recogniser', value='none')])
node.configure()
print([name for name in ('onnxruntime', 'ctranslate2', 'faster_whisper', 'av') if name in sys.modules])
node.cleanup()
node.close()
rclpy.shutdown()
"""
    done = subprocess.run(
        [sys.executable, '-c', program],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env=os.environ | {'PYTHONPATH': os.pathsep.join(sys.path)},
    )
    assert done.stdout.strip().splitlines()[-1] == '[]'
