# SPDX-License-Identifier: Apache-2.0
"""Errors of the HTTP API as `application/problem+json` (RFC 9457).

What must hold: every error answer has this form; a fault of our own is logged and tells nothing.
"""

import traceback
from http import HTTPStatus
from typing import Any, Final

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

Connection = Request[Any, Any, Any]

PROBLEM: Final = "application/problem+json"

log = structlog.get_logger()


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


def problem(request: Connection, status: int, detail: str) -> Response[bytes]:
    """An error answer."""
    title = HTTPStatus(status).phrase
    body = Problem(title=title, status=status, detail=detail, instance=request.url.path)
    headers = {"Retry-After": "1"} if status == HTTPStatus.SERVICE_UNAVAILABLE else None
    content = msgspec.json.encode(body)
    return Response(content, status_code=status, media_type=PROBLEM, headers=headers)


def on_refused(request: Connection, error: Refused) -> Response[bytes]:
    """Ours."""
    return problem(request, error.status, error.detail)


def on_http_error(request: Connection, error: HTTPException) -> Response[bytes]:
    """The framework's: a body that does not fit is 422, all else as it says."""
    if isinstance(error, ValidationException):
        return problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, _fields(error))
    return problem(request, error.status_code, error.detail)


def _fields(error: ValidationException) -> str:
    """`field: what is wrong` for each field, in one line."""
    found = []
    for entry in error.extra if isinstance(error.extra, list) else []:
        key = entry.get("key", "")
        found.append(f"{key}: {entry.get('message', '')}" if key else str(entry.get("message", "")))
    return "; ".join(found) or error.detail


def on_fault(request: Connection, error: Exception) -> Response[bytes]:
    """A fault of our own: its kind and place go to the log, nothing to the caller."""
    at = "".join(traceback.format_tb(error.__traceback__)[-1:]).strip()
    log.error("request failed", path=request.url.path, kind=type(error).__name__, at=at)
    return problem(request, HTTPStatus.INTERNAL_SERVER_ERROR, "a fault of the daemon, see its log")
