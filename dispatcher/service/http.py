# SPDX-License-Identifier: Apache-2.0
"""What all HTTP routes share: the site they serve, and errors as `application/problem+json`.

What must hold: every error answer has the form of RFC 9457; a fault of our own is logged and tells
the caller nothing.
"""

import traceback
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Final, TypeVar

import litestar
import msgspec
import structlog
from litestar import Response
from litestar.exceptions import HTTPException

from dispatcher.service.running import RunningSite

Request = litestar.Request[Any, Any, Any]

T = TypeVar("T")

TIME_MS_MAX: Final = 1 << 52
TimeMs = Annotated[int, msgspec.Meta(ge=0, le=TIME_MS_MAX)]
Time = TimeMs | Annotated[str, msgspec.Meta(max_length=40)]
"""Int ms (UTC epoch), or ISO 8601, local to the site where it has no offset."""

PROBLEM: Final = "application/problem+json"

log = structlog.get_logger()


def site_of(request: Request) -> RunningSite:
    """The site that a request is about."""
    site = request.app.state["site"]
    assert isinstance(site, RunningSite)
    return site


class Refused(Exception):
    """A request is not carried out: the status and one sentence."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class Problem(msgspec.Struct, frozen=True):
    """The body of an error answer."""

    title: str
    status: int
    detail: str
    instance: str
    type: str = "about:blank"


async def read_body(request: Request, kind: type[T]) -> T:
    """A request's JSON body. Raises Refused: 400 for no JSON, 422 with the field that is wrong."""
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except msgspec.ValidationError as error:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(HTTPStatus.BAD_REQUEST, f"the body is not JSON: {error}") from None


def time_ms(site: RunningSite, field: str, value: int | str) -> int:
    """A `Time` as UTC epoch ms. Raises Refused, naming the field."""
    if isinstance(value, int):
        return value
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=site.timezone)
        found = round(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        found = -1
    if not 0 <= found <= TIME_MS_MAX:
        text = f"{field}: {value!r} is no time such as 2026-03-29T18:30:00+02:00"
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, text)
    return found


def problem(request: Request, status: int, detail: str) -> Response[bytes]:
    """An error answer."""
    title = HTTPStatus(status).phrase
    body = Problem(title=title, status=status, detail=detail, instance=request.url.path)
    headers = {"Cache-Control": "no-store"}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "1"
    content = msgspec.json.encode(body)
    return Response(content, status_code=status, media_type=PROBLEM, headers=headers)


def on_refused(request: Request, error: Refused) -> Response[bytes]:
    """Ours."""
    return problem(request, error.status, error.detail)


def on_http_error(request: Request, error: HTTPException) -> Response[bytes]:
    """The framework's."""
    return problem(request, error.status_code, error.detail)


def on_fault(request: Request, error: Exception) -> Response[bytes]:
    """A fault of our own: its kind and place go to the log, nothing to the caller."""
    at = "".join(traceback.format_tb(error.__traceback__)[-1:]).strip()
    # The template, because a path may hold a recipient's token.
    path = request.scope.get("path_template", "")
    log.error("request failed", path=path, kind=type(error).__name__, at=at)
    return problem(request, HTTPStatus.INTERNAL_SERVER_ERROR, "a fault of the daemon, see its log")
