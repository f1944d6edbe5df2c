# SPDX-License-Identifier: Apache-2.0
"""Small VDMA LIF files for tests, written here by hand."""

import json
from typing import Any

from dispatcher.roads.importers.import_options import ImportOptions
from dispatcher.roads.importers.lif.importing import lif_map
from dispatcher.roads.importers.report import ImportReport
from robot_agent.campus import Campus, parse_campus

Object = dict[str, Any]
AT_HOME = ImportOptions(origin=(50.0, 10.0))


def node(name: str, x: float, y: float, **more: Any) -> Object:
    position = {"x": x, "y": y}
    return {"nodeId": name, "nodePosition": position, "vehicleTypeNodeProperties": []} | more


def edge(name: str, start: str, end: str, speed: float | None = 1.5, **more: Any) -> Object:
    ways = [{"vehicleTypeId": "cart", "rotationAllowed": False, "maxSpeed": speed, **more}]
    return {
        "edgeId": name,
        "startNodeId": start,
        "endNodeId": end,
        "vehicleTypeEdgeProperties": ways,
    }


def station(name: str, at: str, title: str = "", **more: Any) -> Object:
    return {"stationId": name, "interactionNodeIds": [at], "stationName": title} | more


def layout(nodes: list[Object], edges: list[Object], stations: list[Object], **more: Any) -> Object:
    head = {"layoutId": "hall", "layoutVersion": "1"}
    return head | {"nodes": nodes, "edges": edges, "stations": stations} | more


def lif(*layouts: Object, version: str = "1.0.0") -> Object:
    about = {
        "projectIdentification": "Works",
        "creator": "us",
        "exportTimestamp": "2026-01-05T08:00:00Z",
        "lifVersion": version,
    }
    return {"metaInformation": about, "layouts": list(layouts)}


def triangle() -> Object:
    """a and b are joined both ways, b to c and c to a one way; two stations and a charger."""
    return lif(
        layout(
            [node("a", 0, 0), node("b", 100.001, 0), node("c", 40, 30, nodeName="Corner")],
            [
                edge("ab", "a", "b"),
                edge("ba", "b", "a"),
                edge("bc", "b", "c", 0.8),
                edge("ca", "c", "a", 2.25),
            ],
            [
                station("s1", "a", "Depot", stationPosition={"x": -1.5, "y": 2}),
                station("s2", "c", "Gate 7"),
                station("s3", "b", "Charging 1", stationHeight=0.4),
            ],
        )
    )


def imported(document: object, options: ImportOptions = AT_HOME) -> tuple[Campus, ImportReport]:
    result = lif_map(json.dumps(document), "works.json", options)
    return parse_campus(result.campus_text, "map"), result.report
