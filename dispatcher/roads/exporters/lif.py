# SPDX-License-Identifier: Apache-2.0
"""Writes a campus map as VDMA LIF 1.0, one layout a level.

What must hold: node ids are those that orders name; positions and bends are exact to the mm; each
edge of a LIF is directed, so a two-way one becomes two, the way back under an id of its own.
"""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from dispatcher.roads.exporters.levels import level_of_nodes
from dispatcher.roads.exporters.losses import Export, loss, refuse_planar, road_losses, told
from dispatcher.roads.importers.lif.nurbs import straight
from robot_agent.campus import Campus, Edge, Node, Place
from robot_agent.campus_frame import Point

LIF_VERSION = "1.0.0"
CREATOR = "Drover"
BACK = "-back"
KNOT_DIGITS = 9

Object = dict[str, Any]


def export_lif(campus: Campus, vehicle_type: str, exported_at: str) -> Export:
    """`exported_at` is ISO 8601 in UTC. Raises ExportError for a planar site."""
    refuse_planar(campus.site, "a LIF")
    levels = level_of_nodes(campus)
    open_edges = [edge for edge in campus.edges.values() if edge.access != "closed"]
    back_ids = _back_ids(campus)
    directed = [one for edge in open_edges for one in _directed(edge, back_ids, vehicle_type)]
    layouts = [
        {
            "layoutId": campus.site.id if not level else f"{campus.site.id}-level-{level}",
            "layoutName": campus.site.name,
            "layoutVersion": "1",
            "layoutLevelId": str(level),
            "layoutDescription": _about(campus),
            "nodes": [
                _node(node, campus.site.id, vehicle_type)
                for node in campus.nodes.values()
                if levels[node.id] == level
            ],
            # A layout holds the edges that start at its nodes (LIF 1.0, startNodeId).
            "edges": [one for one in directed if levels[one["startNodeId"]] == level],
            "stations": [
                _station(place) for place in campus.places.values() if levels[place.node] == level
            ],
        }
        for level in sorted(set(levels.values()))
    ]
    document = {
        "metaInformation": {
            "projectIdentification": campus.site.name,
            "creator": CREATOR,
            "exportTimestamp": exported_at,
            "lifVersion": LIF_VERSION,
        },
        "layouts": layouts,
    }
    ground = f"{campus.site.lat_deg:.9g},{campus.site.lon_deg:.9g}"
    lost = told(
        [
            loss("geo anchor (said in layoutDescription, for people)", [ground]),
            loss("levels of bridges and tunnels", _odd_levels(open_edges, levels)),
            *road_losses(campus),
        ]
    )
    return Export(_text(document), lost)


def _about(campus: Campus) -> str:
    site = campus.site
    revision = f", revision {site.revision}" if site.revision else ""
    return (
        f"Metres, x east, y north of latitude {site.lat_deg:.9g}, longitude {site.lon_deg:.9g} "
        f"(WGS 84){revision}"
    )


def _node(node: Node, map_id: str, vehicle_type: str) -> Object:
    return {
        "nodeId": node.id,
        **({"nodeName": node.name} if node.name else {}),
        "mapId": map_id,
        "nodePosition": _metres((node.x_mm, node.y_mm)),
        "vehicleTypeNodeProperties": [{"vehicleTypeId": vehicle_type}],
    }


def _directed(edge: Edge, back_ids: dict[str, str], vehicle_type: str) -> list[Object]:
    there, back = (edge.from_node, edge.to_node), (edge.to_node, edge.from_node)
    ways: list[tuple[str, tuple[str, str], Sequence[Point]]] = []
    if edge.oneway != "backward":
        ways.append((edge.id, there, edge.shape))
    if edge.oneway != "forward":
        name = edge.id if edge.oneway == "backward" else back_ids[edge.id]
        ways.append((name, back, edge.shape[::-1]))
    return [
        {
            "edgeId": name,
            "startNodeId": start,
            "endNodeId": end,
            "vehicleTypeEdgeProperties": [
                {
                    "vehicleTypeId": vehicle_type,
                    "vehicleOrientation": 0.0,
                    "orientationType": "TANGENTIAL",
                    # True would mean that a robot may turn on the spot anywhere along the edge.
                    "rotationAllowed": False,
                    "maxSpeed": edge.speed_mm_s / 1000,
                    **({"trajectory": _trajectory(shape)} if len(shape) > 2 else {}),
                }
            ],
        }
        for name, (start, end), shape in ways
    ]


def _trajectory(shape: Sequence[Point]) -> Object:
    curve = straight(shape)
    return {
        "degree": curve.degree,
        "knotVector": [round(knot, KNOT_DIGITS) for knot in curve.knots],
        "controlPoints": [{**_metres(point), "weight": 1.0} for point in shape],
    }


def _station(place: Place) -> Object:
    return {
        "stationId": place.id,
        "interactionNodeIds": [place.node],
        **({"stationName": place.name} if place.name else {}),
        # A LIF does not say what a station is for; the importer reads this word.
        "stationDescription": place.role,
        "stationPosition": _metres((place.x_mm, place.y_mm)),
    }


def _metres(point: Point) -> Object:
    return {"x": point[0] / 1000, "y": point[1] / 1000}


def _back_ids(campus: Campus) -> dict[str, str]:
    """An id that nothing else has, for the way back of each two-way edge."""
    taken = Counter(campus.edges)
    found: dict[str, str] = {}
    for edge in campus.edges.values():
        if edge.oneway == "no":
            name = f"{edge.id}{BACK}"
            while name in taken:
                name += BACK
            taken[name] += 1
            found[edge.id] = name
    return found


def _odd_levels(edges: list[Edge], levels: dict[str, int]) -> list[str]:
    return [one.id for one in edges if one.level != levels[one.from_node]]


def _text(document: Object) -> str:
    """One node, edge or station a line: two exports compare well."""
    layouts = []
    for layout in document["layouts"]:
        parts = [
            f"{json.dumps(name)}: {_lines(value) if isinstance(value, list) else _json(value)}"
            for name, value in layout.items()
        ]
        layouts.append("{" + ",\n".join(parts) + "}")
    about = _json(document["metaInformation"])
    return f'{{"metaInformation": {about},\n"layouts": [\n' + ",\n".join(layouts) + "\n]}\n"


def _lines(values: list[Object]) -> str:
    return "[\n" + ",\n".join(map(_json, values)) + "\n]" if values else "[]"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
