# SPDX-License-Identifier: Apache-2.0
"""HTTP: people let in at a robot: by the desk, by a code told to staff, or on the recipient's page.

What must hold: the page shows nothing of a parcel, to nobody, and needs no login but its address
and the code; the core decides whether the robot stands there and may be opened. A token stands in
no log and no journal.
"""

from http import HTTPStatus
from typing import Annotated, Final, NamedTuple
from urllib.parse import parse_qs

import msgspec
from litestar import Response, get, post

from dispatcher.core.events import HandoverReleased
from dispatcher.core.state import Parcel
from dispatcher.service.callers import demand_json
from dispatcher.service.code_desk import Verdict
from dispatcher.service.http import Refused, Request, read_body, site_of
from dispatcher.service.parcel_routes import ask, find, parcel_in
from dispatcher.service.running import RunningSite
from dispatcher.service.site import request_id
from dispatcher.service.views import ParcelView, parcel_view

BY_PAGE: Final = "recipient's page"
_FORM_BYTES_MAX: Final = 1_024
_TOKEN_CHARS_MAX: Final = 64
_FORM_TYPE: Final = "application/x-www-form-urlencoded"

Name = Annotated[str, msgspec.Meta(max_length=128)]


class Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who lets a recipient in."""

    by: Name = ""


class CodeEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code, as somebody says it; `by` is the member of staff who heard it."""

    code: Annotated[str, msgspec.Meta(max_length=64)]
    by: Name = ""


class PageAnswer(msgspec.Struct, frozen=True):
    """`opening`, `wrong`, `locked` or `not_now`, in words for the recipient, too."""

    result: str
    text: str
    retry_after_s: int = 0


class _Outcome(NamedTuple):
    status: int
    text: str


_OUTCOMES: Final = {
    "ask": _Outcome(HTTPStatus.OK, "Type the code from your message."),
    "opening": _Outcome(HTTPStatus.OK, "Right. Your compartment opens now."),
    "wrong": _Outcome(HTTPStatus.FORBIDDEN, "This code does not fit. Please look again."),
    "locked": _Outcome(HTTPStatus.TOO_MANY_REQUESTS, "Too many wrong codes. Please wait a little."),
    "not_now": _Outcome(
        HTTPStatus.CONFLICT,
        "The code is right, but the robot is not ready for you. Please try again when it stands "
        "at your stop, or use its keypad.",
    ),
}
# No script, nothing from elsewhere; the address is a secret, so it is told to nobody.
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}
_PAGE: Final = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Your parcel</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{{font:1.2em sans-serif;max-width:22em;margin:2em auto;padding:0 1em}}
input,button{{font:inherit;padding:.5em;width:100%;box-sizing:border-box;margin:.3em 0}}</style>
</head><body><h1>Your parcel</h1><p role="status">{text}</p>
<form method="post"><label>Code <input name="code" inputmode="numeric" autocomplete="off"
maxlength="16" required autofocus></label><button>Open</button></form></body></html>
"""


@post("/v1/parcels/{parcel_id:str}/release", status_code=HTTPStatus.OK)
async def release_parcel(request: Request) -> ParcelView:
    """The desk lets a recipient in, without a code."""
    site, parcel = site_of(request), parcel_in(request)
    body = await read_body(request, Release)
    await ask(site, HandoverReleased(request_id(), parcel, body.by))
    return parcel_view(find(site, parcel))


@post("/v1/parcels/{parcel_id:str}/open", status_code=HTTPStatus.OK)
async def open_parcel(request: Request) -> ParcelView:
    """Staff enter the code that a recipient tells them."""
    site = site_of(request)
    parcel = find(site, parcel_in(request))
    body = await read_body(request, CodeEntry)
    verdict = site.desk.judge(parcel, "", _plain(body.code))
    if verdict.wait_ms:
        text = f"too many wrong codes: try again in {_seconds(verdict)} s"
        raise Refused(HTTPStatus.TOO_MANY_REQUESTS, text)
    if not verdict.right:
        raise Refused(HTTPStatus.FORBIDDEN, "the code does not fit")
    await ask(site, HandoverReleased(request_id(), parcel.id, body.by))
    return parcel_view(find(site, parcel.id))


@get("/v1/pickup/{token:str}", opt={"open": True})
async def show_page() -> Response[bytes]:
    """The recipient's page; the same whether there is such a parcel or not."""
    return _page("ask", 0)


@post("/v1/pickup/{token:str}", opt={"open": True}, status_code=HTTPStatus.OK)
async def enter_code(request: Request) -> Response[bytes]:
    """A code typed on the recipient's page; JSON in, JSON out."""
    site = site_of(request)
    token = str(request.path_params["token"])[:_TOKEN_CHARS_MAX]
    is_form = request.headers.get("content-type", "").startswith(_FORM_TYPE)
    if not is_form:
        demand_json(request)
    code = await _form_code(request) if is_form else (await read_body(request, CodeEntry)).code
    parcel = site.state.find(site.contacts.parcel_of(token))
    verdict = site.desk.judge(parcel, token, _plain(code))
    result = "locked" if verdict.wait_ms else "wrong"
    if verdict.right and parcel is not None:
        result = await _released(site, parcel)
    if is_form:
        return _page(result, _seconds(verdict))
    answer = PageAnswer(result, _OUTCOMES[result].text, _seconds(verdict))
    return _response(result, verdict, msgspec.json.encode(answer), "application/json")


async def _released(site: RunningSite, parcel: Parcel) -> str:
    """At a robot that waits for a word: one with a keypad opens to nobody who is elsewhere."""
    if not _waits_for_a_word(site, parcel):
        return "not_now"
    try:
        await ask(site, HandoverReleased(request_id(), parcel.id, BY_PAGE))
    except Refused:
        return "not_now"
    return "opening"


def _waits_for_a_word(site: RunningSite, parcel: Parcel) -> bool:
    robot = site.state.robots.get(parcel.robot)
    job = robot.job if robot is not None else None
    visits = job.visits[job.at : job.at + 1] if job is not None else []
    return any(task.parcel == parcel.id and task.gate for one in visits for task in one.tasks)


def _page(result: str, seconds: int) -> Response[bytes]:
    text = _OUTCOMES[result].text
    if seconds:
        text = f"{text} ({seconds} s)"
    verdict = Verdict(right=False, wait_ms=seconds * 1000)
    return _response(result, verdict, _PAGE.format(text=text).encode(), "text/html; charset=utf-8")


def _response(result: str, verdict: Verdict, body: bytes, kind: str) -> Response[bytes]:
    headers = dict(_HEADERS)
    if verdict.wait_ms:
        headers["Retry-After"] = str(_seconds(verdict))
    status = _OUTCOMES[result].status
    return Response(body, status_code=status, media_type=kind, headers=headers)


async def _form_code(request: Request) -> str:
    body = await request.body()
    text = body[:_FORM_BYTES_MAX].decode("ascii", errors="replace")
    try:
        fields = parse_qs(text, max_num_fields=8)
    except ValueError:
        raise Refused(HTTPStatus.BAD_REQUEST, "the form has too many fields") from None
    return fields.get("code", [""])[0][:64]


def _plain(code: str) -> str:
    """People write codes in groups."""
    return code.replace(" ", "").replace("-", "")


def _seconds(verdict: Verdict) -> int:
    return -(-verdict.wait_ms // 1000)


PICKUP_ROUTES = [
    release_parcel,
    open_parcel,
    show_page,
    enter_code,
]
