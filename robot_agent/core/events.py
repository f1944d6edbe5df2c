# SPDX-License-Identifier: Apache-2.0
"""What happens to a robot (events) and what it wants done (effects). Values, no behaviour.

Events come from the wire (orders, link), from the robot's body through its drivers (poses, doors,
battery, keypad) and from the clock. Effects go the same three ways. What must hold: a body carries
out what it is told and says what it sees; it decides nothing. A code is in `CodeEntered` alone and
goes no further than its digest.
"""

from typing import Literal

import msgspec

from robot_agent.vda5050.header import Message
from robot_agent.vda5050.instant_actions import InstantActions
from robot_agent.vda5050.order import Order
from robot_agent.vda5050.state import ErrorLevel, OperatingMode
from robot_agent.vda5050.topics import TopicName

Points = tuple[tuple[int, int], ...]
DoorState = Literal["shut", "open", "jammed", "forced", "unknown"]
EStop = Literal["AUTOACK", "MANUAL", "REMOTE", "NONE"]


class OrderReceived(msgspec.Struct, frozen=True, tag=True):
    """An order message came."""

    order: Order


class InstantActionsReceived(msgspec.Struct, frozen=True, tag=True):
    """An instantActions message came."""

    message: InstantActions


class MessageRefused(msgspec.Struct, frozen=True, tag=True):
    """A message came that could not be read; `reason` is the codec's sentence."""

    topic_name: TopicName
    reason: str


class LinkUp(msgspec.Struct, frozen=True, tag=True):
    """The broker is there, again or for the first time."""


class LinkDown(msgspec.Struct, frozen=True, tag=True):
    """The broker is gone: nothing can be published."""


class IdentityTaken(msgspec.Struct, frozen=True, tag=True):
    """The broker dropped us because another client logged in as this robot (a copied card?)."""


class ClockTrusted(msgspec.Struct, frozen=True, tag=True):
    """Whether the clock is synchronised: without it no order is taken. `wall_ms`: what it says now
    (Unix time), for a host whose own time is another; 0: not told. Nothing but the age of an
    order's journal is judged by it."""

    trusted: bool
    wall_ms: int = 0


class Woken(msgspec.Struct, frozen=True, tag=True):
    """`next_wake_ms` has come; being woken early or late does no harm."""


class Posed(msgspec.Struct, frozen=True, tag=True):
    """Where the body is: mm and mrad in the map's frame. `localized` False: it does not know.

    `deviation_mm` is how far it may be wrong, None where the navigator cannot tell.
    """

    x_mm: int
    y_mm: int
    heading_mrad: int
    speed_mm_s: int = 0
    localized: bool = True
    deviation_mm: int | None = None


class Passed(msgspec.Struct, frozen=True, tag=True):
    """The end of a stretch of the path was reached; after its last one the body stands."""

    path_id: int
    stretch: int


class Stopped(msgspec.Struct, frozen=True, tag=True):
    """The body stands still, as `Hold` or `Leave` asked."""

    path_id: int


class Blocked(msgspec.Struct, frozen=True, tag=True):
    """The navigator cannot go on along its path for `reason`; empty: it can again."""

    reason: str


class BatteryRead(msgspec.Struct, frozen=True, tag=True):
    """The battery's charge in thousandths, and whether current flows into it."""

    charge_permille: int
    charging: bool
    voltage_mv: int | None = None


class DoorChanged(msgspec.Struct, frozen=True, tag=True):
    """A compartment's door. `shut` means locked and seen shut; `jammed`: it did not open, and is
    seen shut; `forced`: open though nobody asked for it; `unknown`: no sensor says."""

    compartment: str
    door: DoorState


class ContentsSeen(msgspec.Struct, frozen=True, tag=True):
    """What a compartment's sensor sees, told before the `DoorChanged` to shut.

    Without an occupancy sensor it never comes. `parcel`: the label that a scanner read, if any.
    """

    compartment: str
    occupied: bool
    parcel: str | None = None


class CodeEntered(msgspec.Struct, frozen=True, tag=True):
    """Somebody typed a code at the keypad; `refuse`: and pressed the key that says no thanks.
    `entry`: the body's own number of it, given back in `CodeJudged`."""

    code: str
    refuse: bool = False
    entry: int = 0


class SafetyChanged(msgspec.Struct, frozen=True, tag=True):
    """Emergency stop (how it is acknowledged, NONE: not pressed) and the protective field."""

    e_stop: EStop
    field_violation: bool


class ModeChanged(msgspec.Struct, frozen=True, tag=True):
    """A person turned the robot's mode switch."""

    mode: OperatingMode


class MotionStopped(msgspec.Struct, frozen=True, tag=True):
    """The motors are off until somebody lets them on again: `cause` is a key of RESTARTS (`none`:
    they may move). Told when the body starts and on each change; without it they may. `resets`:
    how often the board was reset, where it counts that: the same cause after one more is another
    stop, that nobody has looked into yet."""

    cause: str
    resets: int = 0


class PartFailed(msgspec.Struct, frozen=True, tag=True):
    """A part of the body (`board`, `motor`, `disk`, ...) has a fault; empty `text`: healed."""

    part: str
    text: str
    level: ErrorLevel = "FATAL"


class Ground(msgspec.Struct, frozen=True):
    """What the robot's own map says of where it may be: mm in the map's frame.

    `fence`: outer borders, inside at least one of which the robot must stay; empty: no fence.
    `docks`: where staff load and unload; None: anywhere.
    """

    map_id: str
    map_version: str
    fence: tuple[Points, ...] = ()
    docks: Points | None = None


class MapFetched(msgspec.Struct, frozen=True, tag=True):
    """`FetchMap` has ended: the file is on disk and is what it should be, or `fault` says why."""

    action_id: str
    ground: Ground | None
    fault: str = ""


class LogWritten(msgspec.Struct, frozen=True, tag=True):
    """`WriteLog` has ended; empty `fault`: the report is on disk under `name`."""

    action_id: str
    name: str
    fault: str = ""


BodyEvent = (
    Posed
    | Passed
    | Stopped
    | Blocked
    | BatteryRead
    | DoorChanged
    | ContentsSeen
    | CodeEntered
    | SafetyChanged
    | ModeChanged
    | MotionStopped
    | PartFailed
)
"""What a body says."""

RobotEvent = (
    OrderReceived
    | InstantActionsReceived
    | MessageRefused
    | LinkUp
    | LinkDown
    | IdentityTaken
    | ClockTrusted
    | Woken
    | BodyEvent
    | MapFetched
    | LogWritten
)


class Stretch(msgspec.Struct, frozen=True, gc=False):
    """The way to one node: a polyline of at least one point whose first is where the stretch
    before it ends (or the body stands). `left_mm`, `right_mm`: how far it may swerve, None: the
    navigator's own. `edge_id` is the order's; empty for none.
    """

    points: Points
    length_mm: int
    speed_mm_s: int
    edge_id: str = ""
    left_mm: int | None = None
    right_mm: int | None = None
    heading_mrad: int | None = None


class Publish(msgspec.Struct, frozen=True, tag=True):
    """Send this message, not stamped yet, on this robot's topic."""

    topic_name: TopicName
    message: Message


class Follow(msgspec.Struct, frozen=True, tag=True):
    """Go along this way from where you are, and stand at its end; replaces the path before it,
    without stopping where it only grows. Path ids grow."""

    path_id: int
    stretches: tuple[Stretch, ...]


class Hold(msgspec.Struct, frozen=True, tag=True):
    """Stand still as soon as you can, keeping the path; answered by `Stopped`."""


class Resume(msgspec.Struct, frozen=True, tag=True):
    """Go on along the path after a `Hold`."""


class Leave(msgspec.Struct, frozen=True, tag=True):
    """Stand still as soon as you can and forget the path; answered by `Stopped`."""


class OpenDoor(msgspec.Struct, frozen=True, tag=True):
    """Unlock one compartment; locks itself when shut. For staff at a dock, who need about
    `duration_ms`, or for one person, or in the street for whoever was waited for. `parcel` is put
    in (`fills`) or taken out."""

    compartment: str
    action_id: str
    parcel: str
    fills: bool
    at_dock: bool
    duration_ms: int = 0


class LockDoor(msgspec.Struct, frozen=True, tag=True):
    """Lock a door that was unlocked and not opened; one that is open locks when it is shut."""

    compartment: str


class HandoverOpened(msgspec.Struct, frozen=True, tag=True):
    """A handover waits for its person, until `wait_until_ms` at the earliest: for the display, and
    for emulated people. Told again when the wait changes and after a restart."""

    action_id: str
    parcel: str
    direction: str
    compartment: str
    code_version: int
    wait_until_ms: int


class HandoverClosed(msgspec.Struct, frozen=True, tag=True):
    """A handover is over; `result` as in its resultDescription."""

    action_id: str
    parcel: str
    direction: str
    result: str


class KeypadLocked(msgspec.Struct, frozen=True, tag=True):
    """No code is looked at until then (0: codes are looked at again): for the display."""

    until_ms: int


class CodeJudged(msgspec.Struct, frozen=True, tag=True):
    """What a `CodeEntered` was, said to each: accepted where it is a code of this order, though its
    door may have to wait for another; for a keypad that counts wrong ones."""

    entry: int
    accepted: bool


class Charge(msgspec.Struct, frozen=True, tag=True):
    """Begin or end charging; `BatteryRead.charging` says when it is so."""

    on: bool


class SetPosition(msgspec.Struct, frozen=True, tag=True):
    """You are here: for the navigator's localisation; answered by a `Posed`."""

    x_mm: int
    y_mm: int
    heading_mrad: int


class Release(msgspec.Struct, frozen=True, tag=True):
    """An operator has looked and lets the motors on again that stand for this cause; answered by
    `MotionStopped`. One that stands for another cause stays as it is."""

    cause: str


class Signal(msgspec.Struct, frozen=True, tag=True):
    """Lights or horn of the body, on or off: `kind` is `light` or `horn`."""

    kind: str
    on: bool


class FetchMap(msgspec.Struct, frozen=True, tag=True):
    """Fetch a campus map and keep it if it is the map asked for and its sha256 (hex; empty: not
    given, then it is not taken) is right."""

    action_id: str
    map_id: str
    map_version: str
    url: str
    sha256: str


class DropMap(msgspec.Struct, frozen=True, tag=True):
    """Delete a kept map's file."""

    map_id: str
    map_version: str


class WriteLog(msgspec.Struct, frozen=True, tag=True):
    """Write a report of what happened lately, for `reason`."""

    action_id: str
    reason: str


BodyEffect = (
    Follow
    | Hold
    | Resume
    | Leave
    | SetPosition
    | OpenDoor
    | LockDoor
    | HandoverOpened
    | HandoverClosed
    | KeypadLocked
    | CodeJudged
    | Charge
    | Release
    | Signal
)
"""What a body is told."""

RobotEffect = Publish | BodyEffect | FetchMap | DropMap | WriteLog
