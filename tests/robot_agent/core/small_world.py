# SPDX-License-Identifier: Apache-2.0
"""A robot with a scripted body, orders along one straight road (nodes 10 m apart), and a look at
what it published.

The body drives at the speed it is told, stands at once, and lets staff at a dock open and shut a
door; what people do is up to the test.
"""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from robot_agent.core.events import (
    BatteryRead,
    Charge,
    CodeEntered,
    DoorChanged,
    Follow,
    Ground,
    HandoverClosed,
    HandoverOpened,
    Hold,
    InstantActionsReceived,
    Leave,
    LinkUp,
    OpenDoor,
    OrderReceived,
    Passed,
    Posed,
    Publish,
    Resume,
    RobotEffect,
    RobotEvent,
    SetPosition,
    Stopped,
    Stretch,
    Woken,
)
from robot_agent.core.polyline import heading_mrad, length_mm
from robot_agent.core.robot import Robot
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050.actions import handover_digest
from robot_agent.vda5050.header import Message
from robot_agent.vda5050.instant_actions import InstantActions
from robot_agent.vda5050.order import Action, ActionParameter, Edge, Node, NodePosition, Order
from robot_agent.vda5050.rules import state_faults
from robot_agent.vda5050.state import ActionState, State

ROAD = Ground("road", "1")
SPEC = RobotSpec(
    manufacturer="ACME",
    serial="R7",
    compartments=("S1", "S2", "M1"),
    robot_keys=(b"key",),
    ground=ROAD,
    speed_mm_s=1000,
)
STEP_MM = 10_000


class Body:
    """Where it is on its path, and which doors staff will shut when."""

    def __init__(self, x_mm: int = 0, y_mm: int = 0) -> None:
        self.x_mm, self.y_mm, self.heading_mrad = x_mm, y_mm, 0
        self.path_id = 0
        self.stretches: tuple[Stretch, ...] = ()
        self.at = 0
        self.done_um = 0
        self.since_ms: int | None = None
        self.shuts: list[tuple[int, str]] = []

    def perform(self, effect: RobotEffect, now_ms: int) -> list[RobotEvent]:
        self.move(now_ms)
        match effect:
            case Follow():
                is_rest = effect.stretches[0].points[0] == (self.x_mm, self.y_mm)
                if is_rest or not self.stretches:
                    self.done_um = 0
                self.path_id, self.stretches, self.at = effect.path_id, effect.stretches, 0
                self.since_ms = now_ms
            case Hold():
                self.since_ms = None
                return [Stopped(self.path_id)]
            case Resume():
                self.since_ms = now_ms
            case Leave():
                self.stretches, self.since_ms = (), None
                return [Stopped(self.path_id)]
            case SetPosition():
                self.x_mm, self.y_mm = effect.x_mm, effect.y_mm
                self.heading_mrad = effect.heading_mrad
                return [self.look()]
            case Charge(on):
                return [BatteryRead(1000, on)]
            case OpenDoor() if effect.at_dock:
                self.shuts.append((now_ms + effect.duration_ms, effect.compartment))
                return [DoorChanged(effect.compartment, "open")]
        return []

    def look(self) -> Posed:
        speed_mm_s = self.stretches[self.at].speed_mm_s if self.since_ms is not None else 0
        return Posed(self.x_mm, self.y_mm, self.heading_mrad, speed_mm_s)

    def due_ms(self) -> int | None:
        dues = [due for due, _ in self.shuts]
        if self.since_ms is not None:
            left_um = 1000 * self.stretches[self.at].length_mm - self.done_um
            dues.append(self.since_ms + -(-left_um // self.stretches[self.at].speed_mm_s))
        return min(dues, default=None)

    def advance(self, now_ms: int) -> list[RobotEvent]:
        """What is due at this moment; to be asked again until there is nothing more."""
        self.move(now_ms)
        for due in self.shuts:
            if due[0] <= now_ms:
                self.shuts.remove(due)
                return [DoorChanged(due[1], "shut")]
        if self.since_ms is None or self.done_um < 1000 * self.stretches[self.at].length_mm:
            return []
        passed = Passed(self.path_id, self.at)
        self.x_mm, self.y_mm = self.stretches[self.at].points[-1]
        self.at, self.done_um = self.at + 1, 0
        if self.at == len(self.stretches):
            self.stretches, self.since_ms = (), None
        return [self.look(), passed]

    def move(self, now_ms: int) -> None:
        if self.since_ms is None:
            return
        stretch = self.stretches[self.at]
        # mm/s times ms are micrometres: nothing is lost by looking often.
        self.done_um += (now_ms - self.since_ms) * stretch.speed_mm_s
        self.done_um = min(self.done_um, 1000 * stretch.length_mm)
        self.since_ms = now_ms
        drawn_mm = length_mm(stretch.points)
        rest_mm = self.done_um * drawn_mm // (1000 * stretch.length_mm) if stretch.length_mm else 0
        for start, end in zip(stretch.points, stretch.points[1:], strict=False):
            segment_mm = length_mm((start, end))
            self.heading_mrad = heading_mrad(start, end)
            if rest_mm < segment_mm:
                self.x_mm = start[0] + (end[0] - start[0]) * rest_mm // segment_mm
                self.y_mm = start[1] + (end[1] - start[1]) * rest_mm // segment_mm
                return
            rest_mm -= segment_mm
            self.x_mm, self.y_mm = end


class World:
    """Hands events to a robot and keeps what came of them; wakes it when it wants to be woken.

    What a robot must save is written down before its effects are performed, as on a disk.
    """

    def __init__(
        self,
        spec: RobotSpec = SPEC,
        *,
        linked: bool = True,
        body: Body | None = None,
        disk: bytes | None = None,
        now_ms: int = 0,
    ) -> None:
        self.spec, self.now_ms = spec, now_ms
        self.body = body if body is not None else Body()
        self.effects: list[RobotEffect] = []
        self.disk = disk or b""
        if disk is None:
            self.robot = Robot(spec, now_ms)
        else:
            self.robot = Robot.restore(spec, disk, now_ms)
        self.perform(self.robot.opening())
        for compartment in spec.compartments:
            self.feed(DoorChanged(compartment, "shut"))
        self.feed(BatteryRead(1000, False))
        self.feed(self.body.look())
        if linked:
            self.feed(LinkUp())

    def restarted(self, spec: RobotSpec | None = None, *, linked: bool = True) -> "World":
        """After a power cut of the computer, not of the body: what was not on disk is gone."""
        return World(
            spec or self.spec, linked=linked, body=self.body, disk=self.disk, now_ms=self.now_ms
        )

    def feed(self, event: RobotEvent) -> None:
        new = self.robot.handle(event, self.now_ms)
        if self.robot.must_save:
            self.disk = self.robot.snapshot()
        self.perform(new)

    def perform(self, effects: list[RobotEffect]) -> None:
        for effect in effects:
            if isinstance(effect, Publish):
                assert faults_of(effect.message) == []
        self.effects += effects
        for effect in effects:
            for answer in self.body.perform(effect, self.now_ms):
                self.feed(answer)

    def run_until(self, until_ms: int) -> None:
        while True:
            dues = (self.robot.next_wake_ms, self.body.due_ms())
            due_ms = min((due for due in dues if due is not None), default=until_ms + 1)
            if due_ms > until_ms:
                break
            self.wake(due_ms)
        self.wake(until_ms)

    def wake(self, now_ms: int) -> None:
        """The body goes first, as it does where time is real."""
        assert now_ms >= self.now_ms
        self.now_ms = now_ms
        while news := self.body.advance(now_ms):
            for event in news:
                self.feed(event)
        self.feed(self.body.look())
        self.feed(Woken())

    def order(self, order: Order) -> None:
        self.feed(OrderReceived(order))

    def instant(self, *action_types: str, prefix: str = "i", **parameters: Any) -> None:
        actions = tuple(
            action(one, f"{prefix}-{one}", "NONE", **parameters) for one in action_types
        )
        self.feed(InstantActionsReceived(InstantActions(actions=actions)))

    def code(self, code: str, *, refuse: bool = False) -> None:
        self.feed(CodeEntered(code, refuse))

    def open_and_shut(self, compartment: str) -> None:
        self.feed(DoorChanged(compartment, "open"))
        self.feed(DoorChanged(compartment, "shut"))

    @property
    def states(self) -> list[State]:
        messages = [one.message for one in self.effects if isinstance(one, Publish)]
        return [one for one in messages if isinstance(one, State)]

    @property
    def state(self) -> State:
        return self.states[-1]

    @property
    def errors(self) -> list[str]:
        return [one.error_type for one in self.state.errors]

    @property
    def references(self) -> dict[str, str]:
        """Of the newest error."""
        return {
            one.reference_key: one.reference_value for one in self.state.errors[-1].error_references
        }

    def action(self, action_id: str) -> ActionState:
        return next(one for one in self.state.action_states if one.action_id == action_id)

    def told(self, kind: type[RobotEffect]) -> list[Any]:
        """The effects of a kind."""
        return [one for one in self.effects if isinstance(one, kind)]

    @property
    def wanted(self) -> list[HandoverOpened]:
        return [one for one in self.effects if isinstance(one, HandoverOpened)]

    @property
    def closed(self) -> list[HandoverClosed]:
        return [one for one in self.effects if isinstance(one, HandoverClosed)]


def faults_of(message: Message) -> list[str]:
    return state_faults(message) if isinstance(message, State) else []


def action(action_type: str, action_id: str, blocking: Any = "HARD", **parameters: Any) -> Action:
    return Action(
        action_type=action_type,
        action_id=action_id,
        blocking_type=blocking,
        action_parameters=tuple(
            ActionParameter(key=key, value=value) for key, value in parameters.items()
        ),
    )


def pick(parcel: str, compartment: str = "S1", duration_ms: int = 5_000) -> Action:
    return action(
        "pick",
        f"pick-{parcel}",
        loadId=parcel,
        loadType="S",
        lhd=compartment,
        durationMs=duration_ms,
    )


def drop(parcel: str, compartment: str = "S1") -> Action:
    return action("drop", f"drop-{parcel}", loadId=parcel, lhd=compartment, durationMs=5_000)


def handover(
    parcel: str,
    compartment: str = "S1",
    direction: str = "out",
    code: str | None = "1234",
    wait_ms: int = 60_000,
    blocking: str = "SOFT",
) -> Action:
    made = action(
        "handover",
        f"hand-{parcel}",
        blocking,
        direction=direction,
        compartment=compartment,
        parcel=parcel,
        codeVersion=1,
        waitMs=wait_ms,
    )
    if code is None:
        return made
    digest = handover_digest(b"key", "ACME/R7", parcel, compartment, 1, code)
    parameters = (*made.action_parameters, ActionParameter(key="digest", value=digest))
    return replace(made, action_parameters=parameters)


def road(
    count: int,
    *,
    released: int | None = None,
    start: int = 0,
    first_sequence: int | None = None,
    order_id: str = "o1",
    update: int = 0,
    actions: Mapping[int, tuple[Action, ...]] | None = None,
    **edge_fields: Any,
) -> Order:
    """Nodes n<start> ... of which the first `released` are base; `actions` by node number."""
    base = count if released is None else released
    first = (0 if update == 0 else 2 * start) if first_sequence is None else first_sequence
    numbers = range(start, start + count)
    return Order(
        order_id=order_id,
        order_update_id=update,
        nodes=tuple(
            Node(
                node_id=f"n{number}",
                sequence_id=first + 2 * k,
                released=k < base,
                actions=(actions or {}).get(number, ()),
                node_position=NodePosition(x=number * STEP_MM / 1000, y=0, map_id="road"),
            )
            for k, number in enumerate(numbers)
        ),
        edges=tuple(
            Edge(
                edge_id=f"n{number}-n{number + 1}",
                sequence_id=first + 2 * k + 1,
                released=k + 1 < base,
                start_node_id=f"n{number}",
                end_node_id=f"n{number + 1}",
                actions=(),
                **edge_fields,
            )
            for k, number in enumerate(numbers[:-1])
        ),
    )
