# SPDX-License-Identifier: Apache-2.0
"""What a body is to the agent: a `Driver`, made whole or of parts.

What must hold: a method returns at once (what takes time goes on in `run`); `tell` is called on the
event loop that runs `run`; a driver carries out and reports, it decides nothing. Lengths are mm,
angles mrad counter-clockwise from the map's x axis, speeds mm/s, times ms.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec

from robot_agent.campus import Campus
from robot_agent.core.events import (
    BatteryRead,
    BodyEffect,
    BodyEvent,
    CodeJudged,
    Follow,
    HandoverClosed,
    HandoverOpened,
    KeypadLocked,
    OpenDoor,
    Posed,
    SetPosition,
)
from robot_agent.core.spec import RobotSpec

Tell = Callable[[BodyEvent], None]


class DriverError(ValueError):
    """A driver cannot be had or is set up wrongly, in one sentence."""


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What a driver's factory is given.

    `address`: what stands behind `NAME://` in the driver's name; `options`: the table
    `[driver.options]` of the configuration; `folder`: where it may keep files of its own. `bench`:
    on blocks, slow, without an obstacle source.
    """

    spec: RobotSpec
    campus: Campus
    now_ms: Callable[[], int]
    folder: Path
    address: str = ""
    options: dict[str, str | int | float | bool] = {}
    bench: bool = False


class Driver(Protocol):
    """A whole body: all that the agent asks of one."""

    @property
    def progress(self) -> tuple[int, ...]:
        """Each number grows while a link to the body works, or tries to: one that hangs makes the
        watchdog end the agent. An absent body is a PartFailed: no restart of ours brings it."""

    async def run(self, tell: Tell) -> None:
        """Works until cancelled. What it raises ends the agent."""

    def perform(self, effect: BodyEffect) -> None:
        """Carry it out, or begin to."""

    def look(self) -> tuple[BodyEvent, ...]:
        """The freshest pose and battery that are known, asked for just before a state is sent."""


class Part(ABC):
    """Base of the parts that a body is put together of; one class may be several parts."""

    @property
    def progress(self) -> int | None:
        """As `Driver.progress`; None: nothing here can hang."""
        return None

    @abstractmethod
    async def run(self, tell: Tell) -> None:
        """Works, and tells what it sees, until cancelled."""


class Navigator(Part):
    """A vendor's autonomy: it finds its own way along a path and around people.

    Tells `Posed` (once when it starts, then at least each second while moving), `Passed`,
    `Stopped` after hold and leave, `Blocked`.
    """

    @abstractmethod
    def follow(self, path: Follow) -> None:
        """Go along it from where you are and stand at its end; it replaces the path before."""

    @abstractmethod
    def hold(self) -> None:
        """Stand still as soon as you can, keep the path, then tell `Stopped`."""

    @abstractmethod
    def resume(self) -> None:
        """Go on along the path after a hold."""

    @abstractmethod
    def leave(self) -> None:
        """Stand still as soon as you can, forget the path, then tell `Stopped`."""

    @abstractmethod
    def set_position(self, here: SetPosition) -> None:
        """You are here; tell a `Posed`."""

    @abstractmethod
    def look(self) -> Posed | None:
        """The freshest pose, None: none yet."""


class Locker(Part):
    """Doors, their sensors, the keypad and the display.

    Tells `DoorChanged` of each door when it starts and on each change (`ContentsSeen` before a
    shut one, where there is a sensor) and `CodeEntered`. It never opens a door by itself.
    """

    @abstractmethod
    def open_door(self, order: OpenDoor) -> None:
        """Unlock; locks itself when shut."""

    @abstractmethod
    def lock_door(self, compartment: str) -> None:
        """Lock one that was not opened; an open one locks when it is shut."""

    def judged(self, what: CodeJudged) -> None:
        """For a keypad that counts wrong codes by itself; without one there is nothing to do."""
        del what

    def show(self, what: HandoverOpened | HandoverClosed | KeypadLocked) -> None:
        """For a display; without one there is nothing to do."""
        del what


class Power(Part):
    """Battery and charger: tells `BatteryRead` when it starts, each minute and on each change of
    `charging`."""

    @abstractmethod
    def charge(self, on: bool) -> None:
        """Begin or end."""

    @abstractmethod
    def look(self) -> BatteryRead | None:
        """The freshest reading, None: none yet."""


class Safety(Part):
    """E-stop, protective field, mode switch, lights and horn: tells `SafetyChanged`, `ModeChanged`,
    and `MotionStopped` where it knows why the motors are off, when it starts and on each change. It
    stops the motors by itself; this only reports."""

    def signal(self, kind: str, on: bool) -> None:
        """`light` or `horn`, on or off; without them there is nothing to do."""
        del kind, on

    def release(self, cause: str) -> None:
        """An operator lets it move that stands for this cause; where it never says that it stands
        there is nothing to do."""
        del cause


class Odometry(msgspec.Struct, frozen=True):
    """Where the wheels say it is, in a frame of their own, at `at_ms` of the agent's clock."""

    x_mm: float
    y_mm: float
    heading_rad: float
    speed_mm_s: float
    at_ms: int


class DriveBase(Part):
    """Wheels that take velocities. It must stand by itself 250 ms after the last `drive`."""

    @abstractmethod
    def drive(self, speed_mm_s: int, turn_mrad_s: int) -> None:
        """Called at 20 Hz while moving; (0, 0) stands."""

    @abstractmethod
    def odometry(self) -> Odometry | None:
        """The freshest, None: none yet."""


def host_and_port(address: str) -> tuple[str, int]:
    """Of what stands behind `lines://`. Raises DriverError."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise DriverError(f"driver 'lines://{address}' is not lines://HOST:PORT")
    return host.strip("[]"), int(port)


def place_in(setup: Setup, option: str) -> SetPosition | None:
    """The place or node of the map that an option names; None: it is not given. Raises
    DriverError."""
    name = setup.options.get(option)
    if name is None:
        return None
    found = setup.campus.places.get(str(name)) or setup.campus.nodes.get(str(name))
    if found is None:
        raise DriverError(f"driver option {option} = {name!r} is no place or node of the map")
    return SetPosition(found.x_mm, found.y_mm, 0)


def number_in(setup: Setup, option: str, default: int, low: int, high: int) -> int:
    """A whole number of the options. Raises DriverError."""
    given = setup.options.get(option, default)
    if isinstance(given, bool) or not isinstance(given, int) or not low <= given <= high:
        raise DriverError(
            f"driver option {option} = {given!r} is not a whole number from {low} to {high}"
        )
    return given
