# SPDX-License-Identifier: Apache-2.0
"""`dispatcher map fix`: fill in what a hand-drawn map lacks.

What must hold: every change is told; the files that are read are not written, unless one is OUT.
"""

from pathlib import Path
from typing import Annotated

import typer

from dispatcher.cli.map_check_command import RobotOption, profile_of, say_verdict
from dispatcher.cli.output import EXIT_NO, JsonOption, check_output, fail, say, write_whole

MAX_LISTED = 200
COMES_BACK = (
    "a generated waiting place that you delete is found again by the next --waiting: keep it away "
    "with a no_stop zone, or with may_wait=false on its edge"
)


def fix(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE.geojson...", help="Drawn maps; QGIS writes one a layer."),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The campus map to write.")
    ] = None,
    site: Annotated[
        str, typer.Option(help="The site's id; else as it is, or the file's name.")
    ] = "",
    timezone: Annotated[str, typer.Option(help="IANA name, such as Asia/Shanghai.")] = "",
    join_crossings: Annotated[
        bool, typer.Option("--join-crossings", help="Ways of one level that cross meet there.")
    ] = False,
    waiting: Annotated[
        bool, typer.Option("--waiting", help="Find places where robots let others pass.")
    ] = False,
    robot: RobotOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say, but do not write.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Fill in what a map drawn in geojson.io or QGIS lacks, and say every change.

    The result is then judged as by `map check`: exit 1 where an error is left for you to mend.
    """
    import msgspec

    from dispatcher.roads.editing.fixing import FixOptions, fix_map, together
    from dispatcher.roads.editing.map_file import MapFile, MapFileError
    from dispatcher.roads.faults.checking import check_map
    from dispatcher.roads.wording import many

    if output is None and not dry_run:
        fail("say where to write the map: -o OUT.geojson, or --dry-run")
    if output is not None:
        check_output(output, robot)
    options = FixOptions(site, timezone, join_crossings, waiting, profile_of(robot))
    try:
        drawn = together([MapFile.read(path) for path in files])
        fixed = fix_map(drawn, options)
        verdict = check_map(MapFile.parse(fixed.text, str(output or files[0])))
    except MapFileError as error:
        fail(str(error))
    say(f"line {one.line}: {one.id}: {one.what}" for one in fixed.changes[:MAX_LISTED])
    if len(fixed.changes) > MAX_LISTED:
        say([f"and {many(len(fixed.changes) - MAX_LISTED, 'change')} more (with --json)"])
    say([many(len(fixed.changes), "change")])
    if waiting and verdict.campus and verdict.campus.waiting:
        say([COMES_BACK])
    if output is not None and not dry_run:
        write_whole(output, fixed.text)
        say([f"wrote {output}"])
    say_verdict(output or files[0], verdict)
    if as_json:
        facts = {
            "files": [str(path) for path in files],
            "output": str(output) if output and not dry_run else None,
            "changes": fixed.changes,
            "digest": verdict.campus.digest if verdict.campus else None,
            "ok": not verdict.errors,
            "errors": verdict.errors,
            "warnings": verdict.warnings,
        }
        print(msgspec.json.encode(facts).decode())
    if verdict.errors:
        raise typer.Exit(EXIT_NO)
