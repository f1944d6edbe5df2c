# SPDX-License-Identifier: Apache-2.0
"""Squares: the areas of an extract that a robot may cross, and their rims.

What must hold: the rim is always in the net, since kerbs for stops lie there, and robots wait
there; it is there once, also where two squares touch or a way is drawn along one.
"""

from itertools import pairwise

from msgspec import Struct

from dispatcher.roads.importers.osm.net.net import RoadNet, Stretch, ref_of
from dispatcher.roads.importers.osm.net.pieces import Run
from dispatcher.roads.importers.osm.reading.areas import Area, areas_and_broken
from dispatcher.roads.importers.osm.reading.data import OsmData
from dispatcher.roads.importers.osm.rules.rules import RoadRules, WayFacts
from dispatcher.roads.importers.osm.rules.ways import judged


class Plaza(Struct, frozen=True):
    """`own` is the id of the way that is its rim, 0 where it is a relation."""

    area: Area
    facts: WayFacts
    own: int


def plazas_of(data: OsmData, rules: RoadRules, net: RoadNet) -> list[Plaza]:
    """Every area with a highway that a robot may use, multipolygons included."""
    areas, broken = areas_and_broken(data, "highway")
    for lost in broken:
        reason = f"a square that is not whole in the file ({lost.why.partition(' (')[0]})"
        reason = reason if lost.id[0] == "r" else "a square without an inside"
        net.tell(net.notes, reason, lost.id, 0, data)
    plazas: list[Plaza] = []
    for area in areas:
        found = judged({**area.tags, "area": "yes"}, rules)
        first = area.parts[0].outer.refs[0]
        if found.facts is not None:
            own = int(area.id[1:]) if area.id[0] == "w" else 0
            plazas.append(Plaza(area, found.facts, own))
        elif area.id[0] == "r":
            net.tell(net.dropped, found.why_not, area.id, first, data)
    return plazas


def rims_of(plazas: list[Plaza], runs: list[Run]) -> list[Run]:
    """The outlines of multipolygons, where no kept way runs along them already."""
    drawn = {frozenset(pair) for run in runs for pair in pairwise(run.refs)}
    rims: list[Run] = []
    for plaza in plazas:
        for part in plaza.area.parts if not plaza.own else ():
            rim: list[int] = []
            for a, b in pairwise(part.outer.refs):
                if frozenset((a, b)) not in drawn:
                    rim = [*(rim or [a]), b]
                    continue
                if rim:
                    rims.append(Run(plaza.area.id, tuple(rim), plaza.facts))
                rim = []
            if rim:
                rims.append(Run(plaza.area.id, tuple(rim), plaza.facts))
    return rims


def drawn_once(
    pieces: list[Stretch], plazas: list[Plaza], net: RoadNet, data: OsmData
) -> list[Stretch]:
    """Without the pieces of rims that lie node by node on another piece driven both ways."""
    rims = {plaza.area.id for plaza in plazas}
    best: dict[tuple[tuple[str, ...], int], tuple[tuple[bool, bool, int], int]] = {}
    for number, piece in enumerate(pieces):
        rank = (piece.facts.oneway != "no", piece.source in rims, number)
        line = min(piece.nodes, piece.nodes[::-1]), piece.facts.level
        best[line] = min(best.get(line, (rank, number)), (rank, number))
    kept: list[Stretch] = []
    for piece in pieces:
        line = min(piece.nodes, piece.nodes[::-1]), piece.facts.level
        rank, first = best[line]
        if pieces[first].source == piece.source or rank[0] or piece.source not in rims:
            kept.append(piece)
            continue
        reason = "the rim of a square along another way, taken once"
        net.tell(net.notes, reason, piece.source, ref_of(piece.start), data)
    return kept
