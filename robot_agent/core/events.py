# SPDX-License-Identifier: Apache-2.0
"""What happens to a robot (events) and what it wants done (effects). Values, no behaviour."""

import msgspec

from robot_agent.vda5050.header import Message
from robot_agent.vda5050.instant_actions import InstantActions
from robot_agent.vda5050.order import Order
from robot_agent.vda5050.topics import TopicName


class OrderReceived(msgspec.Struct, frozen=True, tag=True):
    """An order message came."""

    order: Order


class InstantActionsReceived(msgspec.Struct, frozen=True, tag=True):
    """An instantActions message came."""

    message: InstantActions


class MessageRefused(msgspec.Struct, frozen=True, tag=True):
    """A message came that could not be read; `reason` is the codec's sentence."""

    topic_name: TopicName
    reason: str


class LinkUp(msgspec.Struct, frozen=True, tag=True):
    """The broker is there, again or for the first time."""


class LinkDown(msgspec.Struct, frozen=True, tag=True):
    """The broker is gone: nothing can be published."""


class Woken(msgspec.Struct, frozen=True, tag=True):
    """`next_wake_ms` has come; being woken early or late does no harm."""


class PersonCame(msgspec.Struct, frozen=True, tag=True):
    """Somebody stands at the door of a handover and types a code (None: has none).

    With the right code the door is theirs for `service_ms` once it is their turn.
    """

    action_id: str
    code: str | None
    service_ms: int = 20_000


RobotEvent = (
    OrderReceived | InstantActionsReceived | MessageRefused | LinkUp | LinkDown | Woken | PersonCame
)


class Publish(msgspec.Struct, frozen=True, tag=True):
    """Send this message, not stamped yet, on this robot's topic."""

    topic_name: TopicName
    message: Message


class PersonWanted(msgspec.Struct, frozen=True, tag=True):
    """A handover is open: the world may now send people, at the latest by `wait_until_ms`."""

    action_id: str
    parcel: str
    direction: str
    code_version: int
    wait_until_ms: int
    needs_code: bool


class HandoverClosed(msgspec.Struct, frozen=True, tag=True):
    """A handover is over; `result` as in its resultDescription."""

    action_id: str
    result: str


RobotEffect = Publish | PersonWanted | HandoverClosed
