# SPDX-License-Identifier: Apache-2.0
"""What other rules would join: each option tried, and what of the islands it brings in.

What must hold: an offer is what the import itself would make with that option, not an estimate;
nothing is offered that the operator has chosen already or that changes nothing.
"""

import msgspec
from msgspec import Struct

from dispatcher.roads.importers.osm.net.islands import Apart
from dispatcher.roads.importers.osm.net.net import Part, RoadNet, parts_of
from dispatcher.roads.importers.osm.net.roads import road_net
from dispatcher.roads.importers.osm.reading.data import OsmData
from dispatcher.roads.importers.osm.rules.rules import MAIN_ROADS, RoadRules


class Offer(Struct, frozen=True):
    """`length_m` of ways on `islands` of the net as it is would be in its main part."""

    option: str
    islands: int
    length_m: int


def offers_of(
    data: OsmData, rules: RoadRules, net: RoadNet, main: Part, apart: Apart
) -> list[Offer]:
    """The options that join an island, most metres first."""
    if not apart.islands:
        return []
    anchors = {node for edge in main.edges for node in edge.nodes}
    offers: list[Offer] = []
    for option, other_rules in _others(rules):
        other = road_net(data, net.frame, other_rules)
        # The part that holds most of today's main part is the main part of tomorrow.
        parts = [{node for edge in part.edges for node in edge.nodes} for part in parts_of(other)]
        joined = max(parts, key=lambda nodes: len(nodes & anchors), default=set())
        won = [
            edge
            for edge in net.edges
            if edge.id in apart.island_of and joined.issuperset((edge.start, edge.end))
        ]
        islands = len({apart.island_of[edge.id] for edge in won})
        length_m = (sum(map(net.length_mm, won)) + 500) // 1000
        if won:
            offers.append(Offer(option, islands, length_m))
    return sorted(offers, key=lambda offer: (-offer.length_m, offer.option))


def _others(rules: RoadRules) -> list[tuple[str, RoadRules]]:
    replace = msgspec.structs.replace
    higher = MAIN_ROADS[MAIN_ROADS.index(rules.main_roads) + 1 :]
    found = [(f"--main-roads {name}", replace(rules, main_roads=name)) for name in higher]
    if higher and not rules.cross_roads:
        found.append(("--cross-roads", replace(rules, cross_roads=True)))
    if not rules.private:
        found.append(("--private", replace(rules, private=True)))
    if not rules.ramps:
        found.append(("--ramps", replace(rules, ramps=True)))
    if not rules.other_levels:
        found.append(("--other-levels", replace(rules, other_levels=True)))
    return found
