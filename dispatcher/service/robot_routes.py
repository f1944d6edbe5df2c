# SPDX-License-Identifier: Apache-2.0
"""HTTP: robots, held, released, made to wait, taken back for good."""

import asyncio
import time
from http import HTTPStatus
from typing import Annotated, Final

import msgspec
from litestar import get, post

from dispatcher.core.events import RobotHeld, RobotReleased, RobotRevoked, WaitExtended
from dispatcher.provisioning.broker import Told
from dispatcher.provisioning.files import ProvisioningError
from dispatcher.provisioning.fleet import Fleet
from dispatcher.service.http import Refused, Request, read_body, site_of
from dispatcher.service.parcel_routes import ask
from dispatcher.service.running import RunningSite
from dispatcher.service.site import request_id
from dispatcher.service.views import RobotView, robot_views

ROBOT_ID_MAX: Final = 130
WAIT_MS_MAX: Final = 30 * 60_000
ELSEWHERE: Final = "elsewhere"


class RobotList(msgspec.Struct, frozen=True):
    """All robots that are registered, and those that were only heard."""

    robots: tuple[RobotView, ...]


class RevokedRobot(RobotView, frozen=True, kw_only=True):
    """A robot that was revoked, and whether the broker knows: `told`; `not running` (it goes by it
    when it starts); `not ours` (tell it with kill -HUP); `elsewhere` (take its account away)."""

    broker: str


class Extension(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much longer a robot is to wait."""

    by_ms: Annotated[int, msgspec.Meta(ge=1_000, le=WAIT_MS_MAX)]
    by: Annotated[str, msgspec.Meta(max_length=128)] = ""


@get("/v1/robots")
async def list_robots(request: Request) -> RobotList:
    """Robots."""
    return RobotList(robot_views(site_of(request)))


@post("/v1/robots/{manufacturer:str}/{serial:str}/hold", status_code=HTTPStatus.OK)
async def hold_robot(request: Request) -> RobotView:
    """Take a robot out of dispatching."""
    site, robot = site_of(request), robot_in(request)
    await ask(site, RobotHeld(request_id(), robot))
    return one_robot(site, robot)


@post("/v1/robots/{manufacturer:str}/{serial:str}/release", status_code=HTTPStatus.OK)
async def release_robot(request: Request) -> RobotView:
    """Give a robot back to dispatching."""
    site, robot = site_of(request), robot_in(request)
    await ask(site, RobotReleased(request_id(), robot))
    return one_robot(site, robot)


@post("/v1/robots/{manufacturer:str}/{serial:str}/extend-wait", status_code=HTTPStatus.OK)
async def extend_wait(request: Request) -> RobotView:
    """Somebody is on the way: the robot waits longer at its stop."""
    site, robot = site_of(request), robot_in(request)
    body = await read_body(request, Extension)
    await ask(site, WaitExtended(request_id(), robot, body.by_ms, body.by))
    return one_robot(site, robot)


@post("/v1/robots/{manufacturer:str}/{serial:str}/revoke", status_code=HTTPStatus.OK)
async def revoke_robot(request: Request) -> RevokedRobot:
    """Lost or stolen: the broker refuses it from now on, and what is aboard is in doubt. Repeat it
    where the broker could not be told."""
    site, robot = site_of(request), robot_in(request)
    fleet, told = site.roll.fleet, ELSEWHERE
    if fleet is not None:
        # Its way in is shut before anybody decides what becomes of its parcels.
        loop = asyncio.get_running_loop()
        try:
            told = await loop.run_in_executor(None, _shut_out, fleet, robot)
        except ProvisioningError as error:
            raise Refused(HTTPStatus.CONFLICT, str(error)) from None
    await ask(site, RobotRevoked(request_id(), robot))
    shown = msgspec.structs.asdict(one_robot(site, robot))
    return RevokedRobot(**shown, broker=told)


def _shut_out(fleet: Fleet, robot: str) -> Told:
    """Void its credentials, if the register has any: a robot of the site file has none there."""
    if robot not in fleet.read().robots:
        return ELSEWHERE
    return fleet.revoke(robot, time.time_ns() // 1_000_000)


def robot_in(request: Request) -> str:
    """The robot that a request's path names."""
    named = request.path_params
    return f"{named['manufacturer']}/{named['serial']}"[:ROBOT_ID_MAX]


def one_robot(site: RunningSite, robot: str) -> RobotView:
    """A robot as it is shown. Raises Refused."""
    for view in robot_views(site):
        if view.robot == robot:
            return view
    raise Refused(HTTPStatus.NOT_FOUND, f"no such robot: {robot[:128]}")


ROBOT_ROUTES = [
    list_robots,
    hold_robot,
    release_robot,
    extend_wait,
    revoke_robot,
]
