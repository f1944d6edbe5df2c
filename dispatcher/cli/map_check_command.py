# SPDX-License-Identifier: Apache-2.0
"""`dispatcher map check`: what is wrong with a campus map."""

from pathlib import Path
from typing import Annotated

import typer

from dispatcher.cli.output import EXIT_NO, JsonOption, fail, say


def check(
    campus_map: Annotated[Path, typer.Argument(metavar="FILE.geojson", help="A campus map.")],
    as_json: JsonOption = False,
) -> None:
    """Read a campus map and see that every place can be reached from the station and left again.

    Exit 1 with one line for each fault.
    """
    import msgspec

    from dispatcher.roads.graph import RoadGraph
    from dispatcher.roads.reach import reach_faults
    from robot_agent.campus import ROLES, CampusError, read_campus

    if not campus_map.exists():
        fail(f"{campus_map}: no such file")
    facts: dict[str, object] = {"map": str(campus_map)}
    try:
        campus = read_campus(campus_map)
    except CampusError as error:
        faults = list(error.faults)
    else:
        graph = RoadGraph.from_campus(campus)
        faults = [f"{campus_map}: {fault}" for fault in reach_faults(graph)]
        facts |= {
            "site": campus.site.id,
            "digest": campus.digest,
            "nodes": len(campus.nodes),
            "edges": len(campus.edges),
            "length_m": sum(edge.length_mm for edge in campus.edges.values()) // 1000,
            "buildings": len(campus.buildings),
            "ignored": campus.ignored,
            **{role: len(graph.places(role)) for role in ROLES},
        }
        say([f"{name}: {value}" for name, value in facts.items()])
    say(faults or ["no fault found"])
    if as_json:
        print(msgspec.json.encode({**facts, "ok": not faults, "faults": faults}).decode())
    if faults:
        raise typer.Exit(EXIT_NO)
