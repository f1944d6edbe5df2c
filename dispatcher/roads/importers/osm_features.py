# SPDX-License-Identifier: Apache-2.0
"""The features of a campus map made from OpenStreetMap; ids name the things they come from."""

from collections import Counter

from dispatcher.roads.importers.campus_text import (
    Feature,
    area_feature,
    line_feature,
    point_feature,
)
from dispatcher.roads.importers.osm_buildings import Block
from dispatcher.roads.importers.osm_layout import Layout
from dispatcher.roads.importers.osm_roads import RoadNet
from dispatcher.roads.importers.osm_snap import Kerb
from robot_agent.campus_frame import Frame, to_lat_lon


def road_features(net: RoadNet, layout: Layout) -> list[Feature]:
    features: list[Feature] = []
    for edge in layout.part.edges:
        facts = edge.facts
        features.append(
            line_feature(
                "edge",
                [net.places[node] for node in edge.nodes],
                **{"id": edge.id, "from": edge.start, "to": edge.end, "class": facts.road_class},
                oneway=facts.oneway,
                speed_mps=facts.speed_mm_s / 1000,
                width_m=facts.width_m or None,
                access=facts.access,
            )
        )
    ends = {node for edge in layout.part.edges for node in (edge.start, edge.end)}
    for node in sorted(ends & set(net.barriers)):
        barrier = net.barriers[node]
        at = net.places[node]
        facts_of = {"gate": barrier.gate, "wait_s": barrier.wait_s}
        features.append(point_feature("node", at, id=node, **facts_of))
    return features


def place_features(net: RoadNet, layout: Layout, blocks: list[Block], robots: int) -> list[Feature]:
    """Station, stops, chargers and parking; what no source names is marked `generated`."""
    features = [
        _place(
            "station",
            "station-1",
            net.frame,
            layout.kerb,
            name=layout.spot.name,
            slots=max(2, -(-robots // 3)),
            generated=True,
        )
    ]
    for block in blocks:
        kerb = layout.stops.get(block.id)
        if kerb is None:
            continue
        features.append(
            _place(
                "stop",
                f"stop-w{block.id}",
                net.frame,
                kerb,
                name=block.label,
                name_en=block.name_en,
                building=f"building-w{block.id}",
                snap_m=round(kerb.gap_mm / 1000, 1),
            )
        )
    numbers: Counter[str] = Counter()
    for made in layout.made_up:
        numbers[made.role] += 1
        place_id = f"{made.role}-{numbers[made.role]:03}"
        facts = {"slots": made.slots, "generated": True}
        features.append(_place(made.role, place_id, net.frame, made.kerb, **facts))
    return features


def _place(kind: str, place_id: str, frame: Frame, kerb: Kerb, **facts: object) -> Feature:
    at = to_lat_lon(frame, kerb.x_mm, kerb.y_mm)
    return point_feature(
        kind, at, id=place_id, edge=kerb.edge, offset_m=kerb.offset_mm / 1000, **facts
    )


def building_features(blocks: list[Block], stops: dict[int, Kerb]) -> list[Feature]:
    return [
        area_feature(
            "building",
            block.ring,
            id=f"building-w{block.id}",
            name=block.name,
            name_en=block.name_en,
            use=block.use,
            stop=f"stop-w{block.id}" if block.id in stops else None,
        )
        for block in blocks
    ]
