# SPDX-License-Identifier: Apache-2.0
"""What other rules would join: each option tried, and what of the islands it brings in.

What must hold: an offer is what the import itself would make with that option, but for the lines
across squares, which are those of the net at hand; nothing is offered that the operator has chosen
already or that brings in next to nothing.
"""

from collections.abc import Callable

import msgspec
from msgspec import Struct

from dispatcher.roads.importers.osm.net.islands import Apart
from dispatcher.roads.importers.osm.net.net import Part, RoadNet, Stretch, parts_of
from dispatcher.roads.importers.osm.net.roads import road_net
from dispatcher.roads.importers.osm.reading.data import OsmData
from dispatcher.roads.importers.osm.rules.rules import MAIN_ROADS, RoadRules

# What an option must bring in, of the main part, to be worth saying; or a building to serve.
WORTHWHILE_PCT = 1


class Offer(Struct, frozen=True):
    """What would be in the main part: `length_m` of ways on `islands` and in `traps` of the net as
    it is, and so roads for `buildings` that have no stop now."""

    option: str
    islands: int
    traps: int
    length_m: int
    buildings: int = 0


def offers_of(
    data: OsmData,
    rules: RoadRules,
    net: RoadNet,
    main: Part,
    apart: Apart,
    newly_served: Callable[[list[Stretch]], int],
) -> list[Offer]:
    """The options that join something worthwhile, most metres first.

    `newly_served` counts the buildings without a stop that some more edges would serve.
    """
    if not (apart.islands or apart.traps):
        return []
    main_m = sum(map(net.length_mm, main.edges)) // 1000
    trap_of = {edge: number for number, trap in enumerate(apart.traps) for edge in trap.edges}
    anchors = {node for edge in main.edges for node in edge.nodes}
    offers: list[Offer] = []
    for option, other_rules in _others(rules):
        other = road_net(data, net.frame, other_rules, base=net)
        # The part that holds most of today's main part is the main part of tomorrow.
        parts = [{node for edge in part.edges for node in edge.nodes} for part in parts_of(other)]
        joined = max(parts, key=lambda nodes: len(nodes & anchors), default=set())
        won = [
            edge
            for edge in net.edges
            if (edge.id in apart.island_of or edge.id in trap_of)
            and joined.issuperset((edge.start, edge.end))
        ]
        if not won:
            continue
        offer = Offer(
            option,
            islands=len({apart.island_of[edge.id] for edge in won if edge.id in apart.island_of}),
            traps=len({trap_of[edge.id] for edge in won if edge.id in trap_of}),
            length_m=(sum(map(net.length_mm, won)) + 500) // 1000,
            buildings=newly_served(won),
        )
        if offer.buildings or offer.length_m * 100 >= main_m * WORTHWHILE_PCT:
            offers.append(offer)
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
