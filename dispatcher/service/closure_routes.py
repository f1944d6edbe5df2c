# SPDX-License-Identifier: Apache-2.0
"""HTTP: areas shut for a while, and opened again.

What must hold: outlines go over HTTP in degrees, as in GeoJSON (longitude first), and into the core
in mm of the site's frame.
"""

from http import HTTPStatus
from typing import Annotated

import msgspec
from litestar import Response, delete, get, post

from dispatcher.core.events import AreaClosed, AreaReopened
from dispatcher.roads.closing.closures import Closure
from dispatcher.service.http import Refused, Request, Time, read_body, site_of, time_ms
from dispatcher.service.parcel_routes import ask
from dispatcher.service.running import RunningSite
from dispatcher.service.site import request_id
from robot_agent.campus import to_lat_lon
from robot_agent.campus_features import LEVELS, MAX_FROM_ORIGIN_MM
from robot_agent.campus_frame import Point, frame_at

Degrees = Annotated[float, msgspec.Meta(ge=-180, le=180)]
ClosureId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}\Z")]


class NewClosure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is posted: a ring of [longitude, latitude]. `from` is now where it is not given, `until`
    when it is deleted, `level` all levels. The same id again replaces what was said before."""

    outline: Annotated[list[tuple[Degrees, Degrees]], msgspec.Meta(min_length=3, max_length=500)]
    closure: ClosureId | None = None
    since: Time | None = msgspec.field(default=None, name="from")
    until: Time | None = None
    level: Annotated[int, msgspec.Meta(ge=LEVELS[0], le=LEVELS[1])] | None = None
    by: Annotated[str, msgspec.Meta(max_length=128)] = ""


class ClosureView(msgspec.Struct, frozen=True):
    """One closure; `until_ms` 0: until it is deleted. `active`: it holds now."""

    closure: str
    outline: tuple[tuple[float, float], ...]
    from_ms: int
    until_ms: int
    level: int | None
    active: bool


class ClosureList(msgspec.Struct, frozen=True):
    """All closures that are not over."""

    closures: tuple[ClosureView, ...]


@post("/v1/closures", status_code=HTTPStatus.CREATED)
async def close_area(request: Request) -> ClosureView:
    """Shut an area: 201 once it is in the journal; robots inside may leave."""
    site = site_of(request)
    body = await read_body(request, NewClosure)
    event = AreaClosed(
        request=request_id(),
        closure=body.closure or f"closure-{request_id()[2:]}",
        outline=_outline_mm(site, body.outline),
        from_ms=site.clock.now_ms() if body.since is None else time_ms(site, "from", body.since),
        until_ms=0 if body.until is None else time_ms(site, "until", body.until),
        level=body.level,
        by=body.by,
    )
    await ask(site, event)
    shut = Closure(event.closure, event.outline, event.from_ms, event.until_ms, event.level)
    return _view(site, shut)


@get("/v1/closures")
async def list_closures(request: Request) -> ClosureList:
    """Closures."""
    site = site_of(request)
    return ClosureList(tuple(_view(site, one) for one in site.state.closures.values()))


@delete("/v1/closures/{closure_id:str}", status_code=HTTPStatus.NO_CONTENT)
async def reopen_area(request: Request) -> Response[None]:
    """Take a closure back."""
    closure_id = str(request.path_params["closure_id"])[:65]
    await ask(site_of(request), AreaReopened(request_id(), closure_id))
    return Response(None, status_code=HTTPStatus.NO_CONTENT)


def _outline_mm(site: RunningSite, outline: list[tuple[float, float]]) -> tuple[Point, ...]:
    """A ring in degrees in the site's frame. Raises Refused for what is not near the site."""
    at = site.graph.campus.site
    frame = frame_at(at.lat_deg, at.lon_deg)
    points = tuple(frame.to_mm(lat, lon) for lon, lat in outline)
    for (lon, lat), point in zip(outline, points, strict=True):
        if max(map(abs, point)) > MAX_FROM_ORIGIN_MM:
            where = (
                f"[{lon}, {lat}] is more than {MAX_FROM_ORIGIN_MM // 1_000_000} km from the site"
            )
            text = f"outline: {where} at [{at.lon_deg}, {at.lat_deg}]; longitude comes first"
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, text)
    return points


def _view(site: RunningSite, closure: Closure) -> ClosureView:
    at = site.graph.campus.site
    now_ms = site.clock.now_ms()
    degrees = (to_lat_lon(at, *point) for point in closure.outline)
    return ClosureView(
        closure=closure.id,
        outline=tuple((round(lon, 7), round(lat, 7)) for lat, lon in degrees),
        from_ms=closure.from_ms,
        until_ms=closure.until_ms,
        level=closure.level,
        active=closure.from_ms <= now_ms and not 0 < closure.until_ms <= now_ms,
    )


CLOSURE_ROUTES = [close_area, list_closures, reopen_area]
