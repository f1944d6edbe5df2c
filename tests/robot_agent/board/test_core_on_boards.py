# SPDX-License-Identifier: Apache-2.0
"""The robot's core on the driver `board`: orders in, motors and bolts move, states out."""

from collections import deque
from pathlib import Path

import pytest

from robot_agent.board.words import ResetCause
from robot_agent.core.events import (
    BodyEvent,
    ClockTrusted,
    LinkUp,
    Publish,
    RobotEffect,
    RobotEvent,
    SetPosition,
    Woken,
)
from robot_agent.core.robot import Robot
from robot_agent.vda5050.order import Order
from tests.robot_agent.board.two_boards import STEP_MS, TwoBoards
from tests.robot_agent.core.small_world import SPEC, World, handover, pick, road
from tests.robot_agent.drivers.bodies import Heard

CODE = "493817"


class Minded(TwoBoards):
    """Its events go to a core, whose effects are done a moment later, as the agent does it."""

    def __init__(self, folder: Path) -> None:
        self.robot: Robot | None = None
        self.world = World.__new__(World)
        self.world.effects = []
        self.todo: deque[RobotEffect] = deque()
        self.disk = b""
        super().__init__(folder, spec=SPEC)

    def start_agent(self) -> None:
        super().start_agent()
        now_ms = self.clock.ms
        robot = Robot.restore(self.spec, self.disk, now_ms) if self.disk else None
        self.robot = robot or Robot(self.spec, now_ms)
        self.todo = deque(self.robot.opening())
        heard = self.heard = Minding(self)
        self.body.drive.teller.tell = self.body.locker.teller.tell = heard
        for event in (ClockTrusted(True, now_ms), LinkUp()):
            self.feed(event)

    def feed(self, event: RobotEvent) -> None:
        assert self.robot is not None
        self.todo += self.robot.handle(event, self.clock.ms)
        if self.robot.must_save:
            self.disk = self.robot.snapshot()

    def run(self, ms: int) -> None:
        for _ in range(ms // STEP_MS):
            super().run(STEP_MS)
            if not self.is_agent_up:
                continue
            assert self.robot is not None
            if self.robot.next_wake_ms is not None and self.robot.next_wake_ms <= self.clock.ms:
                for seen in self.body.look():
                    self.feed(seen)
                self.feed(Woken())
            while self.todo:
                effect = self.todo.popleft()
                self.world.effects.append(effect)
                if not isinstance(effect, Publish):
                    self.body.perform(effect)  # type: ignore[arg-type]

    def order(self, order: Order) -> None:
        self.world.feed = self.feed  # type: ignore[method-assign]
        self.world.order(order)

    def release(self) -> None:
        """From the desk, over MQTT."""
        self.world.feed = self.feed  # type: ignore[method-assign]
        assert self.robot is not None
        incident = self.robot._memory.kept.incidents
        self.world.instant(
            "releaseStop", prefix=f"r{self.clock.ms}", cause=self.cause, incident=incident
        )
        self.run(500)

    def until(self, what: str, within_ms: int = 30_000) -> None:
        """The action has this status."""
        action_id, status = what.split()
        for _ in range(within_ms // 100):
            self.run(100)
            if self.world.action(action_id).action_status == status:
                return
        pytest.fail(f"{what}: it is {self.world.action(action_id)}, {self.world.state.errors}")

    def served(self, name: str) -> None:
        """Somebody opens the door, puts in or takes out, and shuts it."""
        assert self.plant.open_door(name)
        self.run(400)
        if not self.plant.put_in(name, "p"):
            self.plant.take_out(name)
        self.run(400)
        self.plant.shut_door(name)
        self.run(1_500)

    def types(self, keys: str) -> None:
        self.plant.locker.type(keys, self.clock.ms)
        self.run(200 * len(keys) + 1_000)


class Minding(Heard):
    """Hands on what it hears."""

    def __init__(self, robot: Minded) -> None:
        super().__init__()
        self._robot = robot

    def __call__(self, event: BodyEvent) -> None:
        super().__call__(event)
        self._robot.feed(event)


def parcel_order(stops: int = 2) -> Order:
    return road(
        stops,
        actions={0: (pick("p", "S1", 1_000),), stops - 1: (handover("p", "S1", code=CODE),)},
    )


@pytest.fixture
def robot(tmp_path: Path) -> Minded:
    """At the station, loaded and released."""
    made = Minded(tmp_path)
    made.run(1_500)
    made.feed(SetPositionSeen(made))
    return made


def SetPositionSeen(robot: Minded) -> RobotEvent:
    robot.body.perform(SetPosition(0, 0, 0))
    pose = robot.body.navigator.look()
    assert pose is not None
    return pose


def loaded(robot: Minded, order: Order) -> None:
    robot.order(order)
    robot.run(1_000)
    robot.served("S1")
    assert robot.world.action("pick-p").action_status == "FINISHED"


def test_a_parcel_is_loaded_driven_and_given_to_who_types_its_code(robot: Minded) -> None:
    loaded(robot, parcel_order())
    assert robot.world.errors == ["motionStopped"]
    assert robot.x_mm == 0
    robot.release()
    robot.until("hand-p RUNNING")
    assert abs(robot.x_mm - 10_000) < 300
    assert robot.world.state.errors == ()
    robot.types("111111#")
    assert not robot.plant.open_door("S1")
    robot.types(f"{CODE}#")
    robot.served("S1")
    told = robot.world.action("hand-p")
    assert (told.action_status, told.result_description) == ("FINISHED", "collected presumed")
    report = robot.body.locker.report
    assert report is not None
    assert report.wrong_entries == 0


def test_a_board_reset_on_the_way_stands_until_the_desk_releases_it(robot: Minded) -> None:
    loaded(robot, parcel_order())
    robot.release()
    robot.run(4_000)
    robot.reset_drive(ResetCause.WATCHDOG)
    robot.run(3_000)
    assert "motionStopped" in robot.world.errors
    stood_mm = robot.x_mm
    robot.run(3_000)
    assert robot.x_mm == stood_mm
    robot.release()
    robot.until("hand-p RUNNING")
    assert robot.world.state.errors == ()


def test_an_agent_killed_on_the_way_goes_on_when_it_has_found_its_place(robot: Minded) -> None:
    loaded(robot, parcel_order())
    robot.release()
    robot.run(4_000)
    robot.kill_agent()
    robot.run(2_000)
    assert robot.plant.stands
    robot.start_agent()
    robot.until("hand-p RUNNING")
    assert abs(robot.x_mm - 10_000) < 300


def test_cables_out_and_back_on_the_way_are_no_matter_for_anybody(robot: Minded) -> None:
    loaded(robot, parcel_order())
    robot.release()
    robot.run(4_000)
    robot.pull_cables()
    robot.run(3_000)
    assert robot.plant.stands
    robot.plug_cables()
    robot.until("hand-p RUNNING")
    assert robot.world.state.errors == ()


def test_the_e_stop_on_the_way_is_released_by_the_button_at_the_robot(robot: Minded) -> None:
    loaded(robot, parcel_order())
    robot.release()
    robot.run(4_000)
    robot.plant.press("e_stop", robot.clock.ms)
    robot.run(1_000)
    assert robot.world.state.safety_state.e_stop == "MANUAL"
    robot.plant.release("e_stop", robot.clock.ms)
    robot.run(1_000)
    robot.plant.press("reset_button", robot.clock.ms, 500)
    robot.until("hand-p RUNNING")
    assert robot.world.state.errors == ()


def test_a_loaded_machine_is_no_matter_for_anybody(robot: Minded) -> None:
    loaded(robot, parcel_order(3))
    robot.release()
    for _ in range(5):
        robot.run(2_000)
        robot.is_agent_up = False
        robot.run(400)
        robot.is_agent_up = True
    robot.until("hand-p RUNNING")
    assert robot.body.drive.timeouts >= 3


def test_lifted_and_let_on_by_its_button_it_goes_on_once_a_person_has_said_where_it_is(
    robot: Minded,
) -> None:
    loaded(robot, parcel_order())
    robot.release()
    robot.run(4_000)
    robot.plant.press("tilt", robot.clock.ms, 1_000)
    robot.run(1_500)
    robot.plant.press("reset_button", robot.clock.ms, 500)
    robot.run(1_000)
    stood_mm = robot.x_mm
    robot.run(5_000)
    assert robot.x_mm == stood_mm
    assert robot.world.errors == ["positionLost"]
    robot.plant.press("service_key", robot.clock.ms, 1_000)
    robot.until("hand-p RUNNING")
    assert robot.world.state.errors == ()


def test_a_release_while_nothing_is_to_be_driven_ends_the_stop_for_the_desk(
    robot: Minded,
) -> None:
    assert robot.world.errors == ["motionStopped"]
    robot.release()
    assert robot.world.state.errors == ()
    assert not robot.plant.motors_on


def test_a_release_is_not_for_the_reset_after_it(robot: Minded) -> None:
    loaded(robot, parcel_order())
    robot.plant.press("service_key", robot.clock.ms)
    robot.release()
    assert "motionStopped" not in robot.world.errors
    robot.reset_drive(ResetCause.POWER_ON)
    robot.plant.release("service_key", robot.clock.ms)
    robot.run(4_000)
    assert "motionStopped" in robot.world.errors
    assert robot.x_mm == 0
    robot.release()
    robot.until("hand-p RUNNING")
