# SPDX-License-Identifier: Apache-2.0
"""Driver `board`: a whole body on Drover's two boards, with our path follower as navigator.

Options: `drive` and `locker`, the devices; `start`, the place of the map where it is put down the
first time ever; `drive_id`, `locker_id`, the only boards it works with, in hex.
"""

import importlib.util
import re

from robot_agent.board.drive_part import DriveBoard
from robot_agent.board.locker_part import LockerBoard
from robot_agent.core.events import Follow, ModeChanged, Posed, SetPosition
from robot_agent.drivers.base import DriverError, Setup, Tell, place_in
from robot_agent.drivers.obstacle_guard import ObstacleGuard
from robot_agent.drivers.parts import Assembled
from robot_agent.drivers.path_follower import PathFollower
from robot_agent.drivers.pursuit import Limits

UNIQUE_ID = re.compile(r"[0-9a-fA-F]{24}")
SPEED_MM_S = 1_670
"""6 km/h, what a drive board enforces at most."""


class BoardNavigator(PathFollower):
    """Tells the drive board when the core sends it off, and knows its place from it."""

    def __init__(self, board: DriveBoard, guard: ObstacleGuard, limits: Limits, setup: Setup):
        super().__init__(board, guard, limits, setup.now_ms)
        self._board = board
        self._has_heard = False

    def follow(self, path: Follow) -> None:
        super().follow(path)
        self._board.sent_off()

    def resume(self) -> None:
        super().resume()
        self._board.sent_off()

    def set_position(self, here: SetPosition) -> None:
        self._board.pose.place(here)

    def look(self) -> Posed | None:
        self.believe_odometry(self._board.pose.trusted)
        return super().look()

    def step(self, tell: Tell) -> None:
        # A board that was never there is told as such; wheels that say nothing more are a fault.
        self._has_heard = self._has_heard or self._board.odometry() is not None
        if not self._has_heard:
            self._steps += 1
            return
        self.believe_odometry(self._board.pose.trusted)
        super().step(tell)


class ModeSwitch:
    """The service key. A person who turned it and back has looked into the robot and seen where it
    stands: forced doors are forgiven before its mode says that it is on its own again."""

    def __init__(self, drive: DriveBoard, locker: LockerBoard) -> None:
        self._drive = drive
        self._locker = locker
        self._was_service = False
        drive.on_service = self.turned

    def turned(self, is_service: bool, now_ms: int) -> None:
        """How it has been for a while; told by the drive board's reports."""
        if is_service:
            self._was_service = True
            self._drive.teller.once("mode", ModeChanged("SERVICE"))
            return
        if self._was_service:
            self._was_service = False
            self._locker.forgive(now_ms)
            self._drive.pose.trust()
        if not self._locker.is_forgiving(now_ms):
            self._drive.teller.once("mode", ModeChanged("AUTOMATIC"))


class BoardBody(Assembled):
    """The `Driver`."""

    def __init__(self, setup: Setup) -> None:
        spec = setup.spec
        limits = Limits(
            float(min(SPEED_MM_S, spec.speed_mm_s)),
            float(spec.acceleration_mm_s2),
            float(spec.deceleration_mm_s2),
        )
        guard = ObstacleGuard(limits.deceleration_mm_s2, bench=setup.bench)
        self.drive = DriveBoard(
            _device_in(setup, "drive"),
            guard,
            setup.now_ms,
            setup.folder,
            place_in(setup, "start"),
            _unique_id_in(setup, "drive_id"),
        )
        self.locker = LockerBoard(
            _device_in(setup, "locker"),
            spec,
            setup.now_ms,
            lambda: self.drive.doors_shut,
            setup.folder,
            _unique_id_in(setup, "locker_id"),
        )
        self.navigator = BoardNavigator(self.drive, guard, limits, setup)
        self.mode = ModeSwitch(self.drive, self.locker)
        super().__init__(self.navigator, self.locker, self.drive, self.drive)


def make(setup: Setup) -> BoardBody:
    """Raises DriverError."""
    if importlib.util.find_spec("serial") is None:
        raise DriverError("driver board needs pyserial: pip install 'drover-dispatch[agent]'")
    return BoardBody(setup)


def _device_in(setup: Setup, option: str) -> str:
    device = setup.options.get(option)
    if not isinstance(device, str) or not device:
        raise DriverError(
            f"driver option {option} is missing: the {option} board's serial device,"
            f" such as /dev/campus/{option}"
        )
    return device


def _unique_id_in(setup: Setup, option: str) -> str:
    given = setup.options.get(option, "")
    if not isinstance(given, str) or (given and not UNIQUE_ID.fullmatch(given)):
        raise DriverError(
            f"driver option {option} = {given!r} is not a board's unique id, 24 hex digits in"
            " quotes: see `robot-agent board info`"
        )
    return given
