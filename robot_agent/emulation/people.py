# SPDX-License-Identifier: Apache-2.0
"""The emulated people's luck: a pure draw from seed, parcel and attempt.

It hangs on nothing else, so the emulator and the simulation see the same person come late or never,
whichever robot stands there and whenever.
"""

from hashlib import sha256

import msgspec

from robot_agent.emulation.draw import between, draw, happens
from robot_agent.emulation.faults import Faults


class PeopleParams(msgspec.Struct, frozen=True, kw_only=True):
    """Of a hundred people `no_show_pct` never come, `late_pct` come late, and `early_pct` stand
    there already when the robot comes; delays in ms."""

    no_show_pct: int = 3
    late_pct: int = 10
    early_pct: int = 10
    prompt_min_ms: int = 5_000
    prompt_max_ms: int = 90_000
    late_max_ms: int = 360_000
    service_min_ms: int = 10_000
    service_max_ms: int = 40_000
    leave_open_min_ms: int = 30_000
    leave_open_max_ms: int = 240_000


class Visit(msgspec.Struct, frozen=True):
    """What one person does at the robot. `come_after_ms` None: never comes, else so long after the
    handover opened; `left_open_ms`: how long the door stands open behind them."""

    come_after_ms: int | None
    service_ms: int
    refuses: bool = False
    mistypes: bool = False
    left_open_ms: int = 0


def visit(
    seed: int, parcel: str, code_version: int, params: PeopleParams, faults: Faults | None = None
) -> Visit:
    """Who is drawn for this parcel at this attempt."""
    odds = faults or Faults()
    digest = sha256(f"{seed}|{parcel}|{code_version}".encode()).digest()
    luck, delay, service = (int.from_bytes(digest[k : k + 8], "big") for k in (0, 8, 16))
    names = (seed, parcel, code_version)
    left_open_ms = 0
    if happens(odds.leave_open_ppm, "leave_open", *names):
        left_open_ms = between(
            draw("left_open", *names), params.leave_open_min_ms, params.leave_open_max_ms
        )
    return Visit(
        come_after_ms=_come_after_ms(luck % 100, delay, params),
        service_ms=between(service, params.service_min_ms, params.service_max_ms),
        refuses=happens(odds.refuse_ppm, "refuse", *names),
        mistypes=happens(odds.wrong_code_ppm, "wrong_code", *names),
        left_open_ms=left_open_ms,
    )


def _come_after_ms(percentile: int, delay: int, params: PeopleParams) -> int | None:
    if percentile < params.no_show_pct:
        return None
    percentile -= params.no_show_pct
    if percentile < params.late_pct:
        return between(delay, params.prompt_max_ms, params.late_max_ms)
    if percentile < params.late_pct + params.early_pct:
        return 0
    return between(delay, params.prompt_min_ms, params.prompt_max_ms)
