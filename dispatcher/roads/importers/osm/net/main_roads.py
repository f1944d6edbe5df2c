# SPDX-License-Identifier: Apache-2.0
"""Main roads that are not driven along: where they are met, and the few metres that cross them.

What must hold: of such a road only a stretch between two nodes where ways of the net begin is
used, as a crossing, never farther than MAX_CROSSING_MM along it; one with a motorway's rules never.
"""

import heapq
from itertools import pairwise

import msgspec

from dispatcher.roads.importers.osm.net.pieces import Run
from dispatcher.roads.importers.osm.reading.data import OsmData, OsmWay
from dispatcher.roads.importers.osm.rules.rules import MAIN_ROADS, MOTOR_ROADS, RoadRules, WayFacts
from dispatcher.roads.importers.osm.rules.ways import judged
from robot_agent.campus import CLASS_SPEED_MPS
from robot_agent.campus_frame import Frame, distance_mm

MAX_CROSSING_MM = 40_000

Links = dict[int, list[tuple[int, int]]]


def main_road_nodes(data: OsmData, kept: set[int]) -> set[int]:
    """Nodes of main roads that are not driven; `kept` are the ids of ways that are."""
    classes = (*MAIN_ROADS[1:], *MOTOR_ROADS)
    return {
        ref
        for way_id, way in data.ways.items()
        if way.tags.get("highway", "").removesuffix("_link") in classes and way_id not in kept
        for ref in way.refs
    }


def main_road_crossings(
    data: OsmData, frame: Frame, rules: RoadRules, met: set[int], kept: set[int]
) -> list[Run]:
    """The stretches that lead from one node of `met` (the net's nodes) to another."""
    ways = _crossable(data, rules, kept)
    links: Links = {}
    for way, _ in ways:
        for a, b in pairwise(way.refs):
            if a not in data.nodes or b not in data.nodes or a == b:
                continue
            ends = (frame.to_mm(data.nodes[one].lat_deg, data.nodes[one].lon_deg) for one in (a, b))
            length_mm = distance_mm(*ends)
            links.setdefault(a, []).append((b, length_mm))
            links.setdefault(b, []).append((a, length_mm))
    used: set[tuple[int, int]] = set()
    for ref in sorted(met & links.keys()):
        used |= _ways_across(ref, met, links)
    runs: list[Run] = []
    for way, facts in ways:
        run: list[int] = []
        for a, b in pairwise(way.refs):
            if (a, b) in used or (b, a) in used:
                run = [*(run or [a]), b]
                continue
            if run:
                runs.append(Run(f"w{way.id}", tuple(run), facts))
            run = []
        if run:
            runs.append(Run(f"w{way.id}", tuple(run), facts))
    return runs


def _crossable(data: OsmData, rules: RoadRules, kept: set[int]) -> list[tuple[OsmWay, WayFacts]]:
    everything = msgspec.structs.replace(rules, main_roads=MAIN_ROADS[-1])
    found: list[tuple[OsmWay, WayFacts]] = []
    for way_id in sorted(data.ways):
        way = data.ways[way_id]
        base = way.tags.get("highway", "").removesuffix("_link")
        if base not in MAIN_ROADS[1:] or way_id in kept:
            continue
        facts = judged(way.tags, everything).facts
        if facts is None:
            continue
        # On foot across a road: its direction does not bind, and nobody stops there.
        crossing = msgspec.structs.replace(
            facts,
            road_class="crossing",
            oneway="no",
            speed_mm_s=round(CLASS_SPEED_MPS["crossing"] * 1000),
            stoppable=False,
            may_wait=False,
            passing="narrow",
            passing_from="guess",
        )
        found.append((way, crossing))
    return found


def _ways_across(start: int, met: set[int], links: Links) -> set[tuple[int, int]]:
    """The segments of the shortest ways from one node of the net to the next ones."""
    best = {start: 0}
    before: dict[int, int] = {}
    used: set[tuple[int, int]] = set()
    heap = [(0, start)]
    done: set[int] = set()
    while heap:
        length_mm, node = heapq.heappop(heap)
        if node in done:
            continue
        done.add(node)
        if node in met and node != start:
            while node != start:
                used.add((before[node], node))
                node = before[node]
            continue
        for following, step_mm in links[node]:
            total_mm = length_mm + step_mm
            if total_mm <= MAX_CROSSING_MM and total_mm < best.get(following, total_mm + 1):
                best[following] = total_mm
                before[following] = node
                heapq.heappush(heap, (total_mm, following))
    return used
