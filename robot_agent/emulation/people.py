# SPDX-License-Identifier: Apache-2.0
"""The emulated recipients' luck: a pure draw from seed, parcel and attempt.

It hangs on nothing else, so the emulator and the simulation see the same person come late or never,
whichever robot stands there and whenever.
"""

from hashlib import sha256

import msgspec


class PeopleParams(msgspec.Struct, frozen=True, kw_only=True):
    """Of a hundred people `no_show_pct` never come and `late_pct` come late; delays in ms."""

    no_show_pct: int = 3
    late_pct: int = 10
    prompt_min_ms: int = 5_000
    prompt_max_ms: int = 90_000
    late_max_ms: int = 360_000
    service_min_ms: int = 10_000
    service_max_ms: int = 40_000


class Visit(msgspec.Struct, frozen=True):
    """None: never comes. Else so long after the handover opened."""

    come_after_ms: int | None
    service_ms: int


def visit(seed: int, parcel: str, code_version: int, params: PeopleParams) -> Visit:
    """Who is drawn for this parcel at this attempt."""
    digest = sha256(f"{seed}|{parcel}|{code_version}".encode()).digest()
    luck, delay, service = (int.from_bytes(digest[k : k + 8], "big") for k in (0, 8, 16))
    service_ms = _between(service, params.service_min_ms, params.service_max_ms)
    percentile = luck % 100
    if percentile < params.no_show_pct:
        return Visit(None, service_ms)
    if percentile < params.no_show_pct + params.late_pct:
        return Visit(_between(delay, params.prompt_max_ms, params.late_max_ms), service_ms)
    return Visit(_between(delay, params.prompt_min_ms, params.prompt_max_ms), service_ms)


def _between(draw: int, low: int, high: int) -> int:
    return low + draw % max(1, high - low + 1)
