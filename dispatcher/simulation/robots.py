# SPDX-License-Identifier: Apache-2.0
"""The world outside the dispatcher: robots on their bodies, and the wires to them.

What must hold: the robots are the real cores, on the emulator's bodies and among its people; every
message crosses the wire as bytes, and after the same small delay; a person types only the code that
reached them; without radio nothing arrives, either way.
"""

from collections import Counter
from collections.abc import Callable

from dispatcher.simulation.fleet import SimulatedSpec
from dispatcher.simulation.ledger import Ledger
from dispatcher.simulation.virtual_time import VirtualTime
from robot_agent.core.events import (
    FetchMap,
    InstantActionsReceived,
    LinkDown,
    LinkUp,
    LogWritten,
    MapFetched,
    MessageRefused,
    OrderReceived,
    Publish,
    RobotEvent,
    WriteLog,
)
from robot_agent.core.robot import Robot
from robot_agent.emulation.body import Body
from robot_agent.emulation.rig import HostEffect, Rig
from robot_agent.vda5050.codec import WireError, decode_instant_actions, decode_order, encode
from robot_agent.vda5050.connection import Connection
from robot_agent.vda5050.header import Message, stamped
from robot_agent.vda5050.timestamps import to_timestamp
from robot_agent.vda5050.topics import TopicName, topic

INTERFACE = "uagv"
BROKER_NOTICES_MS = 22_500
"""One and a half keepalives of 15 s: then the broker publishes a silent robot's will."""

Codes = dict[tuple[str, int], str]
"""What stands on the recipients' phones: parcel and code version to code."""


class SimulatedRobot:
    """One robot with its wire and its alarm clock."""

    def __init__(
        self,
        made_of: SimulatedSpec,
        delay_ms: int,
        seed: int,
        time: VirtualTime,
        ledger: Ledger,
        phones: Codes,
        send: Callable[[str, bytes], None],
    ) -> None:
        """`send` takes what arrives at the dispatcher: a topic and a payload."""
        self._spec = made_of.spec
        self._delay_ms, self._time, self._ledger, self._send = delay_ms, time, ledger, send
        body = Body(made_of.params, seed, time.now_ms, lambda *key: phones.get(key))
        self._rig = Rig(Robot(made_of.spec, time.now_ms, made_of.kept), body)
        self._header_ids: Counter[str] = Counter()
        self._alarm_ms: int | None = None
        self._has_radio = True
        self._cuts = 0

    def switch_on(self) -> None:
        """The robot looks around and finds its broker."""
        self._perform(self._rig.start(self._time.now_ms))
        self._feed(LinkUp())

    def deliver(self, name: TopicName, payload: bytes) -> None:
        """A message of the dispatcher arrives, if there is radio."""
        if not self._has_radio:
            return
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
        self._perform(self._rig.feed(event, self._time.now_ms))

    def _wake(self, wake_ms: int) -> None:
        if self._alarm_ms == wake_ms:  # Else it was set anew meanwhile.
            self._alarm_ms = None
            self._perform(self._rig.wake(self._time.now_ms))

    def _perform(self, effects: list[HostEffect]) -> None:
        for happening in self._rig.body.take_happenings():
            self._ledger.changed_hands(self._spec.robot_id, happening)
        for effect in effects:
            match effect:
                case Publish(name, message):
                    self._publish(name, message)
                case FetchMap(action_id):
                    self._answer(MapFetched(action_id, None, "there is no other map in here"))
                case WriteLog(action_id):
                    self._answer(LogWritten(action_id, "", "there is no disk in here"))
        self._look_for_radio()
        wake_ms = self._rig.next_wake_ms
        if wake_ms is not None and wake_ms != self._alarm_ms:
            self._alarm_ms = wake_ms
            self._time.at(wake_ms, lambda: self._wake(wake_ms))

    def _answer(self, event: RobotEvent) -> None:
        self._time.after(self._delay_ms, lambda: self._feed(event))

    def _look_for_radio(self) -> None:
        if self._rig.body.has_radio == self._has_radio:
            return
        self._has_radio = not self._has_radio
        self._cuts += 1
        cut = self._cuts
        if self._has_radio:
            self._feed(LinkUp())
        else:
            self._feed(LinkDown())
            self._time.after(BROKER_NOTICES_MS, lambda: self._be_missed(cut))

    def _be_missed(self, cut: int) -> None:
        if cut == self._cuts:
            self._post("connection", Connection(connection_state="CONNECTIONBROKEN"))

    def _publish(self, name: TopicName, message: Message) -> None:
        if self._has_radio:
            self._post(name, message)

    def _post(self, name: TopicName, message: Message) -> None:
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
        self._time.after(self._delay_ms, lambda: self._send(where, payload))
