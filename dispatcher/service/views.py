# SPDX-License-Identifier: Apache-2.0
"""The answers of the HTTP API: what is shown of parcels, robots, jobs and the whole site.

What must hold: these structs are a public format: fields may be added, never changed or removed.
No code is in here; the one answer that carries a code is made in `parcel_routes.py`.
"""

import msgspec

from dispatcher.core import books, standing
from dispatcher.core.state import Job, Parcel, Robot
from dispatcher.service.perform import KeptAlarm
from dispatcher.service.running import RunningSite
from robot_agent.vda5050.state import State as RobotState

SANE_M = 1_000_000
"""No campus is larger: a robot that says it is further away has no position to show."""


class ParcelView(msgspec.Struct, frozen=True):
    """One parcel. Times are site time in ms; 0: not yet. `presumed`: no sensor saw it taken."""

    parcel: str
    kind: str
    origin: str
    destination: str
    size: str
    recipient: str
    state: str
    reason: str
    robot: str
    compartment: str
    attempts: int
    code_version: int
    custody_known: bool
    slot_from_ms: int
    slot_until_ms: int
    announced_ms: int
    changed_ms: int
    ended_ms: int
    late_ms: int
    presumed: bool


class VisitView(msgspec.Struct, frozen=True):
    """One stand of a job."""

    node: str
    reached: bool
    released: bool
    parcels: tuple[str, ...]


class JobView(msgspec.Struct, frozen=True):
    """What a robot was given to do; `kind` is trip, charge or park."""

    id: str
    robot: str
    kind: str
    state: str
    at: int
    given_ms: int
    end_ms: int
    visits: tuple[VisitView, ...]


class PositionView(msgspec.Struct, frozen=True):
    """In the map's frame, mm east and north of the site's origin."""

    x_mm: int
    y_mm: int


class StopView(msgspec.Struct, frozen=True):
    """Why a robot's motors are off, and who must see to it: agent, check, operator or person."""

    cause: str
    who: str
    text: str


class RobotView(msgspec.Struct, frozen=True):
    """One robot; of an unregistered one only that it was heard."""

    robot: str
    registered: bool
    link: str = ""
    mode: str = ""
    node: str = ""
    battery_pct: int = 0
    charging: bool = False
    held: str = ""
    errors: tuple[str, ...] = ()
    position: PositionView | None = None
    job: JobView | None = None
    trips_planned: int = 0
    driven_mm: int = 0
    energy_mwh: int = 0
    messages: int = 0
    stands: StopView | None = None


class PlaceView(msgspec.Struct, frozen=True):
    """A station or a stop."""

    id: str
    name: str
    x_mm: int
    y_mm: int


class SiteView(msgspec.Struct, frozen=True):
    """What this site is."""

    site: str
    name: str
    timezone: str
    map_digest: str
    attribution: str
    stations: tuple[PlaceView, ...]
    stops: tuple[PlaceView, ...]
    policy: dict[str, int]


class Summary(msgspec.Struct, frozen=True):
    """How the day goes. `planner_ms` is the mean real time of a plan;
    `on_time_share` is of the delivered parcels; null: nothing to tell yet. `planner_engines` counts
    plans by engine since the daemon's start."""

    parcels: dict[str, int]
    by_state: dict[str, int]
    on_time_share: float | None
    promises_broken: int
    robots: int
    robots_online: int
    km: float
    trips: int
    kwh: float
    planner_calls: int
    planner_ms: int
    planner_engines: dict[str, int]
    plan_age_ms: int | None
    messages_per_s: float
    counters: dict[str, int]
    site_ms: int
    speed: float
    frozen: str
    alarms: tuple[KeptAlarm, ...]


def parcel_view(parcel: Parcel) -> ParcelView:
    """One parcel as it is shown."""
    return ParcelView(
        parcel=parcel.id,
        kind=parcel.kind,
        origin=parcel.origin,
        destination=parcel.destination,
        size=parcel.size,
        recipient=parcel.recipient,
        state=parcel.state,
        reason=parcel.reason,
        robot=parcel.robot,
        compartment=parcel.compartment,
        attempts=parcel.attempts,
        code_version=parcel.version,
        custody_known=parcel.custody_known,
        slot_from_ms=parcel.slot_from_ms,
        slot_until_ms=parcel.slot_until_ms,
        announced_ms=parcel.announced_ms,
        changed_ms=parcel.at_ms,
        ended_ms=parcel.ended_ms,
        late_ms=parcel.late_ms,
        presumed=parcel.presumed,
    )


def job_view(robot: str, job: Job) -> JobView:
    """One job as it is shown."""
    visits = tuple(
        VisitView(
            node=visit.node,
            reached=visit.reached,
            released=index < job.released,
            parcels=tuple(task.parcel for task in visit.tasks if task.parcel),
        )
        for index, visit in enumerate(job.visits)
    )
    return JobView(
        id=job.id,
        robot=robot,
        kind=job.kind,
        state=job.state,
        at=job.at,
        given_ms=job.given_ms,
        end_ms=job.end_ms,
        visits=visits,
    )


def robot_views(site: RunningSite) -> tuple[RobotView, ...]:
    """The registered robots by id, then the strangers."""
    states = site.link.positions
    registered = [
        _robot_view(robot, _position(robot, states.get(robot.id)))
        for _, robot in sorted(site.state.robots.items())
    ]
    strangers = [
        RobotView(robot=stranger.robot, registered=False, messages=stranger.messages)
        for stranger in site.link.strangers
        if stranger.robot not in site.state.robots
    ]
    return (*registered, *strangers)


def job_views(site: RunningSite) -> tuple[JobView, ...]:
    """The jobs under way, by robot."""
    return tuple(
        job_view(robot.id, robot.job)
        for _, robot in sorted(site.state.robots.items())
        if robot.job is not None
    )


def site_view(site: RunningSite) -> SiteView:
    """The site's description."""
    campus = site.graph.campus
    places = {
        role: tuple(
            PlaceView(place.id, place.name, place.x_mm, place.y_mm)
            for place in site.graph.places(role)
        )
        for role in ("station", "stop")
    }
    spec = site.state.site
    return SiteView(
        site=site.config.site.id,
        name=campus.site.name,
        timezone=site.timezone.key,
        map_digest=campus.digest,
        attribution=campus.site.attribution,
        stations=places["station"],
        stops=places["stop"],
        policy=msgspec.structs.asdict(spec.policy) if spec else {},
    )


def summary(site: RunningSite) -> Summary:
    """The whole site in numbers."""
    state, now_ms = site.state, site.clock.now_ms()
    robots = [robot for robot in state.robots.values() if robot.registered]
    count = state.counters.get
    calls = count("plans_asked", 0)
    asked_ms = site.planner.asked_site_ms or state.answered_ms
    return Summary(
        parcels=site.runner.dispatcher.summary(),
        by_state=books.by_state(state),
        on_time_share=books.on_time_share(state),
        promises_broken=books.promises_broken(state, now_ms),
        robots=len(robots),
        robots_online=sum(robot.link == "online" for robot in robots),
        km=round(sum(robot.driven_mm for robot in robots) / 1e6, 3),
        trips=count("trips_done", 0),
        kwh=round(sum(robot.energy_mwh for robot in robots) / 1e6, 3),
        planner_calls=calls,
        planner_ms=count("planner_ms", 0) // max(1, calls),
        planner_engines=dict(sorted(site.planner.plans.items())),
        plan_age_ms=now_ms - asked_ms if asked_ms else None,
        messages_per_s=round(sum(site.link.message_rates.values()), 1),
        counters=dict(sorted(state.counters.items())),
        site_ms=now_ms,
        speed=site.clock.speed,
        frozen=site.runner.frozen,
        alarms=tuple(site.performer.alarms),
    )


def _robot_view(robot: Robot, position: PositionView) -> RobotView:
    stop = standing.stop_of(robot)
    return RobotView(
        robot=robot.id,
        registered=robot.registered,
        link=robot.link,
        mode=robot.mode,
        node=robot.node,
        battery_pct=robot.battery_pct,
        charging=robot.charging,
        held=robot.held,
        errors=tuple(f"{error.level} {error.type}: {error.text}" for error in robot.errors),
        position=position,
        job=None if robot.job is None else job_view(robot.id, robot.job),
        trips_planned=len(robot.trips),
        driven_mm=robot.driven_mm,
        energy_mwh=robot.energy_mwh,
        stands=None if stop is None else StopView(stop.cause, stop.who, stop.text),
    )


def _position(robot: Robot, said: RobotState | None) -> PositionView:
    """The robot's last word where there is one, else what the core knows."""
    at = said.agv_position if said is not None else None
    if at is None or max(abs(at.x), abs(at.y)) > SANE_M:
        return PositionView(robot.x_mm, robot.y_mm)
    return PositionView(round(at.x * 1000), round(at.y * 1000))
