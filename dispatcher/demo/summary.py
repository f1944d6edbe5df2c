# SPDX-License-Identifier: Apache-2.0
"""What a demo says at its end: the counts, the lateness, why parcels are still open, what next."""

import os
import shutil
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from dispatcher.demo.board_watch import BoardEnding
from dispatcher.demo.frame import TOTALS

PROGRAM: Final = "dispatcher"


class Ending(NamedTuple):
    """How the demo ended: `why` in a few words; what the daemon and the intake say at the end."""

    why: str
    summary: Mapping[str, Any]
    open_parcels: Sequence[Mapping[str, Any]]
    announced: int
    refused: Mapping[str, str]
    robots: int
    speed: float
    restarts: int
    answered: bool
    plan_age_ms: int | None = None
    boards: BoardEnding | None = None


def result_of(ending: Ending) -> dict[str, Any]:
    """The object that `--json` prints."""
    summary = ending.summary
    parcels = summary.get("parcels") or {}
    delivered = int(parcels.get("delivered", 0))
    return {
        "parcels": {name: int(parcels.get(name, 0)) for name in TOTALS},
        "on_time_share": summary.get("on_time_share"),
        "promises_broken": summary.get("promises_broken"),
        "robots": ending.robots,
        "km": summary.get("km"),
        "trips": summary.get("trips"),
        "kwh": summary.get("kwh"),
        "km_per_parcel": _each(summary.get("km"), delivered),
        "kwh_per_parcel": _each(summary.get("kwh"), delivered),
        "planner_calls": summary.get("planner_calls"),
        "planner_ms": summary.get("planner_ms"),
        "planner_engines": summary.get("planner_engines"),
        "speed": ending.speed,
        "plan_age_ms": summary.get("plan_age_ms"),
        "plan_age_mean_ms": ending.plan_age_ms,
        "open_reasons": open_reasons(ending.open_parcels),
        "refused": len(ending.refused),
        "restarts": ending.restarts,
        "ended": ending.why,
        **({"boards": ending.boards._asdict()} if ending.boards else {}),
    }


def open_reasons(parcels: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Why parcels are open: their state, and the reason where one was noted."""
    reasons: Counter[str] = Counter()
    for parcel in parcels:
        reason = parcel.get("reason")
        reasons[f"{parcel['state']}: {reason}" if reason else str(parcel["state"])] += 1
    return dict(reasons.most_common())


def faults_of(ending: Ending) -> list[str]:
    """Where the counts do not add up; empty is good."""
    if not ending.answered:
        return ["the daemon no longer answered, so the counts are unknown"]
    parcels = result_of(ending)["parcels"]
    faults = []
    if parcels["accepted"] != sum(parcels[name] for name in TOTALS[1:]):
        faults.append(f"accepted is not delivered + returned + cancelled + open: {parcels}")
    # More is no fault: anybody may announce parcels to this daemon, too.
    if parcels["accepted"] < ending.announced:
        faults.append(
            f"the daemon accepted {parcels['accepted']} parcels, {ending.announced} had its answer"
        )
    if len(ending.open_parcels) != parcels["open"]:
        faults.append(f"{parcels['open']} parcels open, but {len(ending.open_parcels)} are listed")
    if ending.boards is not None:
        faults += ending.boards.faults
    return faults


def lines_of(ending: Ending, folder: Path) -> list[str]:
    """The summary for people."""
    result = result_of(ending)
    parcels = result["parcels"]
    share = 100 * parcels["delivered"] / max(1, parcels["accepted"])
    lines = [
        "",
        f"{ending.why[:1].upper()}{ending.why[1:]}.",
        (
            f"  parcels   {parcels['accepted']} accepted: {parcels['delivered']} delivered "
            f"({share:.1f} %), {parcels['returned']} returned, {parcels['cancelled']} cancelled, "
            f"{parcels['open']} open"
        ),
    ]
    lines += [f"            open: {n} {why}" for why, n in result["open_reasons"].items()]
    lines += [f"            refused: {n} {why}" for why, n in _refusals(ending.refused)]
    if result["on_time_share"] is not None:
        lines.append(
            f"  on time   {100 * result['on_time_share']:.1f} % of the delivered; promises broken: "
            f"{_number(result['promises_broken'])}"
        )
    lines += [*_robot_lines(result), *_planner_lines(result, ending.speed)]
    if ending.boards is not None:
        boards = ending.boards
        lines.append(
            f"  boards    {boards.hands} times something changed hands; robots released from the "
            f"desk {boards.released} times, by a hand on their button {boards.reset} times"
        )
    if ending.restarts:
        lines.append(f"  restarts  {ending.restarts}")
    return [*lines, "", *next_steps(folder)]


def _robot_lines(result: Mapping[str, Any]) -> list[str]:
    lines = [
        (
            f"  robots    {result['robots']}, {_number(result['km'])} km in "
            f"{_number(result['trips'])} trips, {_number(result['kwh'])} kWh"
        )
    ]
    if result["km_per_parcel"] is not None and result["kwh_per_parcel"] is not None:
        lines.append(
            f"            for each parcel delivered {result['km_per_parcel']:.3f} km and "
            f"{1000 * result['kwh_per_parcel']:.0f} Wh"
        )
    return lines


def _planner_lines(result: Mapping[str, Any], speed: float) -> list[str]:
    engines = (result["planner_engines"] or {}).items()
    made = ", ".join(f"{plans} plans by {engine}" for engine, plans in engines)
    lines = [
        (
            f"  planner   {_number(result['planner_calls'])} calls, "
            f"{_number(result['planner_ms'])} ms each; site time ran at x{speed:g}"
        ),
        *([f"            {made}"] if made else []),
    ]
    if result["plan_age_mean_ms"] is not None:
        age_s = result["plan_age_mean_ms"] / 1000
        lines.append(f"            the newest plan was {age_s:.0f} s old on average (site time)")
    return lines


def next_steps(folder: Path) -> list[str]:
    """Where the run lies and three commands to try on it."""
    program = _program()
    return [
        f"The journal is {folder / 'journal.sqlite'}, the logs are in {folder / 'logs'}.",
        "Try next:",
        f"  {program} replay {folder} --verify",
        f"  {program} demo --speed 60 --robots 20",
        f"  {program} demo --map YOUR-CAMPUS.osm",
    ]


def _program() -> str:
    """What a user types here: `make demo` runs it from an environment that is not on PATH."""
    program = Path(sys.argv[0])
    if program.name != PROGRAM or shutil.which(PROGRAM):
        return PROGRAM
    return os.path.relpath(program)


def _refusals(refused: Mapping[str, str]) -> list[tuple[str, int]]:
    return Counter(refused.values()).most_common(10)


def _each(total: float | None, parcels: int) -> float | None:
    return round(total / parcels, 4) if total is not None and parcels else None


def _number(value: Any) -> str:
    if value is None:
        return "?"
    return f"{value:.1f}" if isinstance(value, float) else str(value)
