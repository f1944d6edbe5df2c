# SPDX-License-Identifier: Apache-2.0
"""The robot: an event and the time in, effects out. Pure, deterministic, int inside.

What must hold: it never drives beyond the last released node, nor while there is a reason to stand;
what is due happens at the time it was due, however late the robot is woken; what must outlive a
power cut is in `Kept`, which the host writes down before it performs the effects (`must_save`);
with the link down it goes on working and tells when it is back.
"""

import msgspec

from robot_agent.core import acceptance, driving, faults, instant, maps, restart, senses, work
from robot_agent.core.events import (
    CodeEntered,
    ContentsSeen,
    DoorChanged,
    InstantActionsReceived,
    KeypadLocked,
    Leave,
    LinkDown,
    LinkUp,
    LogWritten,
    MapFetched,
    MessageRefused,
    OrderReceived,
    Passed,
    Posed,
    Publish,
    RobotEffect,
    RobotEvent,
    Stopped,
    Woken,
)
from robot_agent.core.factsheet import factsheet
from robot_agent.core.memory import Kept, Memory
from robot_agent.core.report import Reporter, visualization
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050.connection import Connection

MAX_TURNS = 1_000
"""What is due at once is done in so many turns at most: far more than a stop has actions."""


class Robot:
    """One robot. Time given to it never runs backwards: an earlier `now_ms` counts as the last."""

    def __init__(self, spec: RobotSpec, now_ms: int, kept: Kept | None = None) -> None:
        """`kept` is what was read from disk; None: it never ran before."""
        self.spec = spec
        self._reporter = Reporter(spec)
        # Path ids grow over restarts too: there is less than one path a millisecond.
        memory = Memory(kept=kept or Kept(), now_ms=now_ms, path_id=max(0, now_ms))
        self._memory = memory
        maps.take_configured(memory, spec)
        self._at_restart: list[RobotEffect] = []
        if kept is not None:
            memory.resuming = bool(kept.nodes)
            driving.lay_way(memory)
            self._at_restart = restart.after_restart(memory)
            instant.after_restart(memory)

    @classmethod
    def restore(cls, spec: RobotSpec, snapshot: bytes, now_ms: int) -> "Robot":
        """The robot as it was written down. Raises msgspec.DecodeError for foreign bytes."""
        return cls(spec, now_ms, msgspec.json.decode(snapshot, type=Kept))

    @classmethod
    def lost(cls, spec: RobotSpec, now_ms: int, why: str) -> "Robot":
        """A robot whose memory cannot be read: it does not know what it carries, and takes no
        order until a person has switched it to SERVICE and back."""
        return cls(spec, now_ms, Kept(lost=why or "what was written down cannot be read"))

    @property
    def must_save(self) -> bool:
        """Something changed that must be on the disk before the effects are performed."""
        return self._memory.unsaved

    def snapshot(self) -> bytes:
        """What must outlive a power cut; the same memory gives the same bytes."""
        memory = self._memory
        keypad = memory.kept.keypad
        keypad.locked_ms = max(0, keypad.locked_until_ms - memory.now_ms)
        memory.unsaved = False
        return msgspec.json.encode(memory.kept)

    def opening(self) -> list[RobotEffect]:
        """What a host performs once after construction: the body may still do what it did."""
        memory = self._memory
        effects: list[RobotEffect] = [Leave()] if memory.resuming else []
        locked_until_ms = memory.kept.keypad.locked_until_ms
        if locked_until_ms > memory.now_ms:
            effects.append(KeypadLocked(locked_until_ms))
        return effects + instant.asked_again(memory) + self._at_restart

    @property
    def is_driving(self) -> bool:
        """On the move, so that it wants to hear where it is every second: it has a fence and a
        corridor to keep."""
        return driving.is_driving(self._memory)

    @property
    def next_wake_ms(self) -> int | None:
        """When `Woken` is wanted at the latest; None if only an event can change anything."""
        due_ms = self._next_due_ms()
        for other_ms in (self._state_due_ms(), self._visualization_due_ms()):
            if other_ms is not None and (due_ms is None or other_ms < due_ms):
                due_ms = other_ms
        return due_ms

    def handle(self, event: RobotEvent, now_ms: int) -> list[RobotEffect]:
        """Does all that is due until `now_ms`, then takes the event, then reports."""
        memory = self._memory
        effects = self._advance(now_ms)
        memory.now_ms = max(memory.now_ms, now_ms)
        # Time alone changes nothing but what was due.
        if not isinstance(event, Woken):
            effects += self._take(event)
            effects += self._go_on()
            effects += self._advance(memory.now_ms)
        effects += self._reported()
        if memory.resuming and memory.told_since_restart:
            effects += driving.settle(memory, self.spec)
            effects += self._reported()
        return effects

    def _take(self, event: RobotEvent) -> list[RobotEffect]:
        memory, spec = self._memory, self.spec
        match event:
            case Woken():
                pass
            case Posed():
                driving.posed(event, memory)
                if memory.instants:
                    instant.heard(event, memory, spec)
            case Passed():
                return driving.passed(event, memory)
            case Stopped():
                driving.stopped(event, memory)
            case DoorChanged() | ContentsSeen() | CodeEntered():
                return work.hear(event, memory, spec)
            case OrderReceived(order):
                acceptance.take(order, memory, spec)
            case InstantActionsReceived(message):
                return instant.perform(message, memory, spec)
            case MapFetched() | LogWritten():
                instant.reported(event, memory)
            case MessageRefused(topic_name, reason):
                faults.report(memory, "validationError", reason, {"topic": topic_name})
            case LinkUp():
                return self._come_up()
            case LinkDown():
                memory.linked = False
            case body_event:
                effects = senses.sense(body_event, memory, spec)
                return effects + work.hear(body_event, memory, spec)
        return []

    def _come_up(self) -> list[RobotEffect]:
        self._memory.linked = True
        self._memory.state_sent_ms = None
        return [
            Publish("connection", Connection(connection_state="ONLINE")),
            Publish("factsheet", factsheet(self.spec)),
        ]

    def _advance(self, now_ms: int) -> list[RobotEffect]:
        """Each turn ends an action or a wait at the time it was due."""
        memory = self._memory
        effects: list[RobotEffect] = []
        for _ in range(MAX_TURNS):
            due_ms = self._next_due_ms()
            if due_ms is None or due_ms > now_ms:
                break
            memory.now_ms = max(memory.now_ms, due_ms)
            instant.end_due(memory)
            effects += work.end_due(memory, self.spec)
            effects += self._go_on()
        return effects

    def _next_due_ms(self) -> int | None:
        due_ms = work.due_ms(self._memory)
        if not self._memory.instants:
            return due_ms
        dues = (due_ms, instant.due_ms(self._memory))
        return min((due for due in dues if due is not None), default=None)

    def _go_on(self) -> list[RobotEffect]:
        """Begins whatever can begin now."""
        memory, kept = self._memory, self._memory.kept
        effects: list[RobotEffect] = []
        if len(kept.nodes) > len(kept.edges):
            effects += driving.traverse(memory)
        effects += work.start_ready(memory, self.spec)
        effects += driving.settle(memory, self.spec)
        if kept.cancels or memory.instants:
            effects += instant.settle(memory)
        return effects

    def _state_due_ms(self) -> int | None:
        memory = self._memory
        if not memory.linked:
            return None
        if memory.state_sent_ms is None:
            return memory.now_ms
        wait_ms = self.spec.min_state_interval_ms if memory.dirty else self.spec.state_period_ms
        return memory.state_sent_ms + wait_ms

    def _visualization_due_ms(self) -> int | None:
        memory = self._memory
        if not (memory.linked and self.spec.visualization_ms and driving.is_driving(memory)):
            return None
        if memory.shown_ms is None:
            return memory.now_ms
        return memory.shown_ms + self.spec.visualization_ms

    def _reported(self) -> list[RobotEffect]:
        memory = self._memory
        effects: list[RobotEffect] = []
        due_ms = self._state_due_ms()
        if due_ms is not None and due_ms <= memory.now_ms:
            effects.append(Publish("state", self._reporter.state(memory)))
            memory.state_sent_ms, memory.dirty = memory.now_ms, False
            memory.told_since_restart = True
        due_ms = self._visualization_due_ms()
        if due_ms is not None and due_ms <= memory.now_ms:
            effects.append(Publish("visualization", visualization(memory)))
            memory.shown_ms = memory.now_ms
        return effects
