# SPDX-License-Identifier: Apache-2.0
"""Events: what happened. The only way anything gets into the core.

What must hold: an event is a past fact in the words of the domain, never of the wire; it holds no
code, token, name or phone number. Ids are strings, times are int ms of site time. Every event is
journalled before its effects are performed, so these structs are a file format: fields may be
added with a default, never changed or removed.
"""

from typing import Literal

import msgspec

from dispatcher.core.site import SiteSpec
from dispatcher.planner.solution import Solution

ParcelKind = Literal["delivery", "return", "transfer"]
Size = Literal["S", "M", "L"]
Link = Literal["online", "offline", "broken", "silent"]


class _Event(msgspec.Struct, frozen=True, tag_field="event", omit_defaults=True):
    """The common form: a tagged value without unset fields."""


class SiteConfigured(_Event, frozen=True, tag="site_configured"):
    """A service takes the site up: its description now. The first event of every journal."""

    site: SiteSpec


class ParcelAnnounced(_Event, frozen=True, tag="parcel_announced"):
    """Somebody asks for a parcel to be carried from place `origin` to place `destination`.

    `request` names the caller who waits for the answer; `key` is the caller's idempotency key (may
    be empty). `recipient` is an opaque id. `at_station`: staff has it in hand now (deliveries).
    """

    request: str
    parcel: str
    kind: ParcelKind
    origin: str
    destination: str
    size: Size
    recipient: str
    slot_from_ms: int
    slot_until_ms: int
    mass_g: int = 0
    at_station: bool = False
    key: str = ""


class ParcelCancelled(_Event, frozen=True, tag="parcel_cancelled"):
    """The sender or the recipient does not want it carried any more."""

    request: str
    parcel: str


class ParcelDeclared(_Event, frozen=True, tag="parcel_declared"):
    """A member of staff says where a parcel is: scanned at the station, handed over already, or
    (`with_sender`, returns and transfers) never given to the robot that came for it."""

    request: str
    parcel: str
    where: Literal["at_station", "delivered", "returned", "with_sender"]
    by: str = ""


class HandoverReleased(_Event, frozen=True, tag="handover_released"):
    """The desk, or the recipient's page after the right code, lets one recipient at a robot."""

    request: str
    parcel: str
    by: str = ""


class RobotLinked(_Event, frozen=True, tag="robot_linked"):
    """A robot's connection changed: it or the broker said so, or (`silent`) it stopped talking."""

    robot: str
    link: Link


class RobotDescribed(_Event, frozen=True, tag="robot_described"):
    """What a robot's factsheet says of it, as far as the core cares. It only ever narrows.

    None or 0 where it does not say. `node_actions` and `instant_actions` are the types it does;
    `left_out` are what it does not use of the fields and parameters we might send, as in
    `edge.maxSpeed`; `nodes_max` and `actions_max` (of one node) are what one message may hold.
    """

    robot: str
    compartments: tuple[str, ...] | None = None
    trajectory: bool = False
    node_actions: tuple[str, ...] | None = None
    instant_actions: tuple[str, ...] | None = None
    left_out: tuple[str, ...] = ()
    nodes_max: int = 0
    actions_max: int = 0
    order_interval_ms: int = 0
    mass_limit_g: int = 0
    speed_mm_s: int = 0


class ActionReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """One action: WAITING INITIALIZING RUNNING PAUSED FINISHED FAILED, and its result word."""

    id: str
    status: str
    result: str = ""


class ErrorReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """One error a robot reports, with what it refers to. `cause` is why its motors are off, where
    it says that they are, and `who` lets them on again: agent, check, operator or person;
    `incident` is which of all its stops that is, where it counts them (else 0)."""

    type: str
    level: str
    text: str = ""
    order: str = ""
    update: int = -1
    action: str = ""
    compartment: str = ""
    cause: str = ""
    who: str = ""
    incident: int = 0


class LoadReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing a robot says it carries, and in which load position (empty: it does not say); or
    that it carries it no more."""

    load: str = ""
    position: str = ""
    gone: bool = False


class RobotReported(_Event, frozen=True, tag="robot_reported"):
    """What changed and matters in a robot's state. None: as before.

    `actions` holds only those whose state changed; `errors` is the whole list. `nodes_left` counts
    the nodes still ahead of it, horizon included. Positions are mm in the site's frame. `loads`
    holds only what came or went, or all there is where `all_loads` says so.
    """

    robot: str
    order: str | None = None
    update: int | None = None
    last_node: str | None = None
    last_sequence: int | None = None
    nodes_left: int | None = None
    actions: tuple[ActionReport, ...] = ()
    errors: tuple[ErrorReport, ...] | None = None
    mode: str | None = None
    battery_pct: int | None = None
    charging: bool | None = None
    paused: bool | None = None
    e_stop: str | None = None
    x_mm: int | None = None
    y_mm: int | None = None
    loads: tuple[LoadReport, ...] = ()
    all_loads: bool = False


class RobotHeld(_Event, frozen=True, tag="robot_held"):
    """An operator takes a robot out of dispatching; it finishes what it was sent to do."""

    request: str
    robot: str
    by: str = ""


class RobotReleased(_Event, frozen=True, tag="robot_released"):
    """An operator gives a held robot back to dispatching."""

    request: str
    robot: str
    by: str = ""


class RobotRevoked(_Event, frozen=True, tag="robot_revoked"):
    """A robot is lost or stolen: nothing more is to reach it, nothing aboard it is to open."""

    request: str
    robot: str
    by: str = ""


class WaitExtended(_Event, frozen=True, tag="wait_extended"):
    """Somebody is on the way to a robot: it is to wait `by_ms` longer at its stop."""

    request: str
    robot: str
    by_ms: int
    by: str = ""


class AreaClosed(_Event, frozen=True, tag="area_closed"):
    """An operator shuts an area (mm in the site's frame) from `from_ms` until `until_ms` (0: until
    it is reopened), on one level or on all. The same id again replaces what it said before."""

    request: str
    closure: str
    outline: tuple[tuple[int, int], ...]
    from_ms: int
    until_ms: int = 0
    level: int | None = None
    by: str = ""


class AreaReopened(_Event, frozen=True, tag="area_reopened"):
    """An operator takes a closure back."""

    request: str
    closure: str
    by: str = ""


class PlanReceived(_Event, frozen=True, tag="plan_received"):
    """The planner's answer to a request: a plan, or why there is none."""

    plan_request: str
    plan: Solution | None = None
    error: str = ""
    wall_ms: int = 0


class NoticeSent(_Event, frozen=True, tag="notice_sent"):
    """A notice has left the house; ends the debt of its `Notify`."""

    notice: str


class ClockStepped(_Event, frozen=True, tag="clock_stepped"):
    """The wall clock jumped against the monotonic clock by `step_ms` (over 2 s)."""

    step_ms: int


class TimePassed(_Event, frozen=True, tag="time_passed"):
    """The time asked for by `WakeAt` has come."""


Event = (
    SiteConfigured
    | ParcelAnnounced
    | ParcelCancelled
    | ParcelDeclared
    | HandoverReleased
    | RobotLinked
    | RobotDescribed
    | RobotReported
    | RobotHeld
    | RobotReleased
    | RobotRevoked
    | WaitExtended
    | AreaClosed
    | AreaReopened
    | PlanReceived
    | NoticeSent
    | ClockStepped
    | TimePassed
)
