# SPDX-License-Identifier: Apache-2.0
"""One look at a running demo: what the daemon's API tells, as plain values for the views."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from dispatcher.demo.daemon_api import listed

PARCEL_STATES: Final = (
    "announced",
    "at_station",
    "assigned",
    "loaded",
    "riding",
    "at_stop",
    "given_up",
    "delivered",
    "returned",
    "cancelled",
)
ENDS: Final = ("delivered", "returned", "cancelled")
TOTALS: Final = ("accepted", *ENDS, "open")
DOINGS: Final = ("delivering", "driving", "charging", "idle", "held", "offline")


class RobotSeen(NamedTuple):
    """A registered robot: `doing` is one of DOINGS; its place in mm on the campus, if it said."""

    id: str
    doing: str
    battery_pct: int
    at: tuple[int, int] | None
    detail: str


class Frame(NamedTuple):
    """`states` counts parcels by state, `totals` those of TOTALS."""

    site_ms: int
    states: dict[str, int]
    totals: dict[str, int]
    robots: tuple[RobotSeen, ...]
    plan_age_ms: int | None
    messages_per_s: float
    planner_ms: int = 0
    alarms: tuple[str, ...] = ()

    @property
    def doings(self) -> Counter[str]:
        return Counter(robot.doing for robot in self.robots)


def frame_of(summary: Mapping[str, Any], robots: Any, site_ms: int) -> Frame:
    """The answers of `/v1/summary` and `/v1/robots` as one frame."""
    parcels = summary.get("parcels") or {}
    by_state = summary.get("by_state") or {}
    return Frame(
        site_ms=site_ms,
        states={state: int(by_state.get(state, 0)) for state in PARCEL_STATES},
        totals={name: int(parcels.get(name, 0)) for name in TOTALS},
        robots=_registered(robots),
        plan_age_ms=summary.get("plan_age_ms"),
        messages_per_s=float(summary.get("messages_per_s") or 0.0),
        planner_ms=int(summary.get("planner_ms") or 0),
        alarms=tuple(_alarms(summary)),
    )


def _registered(robots: Any) -> tuple[RobotSeen, ...]:
    """In the order people count: R2 before R10."""
    seen = [robot_seen(one) for one in listed(robots, "robots") if one.get("registered", True)]
    return tuple(sorted(seen, key=lambda robot: (len(robot.id), robot.id)))


def _alarms(summary: Mapping[str, Any]) -> Iterator[str]:
    if summary.get("frozen"):
        yield f"the site is frozen: {summary['frozen']}"
    for alarm in summary.get("alarms") or ():
        whom = " ".join(filter(None, (alarm.get("robot"), alarm.get("parcel"))))
        yield f"{alarm['text']}{f' ({whom})' if whom else ''}"


def robot_seen(robot: Mapping[str, Any]) -> RobotSeen:
    """One entry of `/v1/robots`."""
    position = robot.get("position") or {}
    at = None
    if "x_mm" in position and "y_mm" in position:
        at = (int(position["x_mm"]), int(position["y_mm"]))
    doing, detail = _doing(robot)
    return RobotSeen(
        str(robot.get("robot") or robot.get("id")),
        doing,
        int(robot.get("battery_pct") or 0),
        at,
        detail,
    )


def _doing(robot: Mapping[str, Any]) -> tuple[str, str]:
    job = robot.get("job") or {}
    kind = str(job.get("kind", ""))
    if robot.get("link") != "online":
        return "offline", str(robot.get("link") or "")
    if robot.get("held"):
        return "held", str(robot["held"])
    if kind == "trip":
        return "delivering", str(job.get("id", ""))
    if robot.get("charging"):
        return "charging", ""
    if kind:
        return "driving", f"to {kind}"
    return "idle", ""
