# SPDX-License-Identifier: Apache-2.0
"""HTTP: parcels in, called off, declared, looked at.

What must hold: 201 only after the commit of the event; a code goes to whoever announced the parcel
and to whoever asks for it with a right to (station staff), and to nobody once the parcel has ended.
"""

import base64
import secrets
import sqlite3
from collections.abc import Iterator
from http import HTTPStatus
from itertools import islice
from typing import Annotated, Final, Literal

import msgspec
from litestar import Response, get, post

from dispatcher.core.effects import Answer
from dispatcher.core.events import (
    ParcelAnnounced,
    ParcelCancelled,
    ParcelDeclared,
    ParcelKind,
    Size,
)
from dispatcher.core.life_cycles import PARCEL
from dispatcher.core.state import Parcel
from dispatcher.service.contacts import ContactsError
from dispatcher.service.http import Refused, Request, Time, TimeMs, read_body, site_of, time_ms
from dispatcher.service.running import RunningSite
from dispatcher.service.site import Request as SiteRequest
from dispatcher.service.site import request_id
from dispatcher.service.views import ParcelView, parcel_view

KEY_CHARS_MAX: Final = 200
LISTED_DEFAULT: Final = 100
STATES_LISTED: Final = (
    "",
    "open",
    "ended",
    *sorted({one for row in PARCEL.values() for one in row.values()} | {"announced"}),
)
PARCEL_ID_MAX: Final = 65

ParcelId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}\Z")]
PlaceId = Annotated[str, msgspec.Meta(max_length=128)]


class NewParcel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is posted. `origin` of a delivery and `destination` of a return default to the first
    station; a slot to the hour from now. A time is int ms or ISO 8601, local to the site."""

    size: Size
    recipient: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    kind: ParcelKind = "delivery"
    origin: PlaceId = ""
    destination: PlaceId = ""
    mass_g: Annotated[int, msgspec.Meta(ge=0, le=100_000_000)] = 0
    slot_from: Time | None = None
    slot_until: Time | None = None
    slot_from_ms: TimeMs | None = None
    slot_until_ms: TimeMs | None = None
    at_station: bool = False
    parcel: ParcelId | None = None


class Declaration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a member of staff says a parcel is."""

    where: Literal["at_station", "delivered", "returned", "with_sender"]
    by: Annotated[str, msgspec.Meta(max_length=128)] = ""


class CodeView(msgspec.Struct, frozen=True):
    """The code that opens a parcel's compartment, and the token of the recipient's page."""

    parcel: str
    code: str
    code_version: int
    token: str = ""


class AcceptedParcel(ParcelView, frozen=True, kw_only=True):
    """An accepted parcel, with its code and its page's token while it is open."""

    code: str
    token: str = ""


class ParcelList(msgspec.Struct, frozen=True):
    """Some parcels, newest first; `more`: there are more than were asked for."""

    parcels: tuple[ParcelView, ...]
    more: bool


@post("/v1/parcels", status_code=HTTPStatus.CREATED)
async def announce_parcel(request: Request) -> Response[AcceptedParcel]:
    """Announce a parcel; with an `Idempotency-Key` a repeated request is answered as the first."""
    site = site_of(request)
    key = request.headers.get("idempotency-key")
    if key is not None and not 0 < len(key) <= KEY_CHARS_MAX:
        text = f"Idempotency-Key: 1 to {KEY_CHARS_MAX} characters"
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, text)
    event = announced(site, await read_body(request, NewParcel), key or "")
    answer = await ask(site, event)
    parcel = find(site, answer.parcel)
    shown = msgspec.structs.asdict(parcel_view(parcel))
    code, token = secrets_of(site, parcel)
    body = AcceptedParcel(**shown, code=code, token=token)
    return Response(body, status_code=answer.status)


@get("/v1/parcels")
async def list_parcels(request: Request) -> ParcelList:
    """Parcels: all, or `?state=`: the open, the ended, those in one state; at most `?limit=`."""
    site = site_of(request)
    most = site.config.limits.parcels_listed
    word = request.query_params.get("limit", str(min(most, LISTED_DEFAULT)))
    limit = int(word) if word.isascii() and word.isdigit() and len(word) < 10 else 0
    if not 1 <= limit <= most:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"limit: 1 to {most} can be listed")
    wanted = request.query_params.get("state", "")
    if wanted not in STATES_LISTED:
        states = ", ".join(STATES_LISTED[1:])
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"state: {wanted!r} is none of {states}")
    chosen = _chosen(site, wanted)
    parcels = tuple(parcel_view(parcel) for parcel in islice(chosen, limit))
    return ParcelList(parcels, more=next(chosen, None) is not None)


@get("/v1/parcels/{parcel_id:str}")
async def show_parcel(request: Request) -> ParcelView:
    """One parcel."""
    return parcel_view(find(site_of(request), parcel_in(request)))


@get("/v1/parcels/{parcel_id:str}/code")
async def show_code(request: Request) -> Response[CodeView]:
    """The code of an open parcel."""
    site = site_of(request)
    parcel = find(site, parcel_in(request))
    if parcel.ended_ms:
        raise Refused(HTTPStatus.GONE, f"parcel {parcel.id} is {parcel.state}: its code is erased")
    code, token = secrets_of(site, parcel)
    body = CodeView(parcel.id, code, parcel.version, token)
    return Response(body, headers={"Cache-Control": "no-store"})


@post("/v1/parcels/{parcel_id:str}/cancel")
async def cancel_parcel(request: Request) -> Response[ParcelView]:
    """Call a parcel off: 200 done, 202 when it is unloaded."""
    site, parcel_id = site_of(request), parcel_in(request)
    answer = await ask(site, ParcelCancelled(request_id(), parcel_id))
    return Response(parcel_view(find(site, parcel_id)), status_code=answer.status)


@post("/v1/parcels/{parcel_id:str}/declare", status_code=HTTPStatus.OK)
async def declare_parcel(request: Request) -> ParcelView:
    """Staff say where a parcel is."""
    site, parcel_id = site_of(request), parcel_in(request)
    body = await read_body(request, Declaration)
    await ask(site, ParcelDeclared(request_id(), parcel_id, body.where, body.by))
    return parcel_view(find(site, parcel_id))


async def ask(site: RunningSite, event: SiteRequest) -> Answer:
    """The site's answer to a request. Raises Refused for one that is not 2xx."""
    answer = await site.runner.ask(event, site.config.api.answer_timeout_ms / 1000)
    if answer.status >= HTTPStatus.BAD_REQUEST:
        raise Refused(answer.status, answer.text)
    return answer


def parcel_in(request: Request) -> str:
    """The parcel that a request's path names; an id too long names none."""
    return str(request.path_params["parcel_id"])[:PARCEL_ID_MAX]


def find(site: RunningSite, parcel_id: str) -> Parcel:
    """A parcel, open or ended. Raises Refused."""
    parcel = site.state.find(parcel_id)
    if parcel is None:
        raise Refused(HTTPStatus.NOT_FOUND, f"no such parcel: {parcel_id[:64]}")
    return parcel


def secrets_of(site: RunningSite, parcel: Parcel) -> tuple[str, str]:
    """Code and token of an open parcel; empty for an ended one. Raises Refused where none can be
    kept: the parcel is accepted all the same, so the caller is to ask again."""
    if parcel.ended_ms:
        return "", ""
    try:
        code = site.contacts.code_of(parcel.id, parcel.version, parcel.recipient)
        return code, site.contacts.token_of(parcel.id)
    except (sqlite3.Error, ContactsError):
        text = f"parcel {parcel.id} is accepted, but its code cannot be stored now: ask again"
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, text) from None


def announced(site: RunningSite, body: NewParcel, key: str) -> ParcelAnnounced:
    """The event of a posted parcel. Raises Refused."""
    stations = [place.id for place in site.graph.places("station")]
    first = stations[0] if stations else ""
    slot_from_ms, slot_until_ms = _slot(site, body, key)
    return ParcelAnnounced(
        request=request_id(),
        parcel=body.parcel or new_parcel_id(),
        kind=body.kind,
        origin=body.origin or (first if body.kind == "delivery" else ""),
        destination=body.destination or (first if body.kind == "return" else ""),
        size=body.size,
        recipient=body.recipient,
        slot_from_ms=slot_from_ms,
        slot_until_ms=slot_until_ms,
        mass_g=body.mass_g,
        at_station=body.at_station,
        key=key,
    )


def new_parcel_id() -> str:
    """Eight letters and digits that nobody mistakes for others; the core refuses a repetition."""
    return f"p-{base64.b32encode(secrets.token_bytes(5)).decode().lower()}"


def _slot(site: RunningSite, body: NewParcel, key: str) -> tuple[int, int]:
    start = _time_ms(site, "slot_from", body.slot_from, body.slot_from_ms)
    end = _time_ms(site, "slot_until", body.slot_until, body.slot_until_ms)
    if start is None:
        used = site.state.keys.get(key) if key else None
        # A repeated request must not differ by the time it is repeated at.
        start = site.clock.now_ms() if used is None else used.slot_from_ms
    return start, start + site.config.api.default_slot_ms if end is None else end


def _time_ms(
    site: RunningSite, field: str, value: int | str | None, in_ms: int | None
) -> int | None:
    if value is not None and in_ms is not None:
        text = f"{field}: given twice, also as {field}_ms"
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, text)
    return in_ms if value is None else time_ms(site, field, value)


def _chosen(site: RunningSite, wanted: str) -> Iterator[Parcel]:
    """Newest first."""
    state = site.state
    if wanted in ("", "open"):
        yield from reversed(state.parcels.values())
    if wanted in ("", "ended"):
        yield from reversed(state.ended.values())
    if wanted not in ("", "open", "ended"):
        for parcels in (state.parcels, state.ended):
            yield from (one for one in reversed(parcels.values()) if one.state == wanted)


PARCEL_ROUTES = [
    announce_parcel,
    list_parcels,
    show_parcel,
    show_code,
    cancel_parcel,
    declare_parcel,
]
