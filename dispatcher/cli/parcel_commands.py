# SPDX-License-Identifier: Apache-2.0
"""`dispatcher parcel ...`: convert a recorded day, send a parcels file to a daemon, list parcels.

What must hold: a file with a fault is refused whole, before anything is sent or written; what is
left out of a recorded day is counted and said.
"""

import sys
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from dispatcher.demo.daemon_api import Answer, DaemonApi
    from dispatcher.parcel_file import ParcelRow
    from dispatcher.replay.importers.placing import PlacedOrder
    from dispatcher.replay.importers.recorded import RecordedDay

EXIT_NO = 1
EXIT_BAD_INPUT = 2
EXIT_MISSING = 3
DEFAULT_API = "http://127.0.0.1:8080"

app = typer.Typer(
    help="Convert recorded days, send parcels to a daemon and list them.",
    no_args_is_help=True,
    add_completion=False,
)
JsonOption = Annotated[bool, typer.Option("--json", help="Last line of stdout: one JSON object.")]
ApiOption = Annotated[str, typer.Option("--api", metavar="URL", help="The daemon's API.")]


class DayFormat(StrEnum):
    """Whose format a recorded day is in."""

    AUTO = "auto"
    RAPPI = "rappi"
    GRUBHUB = "grubhub"


@app.command(short_help="Make a parcels file of a recorded day.")
def convert(
    day_folder: Annotated[Path, typer.Argument(metavar="DAY_DIR", help="A recorded day's folder.")],
    campus_map: Annotated[Path, typer.Option("--map", help="The campus: .geojson or .osm.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The parcels file to write.")],
    seed: Annotated[int, typer.Option(help="Of the draw that places the orders.")] = 1,
    day_format: Annotated[DayFormat, typer.Option("--format")] = DayFormat.AUTO,
    as_json: JsonOption = False,
) -> None:
    """Make a parcels file of a recorded delivery day.

    When an order was placed, lay ready and was promised is taken as recorded (a clock time before
    the placing belongs to the day after). Where it goes is NOT: each order is put on a stop of the
    map, one with a dormitory where there are any, by a draw that depends on --seed and the order's
    id; its size (S 70, M 25, L 5 per cent) and mass are drawn in the same way.
    """
    from dispatcher.demo.campus_file import CampusFileError, load_campus
    from dispatcher.parcel_file import NO_DAY, write_parcels
    from dispatcher.replay.importers.placing import place_orders, stops_of
    from dispatcher.replay.importers.recorded import DayError

    try:
        day = _read_day(day_folder, day_format)
        with tempfile.TemporaryDirectory(prefix="drover-") as scratch:
            loaded = load_campus(campus_map, Path(scratch) / "campus.geojson")
    except (DayError, CampusFileError) as error:
        _fail(str(error))
    if loaded.note:
        print(loaded.note, file=sys.stderr)
    stops, dormitories = stops_of(loaded.graph)
    if not stops:
        _fail(f"{campus_map}: has no stop to place orders on")
    if not day.orders:
        _fail(f"{day_folder}: no usable order in {day.rows_read} rows: {dict(day.dropped)}")
    placed = place_orders(day.orders, stops, seed)
    try:
        write_parcels(output, [_row_of(order) for order in placed], NO_DAY)
    except OSError as error:
        _fail(f"{output}: cannot be written: {error.strerror}")
    _report_day(day, len(placed), stops, dormitories, output, as_json)


def _read_day(folder: Path, day_format: DayFormat) -> "RecordedDay":
    from dispatcher.replay.importers import grubhub, rappi
    from dispatcher.replay.importers.recorded import DayError

    if day_format is DayFormat.RAPPI or (folder / rappi.FILE).is_file():
        return rappi.read_rappi(folder)
    if day_format is DayFormat.GRUBHUB or (folder / grubhub.FILE).is_file():
        return grubhub.read_grubhub(folder)
    raise DayError(f"{folder}: holds neither {rappi.FILE} (rappi) nor {grubhub.FILE} (grubhub)")


def _row_of(placed: "PlacedOrder") -> "ParcelRow":
    from dispatcher.parcel_file import NO_DAY, ParcelRow

    order = placed.order
    return ParcelRow(
        parcel=f"p-{order.id}",
        announced_ms=NO_DAY.at_ms(order.placed_s),
        at_station_ms=NO_DAY.at_ms(order.ready_s),
        slot_from_ms=NO_DAY.at_ms(order.placed_s),
        slot_until_ms=NO_DAY.at_ms(order.promised_s),
        stop=placed.stop,
        size=placed.size,
        mass_g=placed.mass_g,
        recipient=f"r-{order.id}",
    )


def _report_day(
    day: "RecordedDay",
    placed: int,
    stops: list[str],
    dormitories: bool,
    output: Path,
    as_json: bool,
) -> None:
    dropped = {why: count for why, count in sorted(day.dropped.items()) if count}
    oddities = {what: count for what, count in sorted(day.oddities.items()) if count}
    kind = "dormitory stops" if dormitories else "stops (the map names no dormitory)"
    print(
        f"{output}: {placed} parcels on {len(stops)} {kind}, "
        f"from {day.rows_read} {day.source} orders, {sum(dropped.values())} dropped",
        file=sys.stderr,
    )
    for why, count in dropped.items():
        print(f"  dropped: {count} {why}", file=sys.stderr)
    for what, count in oddities.items():
        print(f"  kept as recorded: {count} {what}", file=sys.stderr)
    if as_json:
        _print_json(
            {
                "format": day.source,
                "rows": day.rows_read,
                "placed": placed,
                "stops": len(stops),
                "dormitories": dormitories,
                "dropped": dropped,
                "oddities": oddities,
                "output": str(output),
            }
        )


@app.command("import")
def import_(
    parcels: Annotated[Path, typer.Argument(metavar="FILE.csv", help="The parcels file.")],
    api_url: ApiOption = DEFAULT_API,
    as_json: JsonOption = False,
) -> None:
    """Send a parcels file to a daemon, now.

    Clock times mean today at the site. Sending the same file again changes nothing: each parcel
    carries the file's digest and its id as the key that makes a repeat harmless.
    """
    import hashlib
    from datetime import UTC, datetime

    from dispatcher.demo.daemon_api import DaemonGone, body_of
    from dispatcher.parcel_file import Day, ParcelFileError, read_parcels

    api = _open(api_url)
    try:
        site = _must(api.get("/v1/site"))
        day = Day(datetime.now(UTC).date(), UTC)
        zone = _zone_of(site)
        if zone is not None:
            day = Day(datetime.now(zone).date(), zone)
        rows = read_parcels(parcels, day, set(map(_id_of, site["stops"])))
        digest = hashlib.sha256(parcels.read_bytes()).hexdigest()[:16]
        accepted, refused = 0, []
        for row in rows:
            answer = api.post("/v1/parcels", body_of(row), key=f"{digest}-{row.parcel}")
            if answer.status in (200, 201):
                accepted += 1
            else:
                refused.append({"parcel": row.parcel, "reason": answer.reason})
                print(f"{parcels}: {row.parcel}: refused: {answer.reason}", file=sys.stderr)
    except DaemonGone as gone:
        _fail(str(gone), EXIT_MISSING)
    except ParcelFileError as error:
        _fail(str(error))
    print(f"{parcels}: {accepted} accepted, {len(refused)} refused", file=sys.stderr)
    if as_json:
        _print_json({"accepted": accepted, "refused": refused})
    if refused:
        raise typer.Exit(EXIT_NO)


@app.command("list")
def list_(
    api_url: ApiOption = DEFAULT_API,
    state: Annotated[str, typer.Option(help="Only those in this state, such as open.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 100,
    as_json: JsonOption = False,
) -> None:
    """List the parcels that a daemon knows."""
    from urllib.parse import urlencode

    from dispatcher.demo.daemon_api import DaemonGone, listed

    query = {"limit": str(limit)} | ({"state": state} if state else {})
    try:
        parcels = listed(_must(_open(api_url).get(f"/v1/parcels?{urlencode(query)}")), "parcels")
    except DaemonGone as gone:
        _fail(str(gone), EXIT_MISSING)
    for parcel in parcels:
        line = f"{parcel['parcel']:<20} {parcel['state']:<12} {parcel.get('robot') or '-':<20}"
        print(f"{line} {parcel.get('reason') or ''}".rstrip(), file=sys.stderr if as_json else None)
    if as_json:
        _print_json({"parcels": parcels})


def _open(url: str) -> "DaemonApi":
    from dispatcher.demo.daemon_api import DaemonApi

    try:
        return DaemonApi.at(url)
    except ValueError as error:
        _fail(str(error))


def _must(answer: "Answer") -> Any:
    if answer.status >= 400:
        _fail(f"the daemon refuses: {answer.reason}", EXIT_NO)
    return answer.body


def _zone_of(site: dict[str, Any]) -> Any:
    from zoneinfo import ZoneInfo

    return ZoneInfo(site["timezone"]) if site.get("timezone") else None


def _id_of(stop: Any) -> str:
    return str(stop["id"]) if isinstance(stop, dict) else str(stop)


def _print_json(value: dict[str, Any]) -> None:
    import json

    print(json.dumps(value, ensure_ascii=False))


def _fail(sentence: str, code: int = EXIT_BAD_INPUT) -> NoReturn:
    print(sentence, file=sys.stderr)
    raise typer.Exit(code)
