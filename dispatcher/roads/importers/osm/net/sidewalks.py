# SPDX-License-Identifier: Apache-2.0
"""Roads whose sidewalk is mapped as a way of its own: the sidewalk is what a robot takes.

What must hold: such a road stays in the net, since without it driveways and doors would be cut
off, but it is driven at walking pace, so that the sidewalk is the faster way; a road that only
claims to have one, with nothing drawn beside it, is driven as ever and told.
Source: wiki.openstreetmap.org, "Key:sidewalk", "Sidewalks".
"""

from collections.abc import Sequence
from itertools import pairwise

import msgspec
import shapely

from dispatcher.roads.importers.osm.net.net import RoadNet, Stretch, ref_of
from dispatcher.roads.importers.osm.reading.data import OsmData
from dispatcher.roads.importers.osm.rules.access import access_of
from dispatcher.roads.importers.osm.rules.rules import Tags
from robot_agent.campus_frame import Point, distance_mm

SLOWED = "driven at walking pace, since the sidewalk beside it is to be used"
NOT_DRAWN = "says its sidewalk is mapped apart, but none is drawn beside it"
SIDEWALK_KEYS = ("sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right")
CAUTIOUS_MM_S = 1_000
BESIDE_MM = 20_000
SAMPLE_MM = 10_000
# Of the samples along the road, how many must have a sidewalk beside them.
ENOUGH_PCT = 60
# cos 30 degrees, in per mille: what runs more athwart than that is a crossing, not a sidewalk.
ALONG_PERMILLE = 866


def sidewalk_apart(tags: Tags) -> bool:
    """Whether the way says that those on foot have a way of their own."""
    if any(tags.get(key) == "separate" for key in SIDEWALK_KEYS):
        return True
    return access_of(tags["highway"], tags).may == "avoid"


def beside_sidewalks(
    pieces: list[Stretch], apart: set[str], avoided: set[str], net: RoadNet, data: OsmData
) -> list[Stretch]:
    """Slows the pieces that have a sidewalk beside them; `apart` are the ways that say so.

    Those of `avoided` are closed to feet by their sign: slow with or without a sidewalk drawn.
    """
    segments = [
        (net.points[a], net.points[b])
        for piece in pieces
        if apart and piece.facts.road_class == "path" and not piece.made
        for a, b in pairwise(piece.nodes)
        if net.points[a] != net.points[b]
    ]
    tree = shapely.STRtree([shapely.LineString(segment) for segment in segments])
    slowed: list[Stretch] = []
    for piece in pieces:
        if piece.source not in apart or piece.facts.road_class == "path":
            slowed.append(piece)
            continue
        beside = _accompanied(net.shape(piece), segments, tree)
        note = SLOWED if beside else NOT_DRAWN
        net.tell(net.notes, note, piece.source, ref_of(piece.start), data)
        if not beside and piece.source not in avoided:
            slowed.append(piece)
            continue
        facts = msgspec.structs.replace(
            piece.facts, speed_mm_s=min(piece.facts.speed_mm_s, CAUTIOUS_MM_S)
        )
        slowed.append(msgspec.structs.replace(piece, facts=facts))
    return slowed


def _accompanied(
    shape: Sequence[Point], segments: list[tuple[Point, Point]], tree: shapely.STRtree
) -> bool:
    """Whether most points along the line have a segment beside them that runs the same way."""
    samples = beside = 0
    for a, b in pairwise(shape):
        length_mm = distance_mm(a, b)
        count = max(1, length_mm // SAMPLE_MM)
        for step in range(count):
            x_mm = a[0] + (b[0] - a[0]) * (2 * step + 1) // (2 * count)
            y_mm = a[1] + (b[1] - a[1]) * (2 * step + 1) // (2 * count)
            near = tree.query(shapely.Point(x_mm, y_mm), predicate="dwithin", distance=BESIDE_MM)
            samples += 1
            beside += any(_along((a, b), segments[index]) for index in near.tolist())
    return beside * 100 >= samples * ENOUGH_PCT


def _along(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    ax, ay = one[1][0] - one[0][0], one[1][1] - one[0][1]
    bx, by = other[1][0] - other[0][0], other[1][1] - other[0][1]
    product = distance_mm(*one) * distance_mm(*other)
    return abs(ax * bx + ay * by) * 1000 >= ALONG_PERMILLE * product
