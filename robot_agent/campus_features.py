# SPDX-License-Identifier: Apache-2.0
"""One feature of a campus map at a time: its properties as a struct of the model.

Used by `robot_agent.campus` alone. What must hold: nothing here looks at a second feature; whatever
does not fit raises FeatureError.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from robot_agent.campus_format import FORMAT, Feature, FeatureError
from robot_agent.campus_frame import Frame, Point
from robot_agent.campus_hours import HoursError, parse_hours
from robot_agent.campus_model import (
    ACCESSES,
    CLASS_SPEED_MPS,
    DIRECTIONS,
    GATES,
    ONEWAYS,
    PASSING_SOURCES,
    PASSINGS,
    WAITING_AT,
    ZONE_KINDS,
    Building,
    Edge,
    Node,
    Place,
    Site,
    Waiting,
    Zone,
)

MAX_FROM_ORIGIN_MM = 50_000_000
MAX_LATITUDE_DEG = 85
DEFAULT_DWELL_S = 30
DEFAULT_CHARGER_W = 500
DEFAULT_PLANAR_MPS = 2.5
DEFAULT_DETOUR_PCT = 130
LEVELS = (-20, 200)

_Hanging = TypeVar("_Hanging", Place, Waiting)
ToMm = Callable[[tuple[float, float]], Point]


class Hung(Struct):
    """What hangs on the roads: by `node` of the thing itself, or else by an edge and an offset."""

    feature: Feature
    thing: Place | Waiting
    edge: str
    offset_mm: int


def to_mm_in(frame: Frame) -> ToMm:
    """Degrees to mm in a frame; raises FeatureError for what is too far away to be of the site."""

    def to_mm(position: tuple[float, float]) -> Point:
        point = frame.to_mm(*position)
        if max(abs(point[0]), abs(point[1])) > MAX_FROM_ORIGIN_MM:
            shown = f"{position[1]:.5f}, {position[0]:.5f}"
            raise FeatureError(
                f"{shown} is more than {MAX_FROM_ORIGIN_MM // 1_000_000} km from the site's origin"
            )
        return point

    return to_mm


def read_site(feature: Feature) -> Site:
    found = feature.text("format")
    if found != FORMAT:
        raise FeatureError(f"its format is {found!r}, this reads {FORMAT!r}")
    lat_deg, lon_deg = feature.point()
    if abs(lat_deg) > MAX_LATITUDE_DEG:
        raise FeatureError(
            f"a site beyond {MAX_LATITUDE_DEG} degrees of latitude has no flat frame"
        )
    planar = feature.choice("roads", ("net", "planar"), "net") == "planar"
    return Site(
        id=feature.id,
        name=feature.text("name", feature.id),
        revision=feature.text("revision", ""),
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        timezone=feature.text("timezone", "UTC"),
        attribution=feature.text("attribution", ""),
        licence=feature.text("licence", ""),
        left_hand=feature.truth("left_hand", default=False),
        planar=planar,
        speed_mm_s=feature.thousandths("speed_mps", 0.01, 20, DEFAULT_PLANAR_MPS) if planar else 0,
        detour_pct=feature.whole("detour_pct", 100, 1000, DEFAULT_DETOUR_PCT) if planar else 100,
    )


def read_node(feature: Feature, to_mm: ToMm) -> Node:
    x_mm, y_mm = to_mm(feature.point())
    return Node(
        id=feature.id,
        x_mm=x_mm,
        y_mm=y_mm,
        gate=feature.choice("gate", GATES, "none"),
        wait_ms=feature.thousandths("wait_s", 0, 3600, 0),
        name=feature.text("name", ""),
        width_mm=feature.thousandths("width_m", 0, 100, 0),
        level=feature.whole("level", *LEVELS, 0),
        open_hours=_hours(feature, "open_hours"),
    )


def read_edge(feature: Feature, to_mm: ToMm) -> Edge:
    """The edge with its shape as drawn, not yet tied to its nodes; `length_mm` 0: as drawn."""
    road_class = feature.choice("class", tuple(CLASS_SPEED_MPS), "shared")
    passing = feature.choice("passing", PASSINGS, "") if feature.has("passing") else ""
    given = feature.has("length_m")
    return Edge(
        id=feature.id,
        from_node=feature.reference("from"),
        to_node=feature.reference("to"),
        length_mm=feature.thousandths("length_m", 0.001, 100_000) if given else 0,
        oneway=feature.choice("oneway", ONEWAYS, "no"),
        road_class=road_class,
        speed_mm_s=feature.thousandths("speed_mps", 0.01, 20, CLASS_SPEED_MPS[road_class]),
        width_mm=feature.thousandths("width_m", 0, 100, 0),
        access=feature.choice("access", ACCESSES, "open"),
        shape=tuple(to_mm(position) for position in feature.line()),
        passing=passing,
        passing_from=feature.choice("passing_from", PASSING_SOURCES, "seen") if passing else "",
        incline_permille=round(feature.number("incline_pct", -100, 100, 0) * 10),
        level=feature.whole("level", *LEVELS, 0),
        may_wait=feature.truth("may_wait", default=road_class != "crossing"),
        capacity=feature.whole("capacity", 0, 10_000, 0),
        open_hours=_hours(feature, "open_hours"),
    )


def read_place(feature: Feature, to_mm: ToMm, site: Site) -> Hung:
    """In a planar site a place hangs on itself."""
    x_mm, y_mm = to_mm(feature.point())
    is_charger = feature.kind == "charger"
    place = Place(
        id=feature.id,
        role=feature.kind,
        node=feature.id if site.planar else _node_of(feature),
        name=feature.text("name", ""),
        slots=feature.whole("slots", 1, 10_000, 1),
        dwell_ms=feature.thousandths("dwell_s", 0, 86_400, DEFAULT_DWELL_S),
        building=feature.reference("building") if feature.has("building") else "",
        power_w=feature.whole("power_w", 0, 1_000_000, DEFAULT_CHARGER_W if is_charger else 0),
        x_mm=x_mm,
        y_mm=y_mm,
        staffed=feature.truth("staffed", default=False),
        shadow=feature.truth("shadow", default=False),
    )
    return Hung(feature, place, "", 0) if site.planar else _hung(feature, place)


def read_waiting(feature: Feature, to_mm: ToMm) -> Hung:
    x_mm, y_mm = to_mm(feature.point())
    waiting = Waiting(
        id=feature.id,
        edge="",
        offset_mm=0,
        node=_node_of(feature),
        at=feature.choice("at", WAITING_AT, "kerb"),
        direction=feature.choice("direction", DIRECTIONS, "both"),
        slots=feature.whole("slots", 1, 10_000, 1),
        confirmed=feature.choice("may_wait", ("yes", "proposed"), "yes") == "yes",
        name=feature.text("name", ""),
        x_mm=x_mm,
        y_mm=y_mm,
    )
    return _hung(feature, waiting)


def read_building(feature: Feature, to_mm: ToMm) -> Building:
    return Building(
        id=feature.id,
        name=feature.text("name", ""),
        use=feature.text("use", ""),
        stop=feature.reference("stop") if feature.has("stop") else "",
        outline=tuple(to_mm(position) for position in feature.outline()),
    )


def read_zone(feature: Feature, to_mm: ToMm, site: Site) -> Zone:
    from_ms, until_ms = (_moment(feature, name, site) for name in ("from", "until"))
    if until_ms and from_ms >= until_ms:
        raise FeatureError("its until is not after its from")
    return Zone(
        id=feature.id,
        zone_kind=feature.choice("zone_kind", ZONE_KINDS, "slow"),
        factor_pct=feature.whole("factor_pct", 1, 10_000, 100),
        outline=tuple(to_mm(position) for position in feature.outline()),
        hours=_hours(feature, "hours"),
        from_ms=from_ms,
        until_ms=until_ms,
        level=feature.whole("level", *LEVELS, 0) if feature.has("level") else None,
    )


def _node_of(feature: Feature) -> str:
    if feature.has("node") == feature.has("edge"):
        raise FeatureError("it must hang on the roads by either node, or edge and offset_m")
    return "" if feature.has("edge") else feature.reference("node")


def _hung(feature: Feature, thing: _Hanging) -> Hung:
    if thing.node:
        return Hung(feature, thing, "", 0)
    return Hung(
        feature, thing, feature.reference("edge"), feature.thousandths("offset_m", -1, 100_000)
    )


def _hours(feature: Feature, name: str) -> str:
    text = feature.text(name, "")
    if text:
        try:
            parse_hours(text)
        except HoursError as error:
            raise FeatureError(f"{name}: {error}") from None
    return text


def _moment(feature: Feature, name: str, site: Site) -> int:
    """UTC epoch ms of an ISO 8601 time; 0 where it is not given."""
    text = feature.text(name, "")
    if not text:
        return 0
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise FeatureError(f"{name} is {text!r}, not a time such as 2026-11-11T08:00") from None
    if moment.tzinfo is None:
        try:
            moment = moment.replace(tzinfo=ZoneInfo(site.timezone))
        except (OSError, ValueError, ZoneInfoNotFoundError):
            raise FeatureError(f"{name} needs the site's timezone, which is unknown") from None
    try:
        return round(moment.timestamp() * 1000)
    except (OverflowError, ValueError):
        raise FeatureError(f"{name} is {text!r}, out of range") from None
