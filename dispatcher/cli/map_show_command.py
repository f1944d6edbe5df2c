# SPDX-License-Identifier: Apache-2.0
"""`dispatcher map show`: a campus map as one page to look at, in any browser, without a network."""

from pathlib import Path
from typing import Annotated

import typer

from dispatcher.cli.output import JsonOption, check_output, fail, say, write_whole


def show(
    campus_map: Annotated[Path, typer.Argument(metavar="FILE.geojson", help="A campus map.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML file to write.")],
    robot: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="The robot it is read for.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Draw a campus map as one HTML file with everything in it.

    Roads, places, gates, zones and islands with their facts, a search box, travel times from any
    place, and what `map check` finds. The file asks nothing of any network.
    """
    import msgspec

    from dispatcher.roads.editing.map_file import MapFile, MapFileError
    from dispatcher.roads.faults.checking import CheckOptions, check_map
    from dispatcher.roads.profile import ProfileError, RobotProfile, read_profile
    from dispatcher.roads.show.page import campus_page
    from dispatcher.roads.show.payload import MAX_FINDINGS
    from dispatcher.roads.wording import many
    from robot_agent.campus import CampusError
    from robot_agent.campus_format import MAX_FILE_BYTES

    check_output(output, campus_map, robot)
    try:
        profile = read_profile(robot) if robot else RobotProfile()
        with campus_map.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
        verdict = check_map(MapFile.parse(content, str(campus_map)), CheckOptions(profile=profile))
        findings = (*verdict.errors, *verdict.warnings)
        page, digest = campus_page(content, str(campus_map), findings, profile.speed_mm_s)
    except OSError as error:
        fail(f"{campus_map}: cannot be read: {error.strerror}")
    except (CampusError, MapFileError, ProfileError) as error:
        fail(str(error))
    write_whole(output, page)
    size = len(page.encode("utf-8"))
    kinds = (many(len(verdict.errors), "error"), many(len(verdict.warnings), "warning"))
    found = f"{kinds[0]} and {kinds[1]} found"
    left_out = len(findings) - MAX_FINDINGS
    if left_out > 0:
        found += f", {MAX_FINDINGS} of them marked in it (errors, then the first of each kind)"
    say([f"wrote {output} ({size / 1000:,.0f} kB, map {digest[:12]}); {found}"])
    if as_json:
        facts = {"output": str(output), "bytes": size, "digest": digest}
        print(msgspec.json.encode(facts).decode())
