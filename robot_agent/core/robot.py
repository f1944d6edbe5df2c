# SPDX-License-Identifier: Apache-2.0
"""The robot: an event and the time in, effects out. Pure, deterministic, int inside.

What must hold: it never drives beyond the last released node; what is due happens at the time it
was due, however late the robot is woken; with the link down it goes on working and tells when it is
back. It stops for an empty battery at the next node only: the last reserve takes it there.
"""

import msgspec

from robot_agent.core import acceptance, doors, faults, instant, motion, work
from robot_agent.core.events import (
    InstantActionsReceived,
    LinkDown,
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
from robot_agent.core.factsheet import factsheet
from robot_agent.core.memory import MS_PER_HOUR, Memory
from robot_agent.core.report import state_of
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050.connection import Connection

BATTERY_EMPTY = "batteryEmpty"


class Robot:
    """One robot. Time given to it never runs backwards: an earlier `now_ms` counts as the last."""

    def __init__(self, spec: RobotSpec, now_ms: int, battery_pct: int = 100) -> None:
        self.spec = spec
        self._memory = Memory(
            now_ms=now_ms,
            x_mm=spec.start_x_mm,
            y_mm=spec.start_y_mm,
            energy_mwms=spec.battery_mwh * MS_PER_HOUR * battery_pct // 100,
            energy_ms=now_ms,
            last_node_id=spec.start_node,
        )

    def snapshot(self) -> bytes:
        """All it remembers; the same memory gives the same bytes."""
        return msgspec.json.encode(self._memory)

    @classmethod
    def restore(cls, spec: RobotSpec, snapshot: bytes) -> "Robot":
        """The robot as it was, with its link down. Raises msgspec.DecodeError for foreign bytes."""
        memory = msgspec.json.decode(snapshot, type=Memory)
        robot = cls(spec, memory.now_ms)
        robot._memory = memory
        memory.linked = False
        return robot

    @property
    def next_wake_ms(self) -> int | None:
        """When `Woken` is wanted at the latest; None if only an event can change anything."""
        dues = [self._next_due_ms(), self._state_due_ms()]
        return min((due for due in dues if due is not None), default=None)

    @property
    def has_news(self) -> bool:
        """Whether something has changed that no state has told yet."""
        return self._memory.dirty

    @property
    def wanted(self) -> list[PersonWanted]:
        """Whom the open handovers wait for: what a restart must tell the world again."""
        return doors.wanted(self._memory)

    def handle(self, event: RobotEvent, now_ms: int) -> list[RobotEffect]:
        """Does all that is due until `now_ms`, then takes the event, then reports."""
        effects = self._advance(now_ms)
        match event:
            case OrderReceived(order):
                acceptance.take(order, self._memory, self.spec)
            case InstantActionsReceived(message):
                effects += instant.perform(message, self._memory, self.spec)
            case MessageRefused(topic_name, reason):
                faults.report(self._memory, "validationError", reason, {"topic": topic_name})
            case PersonCame():
                doors.person_came(event, self._memory, self.spec)
            case LinkUp():
                self._memory.linked = True
                self._memory.state_sent_ms = None
                effects.append(Publish("connection", Connection(connection_state="ONLINE")))
                effects.append(Publish("factsheet", factsheet(self.spec)))
            case LinkDown():
                self._memory.linked = False
            case Woken():
                pass
        effects += self._advance(now_ms)
        return effects + self._reported()

    def _advance(self, now_ms: int) -> list[RobotEffect]:
        """Each turn ends a leg, an action or a service, so there are no more turns than these."""
        memory = self._memory
        effects = self._begin_what_can_begin()
        while (due_ms := self._next_due_ms()) is not None and due_ms <= now_ms:
            memory.now_ms = max(memory.now_ms, due_ms)
            motion.settle_energy(memory, self.spec, memory.now_ms)
            if memory.leg is not None and motion.arrival_ms(memory.leg) == due_ms:
                self._traverse()
            effects += work.end_due(memory)
            effects += self._begin_what_can_begin()
        memory.now_ms = max(memory.now_ms, now_ms)
        motion.settle_energy(memory, self.spec, memory.now_ms)
        return effects

    def _next_due_ms(self) -> int | None:
        memory = self._memory
        arrival_ms = motion.arrival_ms(memory.leg) if memory.leg is not None else None
        dues = [arrival_ms, work.due_ms(memory)]
        return min((due for due in dues if due is not None), default=None)

    def _begin_what_can_begin(self) -> list[RobotEffect]:
        memory = self._memory
        effects: list[RobotEffect] = []
        if memory.leg is None and len(memory.nodes) > len(memory.edges):
            self._traverse()
        effects += work.start_ready(memory)
        if memory.is_working or memory.leg is not None:
            return effects
        if memory.cancels:
            instant.end_cancel(memory)
        elif memory.nodes and memory.nodes[0].released and not memory.paused:
            self._depart()
        return effects

    def _depart(self) -> None:
        memory = self._memory
        if memory.energy_mwms == 0:
            if all(error.error_type != BATTERY_EMPTY for error in memory.errors):
                faults.report(memory, BATTERY_EMPTY, "the battery is empty", {}, "FATAL")
            return
        faults.clear(memory, BATTERY_EMPTY)
        memory.charging = False
        memory.leg = motion.leg_to(memory.nodes[0], memory.edges[0], memory, self.spec)
        memory.leg.since_ms = memory.now_ms
        memory.dirty = True

    def _traverse(self) -> None:
        """Arrives at the next node: one change takes it and the edge to it off what lies ahead."""
        memory = self._memory
        node = memory.nodes.pop(0)
        if memory.leg is not None:
            memory.x_mm, memory.y_mm, memory.heading_mrad = motion.pose(memory, memory.now_ms)
            memory.leg = None
            memory.edges.pop(0)
        if node.node_position is not None and node.node_position.theta is not None:
            memory.heading_mrad = motion.mm_of(node.node_position.theta)
        memory.last_node_id, memory.last_sequence_id = node.node_id, node.sequence_id
        memory.dirty = True
        if not memory.cancels:
            work.begin(node.actions, memory)

    def _state_due_ms(self) -> int | None:
        memory = self._memory
        if not memory.linked:
            return None
        if memory.state_sent_ms is None:
            return memory.now_ms
        wait_ms = self.spec.min_state_interval_ms if memory.dirty else self.spec.state_period_ms
        return memory.state_sent_ms + wait_ms

    def _reported(self) -> list[RobotEffect]:
        due_ms = self._state_due_ms()
        if due_ms is None or due_ms > self._memory.now_ms:
            return []
        self._memory.state_sent_ms, self._memory.dirty = self._memory.now_ms, False
        return [Publish("state", state_of(self._memory, self.spec))]
