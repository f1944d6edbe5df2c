# SPDX-License-Identifier: Apache-2.0
"""HTTP: robots, jobs, the site as a whole, its health and its metrics."""

from http import HTTPStatus

import msgspec
from litestar import Response, get, post

from dispatcher.core.events import RobotHeld, RobotReleased
from dispatcher.service.http import Refused, Request, site_of
from dispatcher.service.metrics import CONTENT_TYPE, metrics_text
from dispatcher.service.parcel_routes import ask
from dispatcher.service.running import RunningSite
from dispatcher.service.site import request_id
from dispatcher.service.views import (
    JobView,
    RobotView,
    SiteView,
    Summary,
    job_views,
    robot_views,
    site_view,
    summary,
)

ROBOT_ID_MAX = 130


class RobotList(msgspec.Struct, frozen=True):
    """All robots that are registered, and those that were only heard."""

    robots: tuple[RobotView, ...]


class JobList(msgspec.Struct, frozen=True):
    """All jobs under way."""

    jobs: tuple[JobView, ...]


class Health(msgspec.Struct, frozen=True):
    """`ok`, `degraded` (it runs, but something is missing) or `frozen`, and why."""

    status: str
    reason: str = ""


@get("/v1/robots")
async def list_robots(request: Request) -> RobotList:
    """Robots."""
    return RobotList(robot_views(site_of(request)))


@post("/v1/robots/{manufacturer:str}/{serial:str}/hold", status_code=HTTPStatus.OK)
async def hold_robot(request: Request) -> RobotView:
    """Take a robot out of dispatching."""
    site, robot = site_of(request), _robot_in(request)
    await ask(site, RobotHeld(request_id(), robot))
    return _one_robot(site, robot)


@post("/v1/robots/{manufacturer:str}/{serial:str}/release", status_code=HTTPStatus.OK)
async def release_robot(request: Request) -> RobotView:
    """Give a robot back to dispatching."""
    site, robot = site_of(request), _robot_in(request)
    await ask(site, RobotReleased(request_id(), robot))
    return _one_robot(site, robot)


@get("/v1/jobs")
async def list_jobs(request: Request) -> JobList:
    """Jobs."""
    return JobList(job_views(site_of(request)))


@get("/v1/site")
async def show_site(request: Request) -> SiteView:
    """What this site is."""
    return site_view(site_of(request))


@get("/v1/summary")
async def show_summary(request: Request) -> Summary:
    """How the day goes."""
    return summary(site_of(request))


@get("/healthz", opt={"open": True})
async def health(request: Request) -> Response[Health]:
    """Whether it works: 503 where the site is frozen."""
    site = site_of(request)
    if site.runner.frozen:
        found = Health("frozen", site.runner.frozen)
        return Response(found, status_code=HTTPStatus.SERVICE_UNAVAILABLE)
    if not site.link.connected:
        return Response(Health("degraded", "no connection to the MQTT broker"))
    return Response(Health("ok"))


@get("/metrics")
async def metrics(request: Request) -> Response[bytes]:
    """For Prometheus."""
    return Response(metrics_text(site_of(request)), headers={"Content-Type": CONTENT_TYPE})


def _robot_in(request: Request) -> str:
    named = request.path_params
    return f"{named['manufacturer']}/{named['serial']}"[:ROBOT_ID_MAX]


def _one_robot(site: RunningSite, robot: str) -> RobotView:
    for view in robot_views(site):
        if view.robot == robot:
            return view
    raise Refused(HTTPStatus.NOT_FOUND, f"no such robot: {robot[:128]}")


SITE_ROUTES = [
    list_robots,
    hold_robot,
    release_robot,
    list_jobs,
    show_site,
    show_summary,
    health,
    metrics,
]
