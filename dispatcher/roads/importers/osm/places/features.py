# SPDX-License-Identifier: Apache-2.0
"""The features of a campus map made from OpenStreetMap.

What must hold: an id names the thing of OpenStreetMap that a feature comes from, or the edge and
the spot where it was put, and never counts: so a new import after an edit elsewhere keeps it.
"""

from dispatcher.roads.importers.campus_text import (
    Feature,
    area_feature,
    line_feature,
    point_feature,
)
from dispatcher.roads.importers.osm.net.net import RoadNet, Stretch
from dispatcher.roads.importers.osm.places.buildings import Block
from dispatcher.roads.importers.osm.places.layout import Layout
from dispatcher.roads.importers.osm.places.snap import Kerb
from robot_agent.campus_frame import Frame, to_lat_lon

STATION_ID = "station-1"


def road_features(net: RoadNet, island_of: dict[str, int]) -> list[Feature]:
    """Every edge, those of islands too, and the nodes with something to say."""
    features = [_edge_feature(net, edge, island_of.get(edge.id)) for edge in net.edges]
    ends = {node for edge in net.edges for node in (edge.start, edge.end)}
    for node in sorted(ends & set(net.barriers)):
        barrier = net.barriers[node]
        features.append(
            point_feature(
                "node",
                net.places[node],
                id=node,
                gate=barrier.gate,
                gate_from="guess" if barrier.note else "",
                wait_s=barrier.wait_s,
                width_m=barrier.width_m or None,
                open_hours=barrier.open_hours,
                name=barrier.name,
                name_en=barrier.name_en,
            )
        )
    return features


def _edge_feature(net: RoadNet, edge: Stretch, island: int | None) -> Feature:
    facts = edge.facts
    return line_feature(
        "edge",
        [net.places[node] for node in edge.nodes],
        **{"id": edge.id, "from": edge.start, "to": edge.end, "class": facts.road_class},
        oneway=facts.oneway,
        speed_mps=facts.speed_mm_s / 1000,
        width_m=facts.width_m or None,
        access=facts.access,
        passing=facts.passing,
        passing_from=facts.passing_from if facts.passing else "",
        incline_pct=facts.incline_permille / 10 or None,
        incline_from="guess" if facts.incline_guessed and facts.incline_permille else "",
        level=facts.level or None,
        may_wait=None if facts.may_wait == (facts.road_class != "crossing") else facts.may_wait,
        capacity=facts.capacity or None,
        open_hours=facts.open_hours,
        island=island,
        surface=facts.surface,
        covered=facts.covered or None,
        max_height_m=facts.max_height_m or None,
        osm_id=edge.source,
        name=facts.name,
        highway=facts.highway,
    )


def place_features(net: RoadNet, layout: Layout, blocks: list[Block], robots: int) -> list[Feature]:
    """Station, stops and chargers; what no source names is marked `generated`."""
    station = {"name": layout.spot.name, "slots": max(2, -(-robots // 3)), "generated": True}
    features = [_place("station", STATION_ID, net.frame, layout.kerb, **station)]
    for block in blocks:
        kerb = layout.stops.get(block.id)
        if kerb is None:
            continue
        features.append(
            _place(
                "stop",
                f"stop-{block.id}",
                net.frame,
                kerb,
                name=block.label,
                name_en=block.name_en,
                building=f"building-{block.id}",
                snap_m=round(kerb.gap_mm / 1000, 1),
            )
        )
    for charger in layout.chargers:
        kerb, facts = charger.kerb, {"slots": charger.slots, "generated": True}
        where = kerb.node or f"{kerb.edge}-{kerb.offset_mm // 1000}"
        features.append(_place("charger", f"charger-{where}", net.frame, kerb, **facts))
    return features


def _place(kind: str, place_id: str, frame: Frame, kerb: Kerb, **facts: object) -> Feature:
    at = to_lat_lon(frame, kerb.x_mm, kerb.y_mm)
    hung: dict[str, object] = {"edge": kerb.edge, "offset_m": kerb.offset_mm / 1000}
    if kerb.node:
        hung = {"node": kerb.node}
    return point_feature(kind, at, id=place_id, **hung, **facts)


def building_features(blocks: list[Block], stops: dict[str, Kerb]) -> list[Feature]:
    return [
        area_feature(
            "building",
            block.ring,
            id=f"building-{block.id}",
            name=block.name,
            name_en=block.name_en,
            use=block.use,
            stop=f"stop-{block.id}" if block.id in stops else None,
        )
        for block in blocks
    ]
