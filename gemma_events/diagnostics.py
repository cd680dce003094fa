"""A node's status on `/diagnostics`: what it says of itself, and what can be wrong with any node."""

from __future__ import annotations

import socket
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.qos import QoSCompatibility, qos_check_compatible
from rclpy.topic_endpoint_info import TopicEndpointInfo, TopicEndpointTypeEnum

from gemma_events import messages
from gemma_events.health import Condition, Health
from gemma_events.registry import text
from gemma_events.words import printable

# What qos_check_compatible says, and the policy it is about.
POLICIES = {'Best effort': 'reliability', 'Volatile': 'durability', 'deadline': 'deadline', 'liveliness': 'liveliness'}


def message(node: Any, health: Health, stamp: int) -> DiagnosticArray:
    """The message for `/diagnostics`.

    `hardware_id` is the device that the values name, such as a microphone, else this computer's name: of two robots
    with the same nodes it tells which one.
    """
    status = DiagnosticStatus(
        name=node.get_fully_qualified_name(),
        hardware_id=text(health.values.get('device')) or socket.gethostname(),
        level=health.level,
        message=printable(health.summary),
        values=[KeyValue(key=text(key), value=text(value)) for key, value in health.values.items()],
    )
    array = DiagnosticArray(status=[status])
    messages.set_time(array.header.stamp, stamp)
    return array


def unmatched(node: Any) -> Iterator[Condition]:
    """Each publisher and subscription of others on this node's topics that DDS does not connect with it, and why.

    The details are asked for only where the counts differ: that takes a millisecond for each topic.
    """
    for topic, subscriptions in _by_topic(node.subscriptions):
        if node.count_publishers(topic) > max(each.get_publisher_count() for each in subscriptions):
            others = node.get_publishers_info_by_topic(topic)
            for name, fault in _faults(node, node.get_subscriptions_info_by_topic(topic), others):
                yield Condition(Health.WARN, f'nothing comes from {name}, which publishes on {topic}: {fault}')
    for topic, publishers in _by_topic(node.publishers):
        if node.count_subscribers(topic) > max(each.get_subscription_count() for each in publishers):
            others = node.get_subscriptions_info_by_topic(topic)
            for name, fault in _faults(node, node.get_publishers_info_by_topic(topic), others):
                yield Condition(Health.WARN, f'{name}, which subscribes to {topic}, gets nothing: {fault}')


def mismatch(mine: TopicEndpointInfo, other: TopicEndpointInfo) -> str:
    """Why two ends of a topic are not connected, and what to do about the other one; empty where they are."""
    if other.topic_type != mine.topic_type:
        return f'its type there is {other.topic_type}, here {mine.topic_type}: give one of them another topic'
    publishes = mine.endpoint_type == TopicEndpointTypeEnum.PUBLISHER
    publisher, subscription = (mine, other) if publishes else (other, mine)
    compatibility, reason = qos_check_compatible(publisher.qos_profile, subscription.qos_profile)
    if compatibility != QoSCompatibility.ERROR:
        return ''
    policies = ' and '.join(policy for word, policy in POLICIES.items() if word in reason)
    reasons = ', '.join(part.strip() for part in reason.replace('ERROR:', '').split(';') if part)
    return f'{reasons[:1].lower()}{reasons[1:]}; let it have the {policies} of this node, or change that: qos_overrides'


def _faults(
    node: Any, same_side: Iterable[TopicEndpointInfo], other_side: Iterable[TopicEndpointInfo]
) -> Iterator[tuple[str, str]]:
    """Each node of which no end is connected with one of this node's, and why."""
    mine = [each for each in same_side if _name(each) == node.get_fully_qualified_name()]
    for name, others in _by_node(other_side):
        reasons = [mismatch(each, other) for each in mine for other in others]
        if reasons and all(reasons):
            yield name, reasons[0]


def _name(endpoint: TopicEndpointInfo) -> str:
    """The full name of the node that a publisher or subscription belongs to."""
    return f'{endpoint.node_namespace.rstrip("/")}/{endpoint.node_name}'


def _by_node(endpoints: Iterable[TopicEndpointInfo]) -> Iterable[tuple[str, list[TopicEndpointInfo]]]:
    """A node may have several ends of a topic, as the ones here do: it is enough that one is connected."""
    grouped = defaultdict(list)
    for endpoint in endpoints:
        grouped[_name(endpoint)].append(endpoint)
    return grouped.items()


def _by_topic(endpoints: Iterable[Any]) -> Iterable[tuple[str, list[Any]]]:
    grouped = defaultdict(list)
    for endpoint in endpoints:
        grouped[endpoint.topic_name].append(endpoint)
    return grouped.items()
