# SPDX-License-Identifier: Apache-2.0
"""A whole robot on a bench: the driver `board`, both boards' C, the plant, and a clock set by hand.

The test plays the robot's core: it performs effects and hears events.
"""

from pathlib import Path

import msgspec

from robot_agent.board.driver import BoardBody
from robot_agent.board.line import STEP_S
from robot_agent.board.plant import Plant, PlantSpec
from robot_agent.board.session import BoardSession
from robot_agent.board.words import BoardKind, ResetCause
from robot_agent.campus import read_campus
from robot_agent.core.events import BodyEffect, MotionStopped, Posed, Release
from robot_agent.core.spec import RobotSpec
from robot_agent.drivers.base import Setup
from robot_agent.service.ground import ground_of
from tests.firmware_stubs.boards import BoardUnderTest
from tests.project.source_tree import ROOT
from tests.robot_agent.drivers.bodies import HandClock, Heard

CAMPUS = read_campus(ROOT / "maps/lindenhof/campus.geojson")
START = (
    CAMPUS.places["st-main"] if "st-main" in CAMPUS.places else next(iter(CAMPUS.places.values()))
)
DOORS = ("S1", "M1")
UNREAD = {"battery_mv": 0, "inputs": 0}
"""Of pins that nobody has read."""
STEP_MS = 10
TICK_MS = round(STEP_S * 1000)


def spec_with(*, occupancy: bool = False) -> RobotSpec:
    return RobotSpec(
        manufacturer="acme",
        serial="R1",
        compartments=DOORS,
        robot_keys=(bytes(32),),
        ground=ground_of(CAMPUS),
        occupancy_sensor=occupancy,
    )


class WiredBoard(BoardUnderTest):
    """Its line can be cut, and what it says is kept for the agent too."""

    def __init__(self, kind: BoardKind, **options: object) -> None:
        self.raw = b""
        super().__init__(kind, **options)  # type: ignore[arg-type]

    def listen(self) -> None:
        taken = self.take()
        self.raw += taken
        frames = self.reader.feed(taken)
        self.frames = (self.frames + frames)[-200:]

    def talk(self, session: BoardSession, now_ms: int) -> None:
        """Both ways, what there is to say."""
        raw, self.raw = self.raw, b""
        if raw:
            session.receive(raw, now_ms)
        for frame in session.take():
            self.send_bytes(frame)


class TwoBoards:
    """`body` is the driver; `heard` what it told."""

    def __init__(
        self,
        folder: Path,
        minor: int = 1,
        cause: ResetCause = ResetCause.POWER_ON,
        spec: RobotSpec | None = None,
        **options: str,
    ) -> None:
        self.clock = HandClock()
        self.folder = folder
        self.minor = minor
        self.options = options
        self.spec = spec or spec_with(occupancy=True)
        names = self.spec.compartments
        self.plant = Plant(PlantSpec(name="R1", compartments=names, x_mm=0, y_mm=0), self.clock.ms)
        self.drive = WiredBoard(BoardKind.DRIVE, minor=minor, reset_cause=cause)
        self.locker = WiredBoard(BoardKind.LOCKER, minor=minor, door_count=len(names))
        self.is_plugged = True
        self.is_agent_up = True
        self.motor_dc = 300
        self.misread: dict[str, int] = {}
        """What pins of the drive board read instead."""
        self.start_agent()

    def start_agent(self) -> None:
        """Anew, on the same disk."""
        options = {"drive": "drive", "locker": "locker", "start": START.id, **self.options}
        self.body = BoardBody(
            Setup(
                spec=self.spec,
                campus=CAMPUS,
                now_ms=self.clock.now_ms,
                folder=self.folder,
                options={name: value for name, value in options.items() if value},
            )
        )
        self.heard = Heard()
        self.body.drive.teller.tell = self.body.locker.teller.tell = self.heard
        self.is_agent_up = True
        for session in self.sessions:
            session.plugged(self.clock.ms)

    @property
    def sessions(self) -> tuple[BoardSession, BoardSession]:
        return self.body.drive.session, self.body.locker.session

    def perform(self, *effects: BodyEffect) -> None:
        for effect in effects:
            self.body.perform(effect)

    def run(self, ms: int) -> None:
        """Lets time pass."""
        for _ in range(ms // STEP_MS):
            self.clock.ms += STEP_MS
            now_ms = self.clock.ms
            self.plant.advance(now_ms)
            pins = self.plant.drive_pins()
            self.drive.pins_in = msgspec.structs.replace(
                pins, **{"motor_dc": self.motor_dc, **self.misread}
            )
            self.locker.pins_in = self.plant.locker_pins()
            self.plant.hear_drive(self.drive.step(STEP_MS), now_ms)
            self.plant.hear_locker(self.locker.step(STEP_MS), now_ms)
            if not self.is_agent_up:
                continue
            if now_ms % TICK_MS == 0:
                for part in (self.body.drive, self.body.locker):
                    part.step(now_ms)
                    part.session.step(now_ms)
                self.body.navigator.step(self.heard)
            if self.is_plugged:
                self.drive.talk(self.sessions[0], now_ms)
                self.locker.talk(self.sessions[1], now_ms)

    def pull_cables(self) -> None:
        self.is_plugged = False
        for session in self.sessions:
            session.unplugged("the line is gone")

    def plug_cables(self) -> None:
        self.is_plugged = True
        for board in (self.drive, self.locker):
            board.raw = b""
        for session in self.sessions:
            session.plugged(self.clock.ms)

    def kill_agent(self) -> None:
        self.is_agent_up = False

    def reset_drive(self, cause: ResetCause) -> None:
        self.drive.restart(cause)

    def release(self) -> None:
        """As an operator at the desk, for what it stands for now."""
        self.perform(Release(self.cause))
        self.run(300)

    @property
    def cause(self) -> str:
        return self.heard.of(MotionStopped)[-1].cause

    @property
    def pose(self) -> Posed:
        pose = self.body.navigator.look()
        assert pose is not None
        return pose

    @property
    def x_mm(self) -> float:
        """Where it truly is, from where it was put down."""
        return self.plant.chassis.x_mm
