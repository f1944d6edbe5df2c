# SPDX-License-Identifier: Apache-2.0
"""The world outside the dispatcher: robots, the wires to them, the people at their doors.

What must hold: the robots are the real cores; every message crosses the wire as bytes, and after
the same small delay; a person types only the code that reached them.
"""

from collections import Counter
from collections.abc import Callable

from dispatcher.simulation.ledger import Ledger
from dispatcher.simulation.scenario import Scenario
from dispatcher.simulation.virtual_time import VirtualTime
from robot_agent.core.events import (
    HandoverClosed,
    InstantActionsReceived,
    LinkUp,
    MessageRefused,
    OrderReceived,
    PersonCame,
    PersonWanted,
    Publish,
    RobotEffect,
    RobotEvent,
    Woken,
)
from robot_agent.emulation.people import visit
from robot_agent.core.robot import Robot
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050.codec import WireError, decode_instant_actions, decode_order, encode
from robot_agent.vda5050.header import Message, stamped
from robot_agent.vda5050.state import State
from robot_agent.vda5050.timestamps import to_timestamp
from robot_agent.vda5050.topics import TopicName, topic

INTERFACE = "uagv"

Codes = dict[tuple[str, int], str]
"""What stands on the recipients' phones: parcel and code version to code."""


class SimulatedRobot:
    """One robot's core with its wire, its people and its alarm clock."""

    def __init__(
        self,
        spec: RobotSpec,
        scenario: Scenario,
        seed: int,
        time: VirtualTime,
        ledger: Ledger,
        phones: Codes,
        send: Callable[[str, bytes], None],
    ) -> None:
        """`send` takes what arrives at the dispatcher: a topic and a payload."""
        self._spec = spec
        self._scenario, self._seed, self._time = scenario, seed, time
        self._ledger, self._phones, self._send = ledger, phones, send
        self._robot = Robot(spec, time.now_ms)
        self._header_ids: Counter[str] = Counter()
        self._alarm_ms: int | None = None
        self._open: set[str] = set()

    def switch_on(self) -> None:
        """The robot finds its broker."""
        self._feed(LinkUp())

    def deliver(self, name: TopicName, payload: bytes) -> None:
        """A message of the dispatcher arrives."""
        event: RobotEvent
        try:
            if name == "order":
                event = OrderReceived(decode_order(payload))
            else:
                event = InstantActionsReceived(decode_instant_actions(payload))
        except WireError as error:
            event = MessageRefused(name, str(error))
        self._feed(event)

    def _feed(self, event: RobotEvent) -> None:
        for effect in self._robot.handle(event, self._time.now_ms):
            self._perform(effect)
        wake_ms = self._robot.next_wake_ms
        if wake_ms is not None and wake_ms != self._alarm_ms:
            self._alarm_ms = wake_ms
            self._time.at(wake_ms, lambda: self._wake(wake_ms))

    def _wake(self, wake_ms: int) -> None:
        if self._alarm_ms == wake_ms:  # Else it was set anew meanwhile.
            self._alarm_ms = None
            self._feed(Woken())

    def _perform(self, effect: RobotEffect) -> None:
        match effect:
            case Publish(name, message):
                if isinstance(message, State):
                    aboard = (load.load_id for load in message.loads or () if load.load_id)
                    self._ledger.carries(self._spec.robot_id, aboard)
                self._publish(name, message)
            case PersonWanted():
                self._open.add(effect.action_id)
                self._ledger.opened(effect.action_id, effect.parcel, effect.direction)
                self._send_somebody(effect)
            case HandoverClosed(action_id, result):
                self._open.discard(action_id)
                self._ledger.closed(self._spec.robot_id, action_id, result, self._time.now_ms)

    def _publish(self, name: TopicName, message: Message) -> None:
        self._header_ids[name] += 1
        whole = stamped(
            message,
            header_id=self._header_ids[name],
            timestamp=to_timestamp(self._time.now_ms),
            manufacturer=self._spec.manufacturer,
            serial_number=self._spec.serial,
        )
        where = topic(INTERFACE, self._spec.manufacturer, self._spec.serial, name)
        payload = encode(whole)
        self._time.after(self._scenario.link.delay_ms, lambda: self._send(where, payload))

    def _send_somebody(self, wanted: PersonWanted) -> None:
        drawn = visit(self._seed, wanted.parcel, wanted.code_version, self._scenario.people)
        if drawn.come_after_ms is not None:
            self._time.after(drawn.come_after_ms, lambda: self._come(wanted, drawn.service_ms))

    def _come(self, wanted: PersonWanted, service_ms: int) -> None:
        if wanted.action_id in self._open:  # Else they find nobody.
            code = self._phones.get((wanted.parcel, wanted.code_version))
            self._feed(PersonCame(wanted.action_id, code, service_ms))
