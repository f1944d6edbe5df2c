# SPDX-License-Identifier: Apache-2.0
"""A robot, orders along one straight road (nodes 10 m apart), and a look at what it published."""

from typing import Any

from msgspec.structs import replace

from robot_agent.core.events import (
    HandoverClosed,
    InstantActionsReceived,
    LinkUp,
    OrderReceived,
    PersonWanted,
    Publish,
    RobotEffect,
    RobotEvent,
    Woken,
)
from robot_agent.core.robot import Robot
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050.actions import handover_digest
from robot_agent.vda5050.header import Message
from robot_agent.vda5050.instant_actions import InstantActions
from robot_agent.vda5050.order import Action, ActionParameter, Edge, Node, NodePosition, Order
from robot_agent.vda5050.rules import state_faults
from robot_agent.vda5050.state import ActionState, State

SPEC = RobotSpec(
    manufacturer="ACME",
    serial="R7",
    compartments=("S1", "S2", "M1"),
    speed_mm_s=1000,
    battery_mwh=1_000_000,
    drive_mwh_per_km=20_000,
    idle_mw=10_000,
    charge_mw=500_000,
    start_node="n0",
    start_x_mm=0,
    start_y_mm=0,
    map_id="road",
    min_state_interval_ms=0,
    robot_key=b"key",
)
STEP_MM = 10_000


class World:
    """Hands events to a robot and keeps what came of them; wakes it when it wants to be woken."""

    def __init__(self, spec: RobotSpec = SPEC, *, linked: bool = True) -> None:
        self.robot = Robot(spec, 0)
        self.now_ms = 0
        self.effects: list[RobotEffect] = []
        if linked:
            self.feed(LinkUp())

    def feed(self, event: RobotEvent) -> None:
        new = self.robot.handle(event, self.now_ms)
        for effect in new:
            if isinstance(effect, Publish):
                assert faults_of(effect.message) == []
        self.effects += new

    def run_until(self, until_ms: int) -> None:
        while (wake_ms := self.robot.next_wake_ms) is not None and wake_ms <= until_ms:
            assert wake_ms > self.now_ms
            self.now_ms = wake_ms
            self.feed(Woken())
        self.now_ms = until_ms
        self.feed(Woken())

    def order(self, order: Order) -> None:
        self.feed(OrderReceived(order))

    def instant(self, *action_types: str, prefix: str = "i") -> None:
        actions = tuple(
            Action(action_type=one, action_id=f"{prefix}-{one}", blocking_type="NONE")
            for one in action_types
        )
        self.feed(InstantActionsReceived(InstantActions(actions=actions)))

    @property
    def states(self) -> list[State]:
        messages = [one.message for one in self.effects if isinstance(one, Publish)]
        return [one for one in messages if isinstance(one, State)]

    @property
    def state(self) -> State:
        return self.states[-1]

    def action(self, action_id: str) -> ActionState:
        return next(one for one in self.state.action_states if one.action_id == action_id)

    @property
    def wanted(self) -> list[PersonWanted]:
        return [one for one in self.effects if isinstance(one, PersonWanted)]

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
    actions: dict[int, tuple[Action, ...]] | None = None,
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
