# SPDX-License-Identifier: Apache-2.0
"""A robot core on a bench: its scripted body does what it is told, 1 mm a ms; the master listens.

What must hold: the body decides nothing. It drives where it is told and says what it sees; doors,
chargers and map servers behave as the script of the test says. Everything published is judged.
"""

import heapq
from itertools import count, pairwise
from typing import Any

from robot_agent.core.events import (
    BatteryRead,
    Charge,
    CodeEntered,
    ContentsSeen,
    DoorChanged,
    FetchMap,
    Follow,
    Ground,
    Hold,
    InstantActionsReceived,
    Leave,
    LinkDown,
    LinkUp,
    LockDoor,
    LogWritten,
    MapFetched,
    ModeChanged,
    OpenDoor,
    OrderReceived,
    Passed,
    Posed,
    Publish,
    Resume,
    RobotEffect,
    RobotEvent,
    SafetyChanged,
    SetPosition,
    Stopped,
    Stretch,
    Woken,
    WriteLog,
)
from robot_agent.core.polyline import foot, length_mm
from robot_agent.core.robot import Robot
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050.factsheet import Factsheet
from robot_agent.vda5050.header import Message
from robot_agent.vda5050.instant_actions import InstantActions
from robot_agent.vda5050.order import Action, Order
from robot_agent.vda5050.state import ActionState, Error, State
from tests.robot_agent.conformance.judging import judge_by_schema, judged
from tests.robot_agent.conformance.lines import place_at
from tests.robot_agent.conformance.orders import KEY, MAP_ID, action

SPEC = RobotSpec(
    manufacturer="ACME",
    serial="R7",
    compartments=("S1", "S2", "M1"),
    robot_keys=(KEY,),
    ground=Ground(map_id=MAP_ID, map_version="1"),
    speed_mm_s=1000,
)
OPENS_MS = 1_000
SHUTS_MS = 4_000
POSE_MS = 500
DEAD_MS = 2_500
MAX_STEPS = 20_000


class Bench:
    """`doors`: what happens to a compartment told to open: `used` (the default), `ignored`,
    `jammed` or `left` (open). `charges`, `fetches`: whether the charger and the map server work.
    `by_schema`: also judge by the official schemas, which takes most of the time."""

    def __init__(
        self, spec: RobotSpec = SPEC, *, linked: bool = True, by_schema: bool = True
    ) -> None:
        self.spec = spec
        self.by_schema = by_schema
        self.robot = Robot(spec, 0)
        self.now_ms = 0
        self.effects: list[RobotEffect] = []
        self.messages: list[Message] = []
        self.doors: dict[str, str] = {}
        self.charges = True
        self.fetches = True
        self.place = (0, 0)
        self.charge_permille = 800
        self.charging = False
        self.saved = b""
        self.aboard: dict[str, str] = {}
        self.linked = False
        self._seen: dict[str, Any] = dict.fromkeys(spec.compartments, "shut")
        self._served: dict[str, OpenDoor] = {}
        self._switches: dict[type, RobotEvent] = {}
        self._headers: dict[str, int] = {}
        self._queue: list[tuple[int, int, RobotEvent]] = []
        self._tickets = count()
        self._path: tuple[Stretch, ...] = ()
        self._path_id = 0
        self._stretch = 0
        self._along_mm = 0
        self._moving = False
        self._posed_ms = 0
        self._perform(self.robot.opening())
        self._save()
        self._tell_readings()
        if linked:
            self.link_up()

    # What a master does.

    def order(self, order: Order) -> None:
        self.feed(OrderReceived(order))

    def instant(self, action_type: str, action_id: str = "", **parameters: Any) -> str:
        action_id = action_id or f"i-{action_type}-{next(self._tickets)}"
        self.instants(action(action_type, action_id, "NONE", **parameters))
        return action_id

    def instants(self, *actions: Action) -> None:
        self.feed(InstantActionsReceived(InstantActions(actions=actions)))

    def link_up(self) -> None:
        self.linked = True
        self.feed(LinkUp())

    def link_down(self) -> None:
        self.linked = False
        self.feed(LinkDown())

    # What a person does.

    def code(self, code: str, *, refuse: bool = False) -> None:
        self.feed(CodeEntered(code, refuse=refuse))

    def shut(self, compartment: str) -> None:
        """Somebody shuts a door that was `left` open."""
        self._shut_soon(0, self._served[compartment])
        self.run_until(self.now_ms)

    # Time and power.

    def feed(self, event: RobotEvent) -> None:
        self._handle(event)
        self.run_until(self.now_ms)

    def run(self, for_ms: int) -> None:
        self.run_until(self.now_ms + for_ms)

    def run_until(self, until_ms: int) -> None:
        for _ in range(MAX_STEPS):
            body_ms, queue_ms, mind_ms = self._body_due_ms(), self._queue_ms(), self._mind_ms()
            pose_ms = self._posed_ms + POSE_MS if self._moving else float("inf")
            due_ms = int(min(body_ms, queue_ms, mind_ms, pose_ms, until_ms + 1))
            if due_ms > until_ms:
                self._advance(until_ms)
                self.now_ms = until_ms
                return
            self._advance(max(due_ms, self.now_ms))
            self.now_ms = max(due_ms, self.now_ms)
            if queue_ms == due_ms:
                self._happen(heapq.heappop(self._queue)[2])
            elif body_ms == due_ms:
                self._pass_stretch()
            else:
                if self._moving:
                    self._handle(self._pose())
                if mind_ms == due_ms:
                    self._handle(Woken())
        raise AssertionError(f"the robot does not come to rest at {self.now_ms}")

    def restart(self) -> None:
        """The power is cut and comes back: the mind has its disk, the body stands, and nobody
        hears what happens meanwhile."""
        self._moving, self._path, self.linked = False, (), False
        self.now_ms += DEAD_MS
        while self._queue_ms() <= self.now_ms:
            unheard = heapq.heappop(self._queue)[2]
            if isinstance(unheard, DoorChanged):
                self._move_door(unheard)
        self.robot = Robot.restore(self.spec, self.saved, self.now_ms)
        self._perform(self.robot.opening())
        self._tell_readings()
        self.run_until(self.now_ms)

    # What the master sees.

    @property
    def states(self) -> list[State]:
        return [one for one in self.messages if isinstance(one, State)]

    @property
    def state(self) -> State:
        return self.states[-1]

    @property
    def factsheets(self) -> list[Factsheet]:
        return [one for one in self.messages if isinstance(one, Factsheet)]

    def seen_since(self, mark: int) -> list[State]:
        return self.states[mark:]

    def action(self, action_id: str) -> ActionState:
        return next(one for one in self.state.action_states if one.action_id == action_id)

    def status(self, action_id: str) -> str:
        return self.action(action_id).action_status

    def told(self, kind: type) -> list[Any]:
        return [one for one in self.effects if isinstance(one, kind)]

    def error(self, error_type: str) -> Error:
        return next(one for one in self.state.errors if one.error_type == error_type)

    @property
    def error_types(self) -> list[str]:
        return [one.error_type for one in self.state.errors]

    @property
    def open_doors(self) -> list[str]:
        return [name for name, door in self._seen.items() if door == "open"]

    @property
    def is_moving(self) -> bool:
        return self._moving

    # The body.

    def _happen(self, event: RobotEvent) -> None:
        if isinstance(event, DoorChanged):
            self._move_door(event)
        self._handle(event)

    def _move_door(self, event: DoorChanged) -> None:
        """What was wanted is in or out when a door that was open is shut."""
        name = event.compartment
        effect = self._served.get(name)
        if event.door == "shut" and self._seen[name] == "open" and effect is not None:
            self.aboard.pop(name, None)
            if effect.fills:
                self.aboard[name] = effect.parcel
        self._seen[name] = "open" if event.door == "open" else "shut"

    def _handle(self, event: RobotEvent) -> None:
        if isinstance(event, SafetyChanged | ModeChanged):
            self._switches[type(event)] = event
        effects = self.robot.handle(event, self.now_ms)
        self._save()
        self._perform(effects)

    def _save(self) -> None:
        if self.robot.must_save or not self.saved:
            self.saved = self.robot.snapshot()

    def _perform(self, effects: list[RobotEffect]) -> None:
        self.effects += effects
        for effect in effects:
            match effect:
                case Publish():
                    self._publish(effect)
                case Follow():
                    self._follow(effect)
                case Hold():
                    self._moving = False
                    self._soon(0, Stopped(self._path_id))
                case Resume():
                    assert self._all_shut(), "the robot goes on with a door open"
                    self._moving = bool(self._path)
                case Leave():
                    self._moving, self._path = False, ()
                    self._soon(0, Stopped(self._path_id))
                case OpenDoor():
                    self._open(effect)
                case LockDoor():
                    self._lock(effect.compartment)
                case Charge():
                    if self.charges or not effect.on:
                        self.charging = effect.on
                        self._soon(500, BatteryRead(self.charge_permille, effect.on))
                case SetPosition():
                    self.place = (effect.x_mm, effect.y_mm)
                    self._soon(100, self._pose())
                case FetchMap():
                    self._soon(2_000, self._fetched(effect))
                case WriteLog():
                    self._soon(100, LogWritten(effect.action_id, "log-1"))

    def _publish(self, effect: Publish) -> None:
        assert self.linked, "nothing can be published without a broker"
        number = self._headers.get(effect.topic_name, 0)
        self._headers[effect.topic_name] = number + 1
        sent = judged(effect.topic_name, effect.message, number, self.now_ms)
        if self.by_schema:
            judge_by_schema(effect.topic_name, sent)
        self.messages.append(sent)

    def _follow(self, effect: Follow) -> None:
        assert effect.path_id > self._path_id
        assert effect.stretches
        assert self._all_shut(), "the robot sets off with a door open"
        for before, after in pairwise(effect.stretches):
            assert before.points[-1] == after.points[0]
        self._path_id, self._path, self._stretch = effect.path_id, effect.stretches, 0
        first = effect.stretches[0].points
        self._along_mm = foot(first, self.place).along_mm if len(first) > 1 else 0
        self._moving = True

    def _open(self, effect: OpenDoor) -> None:
        name = effect.compartment
        assert not self._moving, "a door opens while the robot moves"
        assert self._all_shut(), "two doors at a time"
        how = self.doors.get(name, "used")
        if how == "jammed":
            self._door_soon(OPENS_MS, name, "jammed")
        elif how != "ignored":
            self._door_soon(OPENS_MS, name, "open")
        self._served[name] = effect
        if how == "used":
            self._shut_soon(SHUTS_MS, effect)

    def _lock(self, compartment: str) -> None:
        """Nobody comes in any more, but for one who has opened it already."""
        if self._seen[compartment] != "open":
            self._queue = [
                one for one in self._queue if getattr(one[2], "compartment", "") != compartment
            ]
            heapq.heapify(self._queue)
            self._door_soon(100, compartment, "shut")

    def _shut_soon(self, in_ms: int, effect: OpenDoor) -> None:
        """Somebody took out or put in what was wanted, and shuts the door."""
        if self.spec.occupancy_sensor:
            label = effect.parcel if effect.fills else None
            self._soon(in_ms, ContentsSeen(effect.compartment, effect.fills, label))
        self._door_soon(in_ms, effect.compartment, "shut")

    def _all_shut(self) -> bool:
        return all(door == "shut" for door in self._seen.values())

    def _door_soon(self, in_ms: int, compartment: str, door: Any) -> None:
        self._soon(in_ms, DoorChanged(compartment, door))

    def _soon(self, in_ms: int, event: RobotEvent) -> None:
        heapq.heappush(self._queue, (self.now_ms + in_ms, next(self._tickets), event))

    def _fetched(self, effect: FetchMap) -> MapFetched:
        if not self.fetches:
            return MapFetched(effect.action_id, None, "the map server is not there")
        return MapFetched(effect.action_id, Ground(effect.map_id, effect.map_version))

    def _tell_readings(self) -> None:
        self._handle(self._pose())
        self._handle(BatteryRead(self.charge_permille, self.charging))
        for switch in list(self._switches.values()):
            self._handle(switch)
        for compartment, door in self._seen.items():
            self._handle(DoorChanged(compartment, door))

    def _pose(self) -> Posed:
        self._posed_ms = self.now_ms
        return Posed(*self.place, 0, speed_mm_s=1000 if self._moving else 0, deviation_mm=10)

    def _advance(self, to_ms: int) -> None:
        if self._moving:
            self._along_mm += to_ms - self.now_ms
            points = self._path[self._stretch].points
            self.place = place_at(points, min(self._along_mm, length_mm(points)))

    def _pass_stretch(self) -> None:
        self.place = self._path[self._stretch].points[-1]
        passed = Passed(self._path_id, self._stretch)
        self._stretch, self._along_mm = self._stretch + 1, 0
        if self._stretch == len(self._path):
            self._moving, self._path = False, ()
        self._handle(self._pose())
        self._handle(passed)

    def _body_due_ms(self) -> float:
        if not self._moving:
            return float("inf")
        return self.now_ms + max(0, length_mm(self._path[self._stretch].points) - self._along_mm)

    def _queue_ms(self) -> float:
        return self._queue[0][0] if self._queue else float("inf")

    def _mind_ms(self) -> float:
        due_ms = self.robot.next_wake_ms
        return due_ms if due_ms is not None else float("inf")
