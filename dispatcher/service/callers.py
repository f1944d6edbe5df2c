# SPDX-License-Identifier: Apache-2.0
"""Who may call the API, judged by a request's headers before its route is run.

What must hold: with a token every route that is not open asks for it. Without one the API is for
programs on this machine, and a web page that somebody looks at here is none of them: a page can
send what a form can send, and can have its own host's name point to this machine.
"""

import secrets
from typing import Any, Final
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException, NotAuthorizedException, PermissionDeniedException
from litestar.status_codes import HTTP_415_UNSUPPORTED_MEDIA_TYPE

from dispatcher.config import is_loopback

Connection = ASGIConnection[Any, Any, Any, Any]

JSON: Final = "application/json"
_READING: Final = ("GET", "HEAD", "OPTIONS")


def judge(connection: Connection, token: str) -> None:
    """Raises HTTPException: 401, 403, or 415 for a body that is not declared as JSON."""
    if token:
        given = connection.headers.get("authorization", "")
        if not secrets.compare_digest(given.encode(), f"Bearer {token}".encode()):
            raise NotAuthorizedException("a bearer token is needed")
    else:
        _check_origin(connection)
    if connection.scope.get("method") not in _READING:
        demand_json(connection)


def demand_json(connection: Connection) -> None:
    """A web page cannot declare a body as JSON without asking first. Raises HTTPException."""
    kind = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    has_body = "transfer-encoding" in connection.headers
    has_body = has_body or connection.headers.get("content-length", "0") != "0"
    if kind != JSON and (kind or has_body):
        raise HTTPException(
            f"Content-Type: {JSON} is needed", status_code=HTTP_415_UNSUPPORTED_MEDIA_TYPE
        )


def _check_origin(connection: Connection) -> None:
    host = connection.headers.get("host", "")
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        name = ""
    if not is_loopback(name):
        raise PermissionDeniedException("without [api] token_file this machine only is served")
    origin = connection.headers.get("origin")
    if origin is not None and origin != f"http://{host}":
        raise PermissionDeniedException("without [api] token_file no web page of others is served")
