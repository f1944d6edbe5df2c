# SPDX-License-Identifier: Apache-2.0
"""The road net of an OpenStreetMap extract, put together from its ways, squares and barriers.

What must hold: two ways meet only where they share a node (never where lines merely cross on the
picture); nothing that is left out, closed or assumed goes uncounted; the same data give the same
net, whatever their order.
"""

from dispatcher.roads.importers.osm.net.main_roads import main_road_crossings, main_road_nodes
from dispatcher.roads.importers.osm.net.net import (
    Part,
    RoadNet,
    Stretch,
    empty_net,
    parts_of,
    ref_of,
)
from dispatcher.roads.importers.osm.net.node_barriers import NodeBarriers
from dispatcher.roads.importers.osm.net.pieces import Run, contracted, ends_at, joined, pieces_of
from dispatcher.roads.importers.osm.net.plazas import Plaza, drawn_once, plazas_of, rims_of
from dispatcher.roads.importers.osm.net.sidewalks import beside_sidewalks, sidewalk_apart
from dispatcher.roads.importers.osm.net.sight_lines import SightLines
from dispatcher.roads.importers.osm.net.suspects import tell_suspects
from dispatcher.roads.importers.osm.reading.data import CLIP_MARGIN_M, OsmData, OsmWay
from dispatcher.roads.importers.osm.rules.access import access_of
from dispatcher.roads.importers.osm.rules.rules import RoadRules
from dispatcher.roads.importers.osm.rules.ways import judged
from robot_agent.campus_frame import Frame

__all__ = ["Part", "RoadNet", "Stretch", "parts_of", "road_net"]


def road_net(data: OsmData, frame: Frame, rules: RoadRules, base: RoadNet | None = None) -> RoadNet:
    """Everything a robot may drive, islands included.

    With a `base`, the net of the same data by other rules, only what tells which parts hang
    together: squares are crossed as they are there, speeds and slips of mappers are left out.
    """
    net = empty_net(frame)
    runs = _runs(data, rules, net)
    plazas = plazas_of(data, rules, net)
    rims = rims_of(plazas, runs)
    runs += [cut for rim in rims for cut in _inside(rim, data)]
    kept = {int(run.source[1:]) for run in runs if run.source[0] == "w"}
    if rules.cross_roads:
        met = {ref for run in runs for ref in run.refs}
        for run in main_road_crossings(data, frame, rules, met, kept):
            runs += _inside(run, data)
            net.kept[f"{run.facts.highway}, crossed only"] += 1
    ends = ends_at(runs)
    barriers = NodeBarriers(data, rules, runs, ends, net)
    barriers.judge(main_road_nodes(data, kept))
    net.sight = base.sight if base else _sight_lines(data, frame, plazas, runs, net)
    for piece in net.sight:
        ends.update((ref_of(piece.start), ref_of(piece.end)))
    pieces = [piece for run in runs for piece in pieces_of(run, ends, net.barriers, barriers.stops)]
    pieces += net.sight
    _locate(pieces, data, net)
    pieces = drawn_once(pieces, plazas, net, data)
    if rules.prefer_sidewalks and base is None:
        apart, avoided = _with_sidewalks(data, kept)
        pieces = beside_sidewalks(pieces, apart, avoided, net, data)
    net.edges = joined(contracted(pieces, net), net.barriers)
    _forget_unused(net)
    if base is None:
        tell_suspects(net, data)
    return net


def _runs(data: OsmData, rules: RoadRules, net: RoadNet) -> list[Run]:
    """The ways that may be driven, cut at the border of the extract; the others are counted."""
    runs: list[Run] = []
    for way_id in sorted(data.ways):
        way = data.ways[way_id]
        if "highway" not in way.tags:
            continue
        inside = _known(way, data, net)
        if not inside:
            net.tell(net.beyond, "ways outside the extract", f"w{way_id}", (*way.refs, 0)[0], data)
            continue
        first = inside[0][0]
        found = judged(way.tags, rules)
        if found.facts is None:
            net.tell(net.dropped, found.why_not, f"w{way_id}", first, data)
            net.left_out[way_id] = found.why_not
            continue
        net.kept[way.tags["highway"]] += 1
        for note in found.notes:
            net.tell(net.notes, note, f"w{way_id}", first, data)
        runs += [Run(f"w{way_id}", refs, found.facts) for refs in inside]
    return runs


def _known(way: OsmWay, data: OsmData, net: RoadNet) -> list[tuple[int, ...]]:
    missing = sum(ref not in data.nodes for ref in way.refs)
    if missing:
        reason = "ways cut where nodes are missing in the file"
        net.tell(net.notes, reason, f"w{way.id}", (*way.refs, 0)[0], data)
    return _cut(way.refs, data)


def _inside(run: Run, data: OsmData) -> list[Run]:
    return [Run(run.source, refs, run.facts) for refs in _cut(run.refs, data)]


def _cut(refs: tuple[int, ...], data: OsmData) -> list[tuple[int, ...]]:
    """The runs of nodes that are there and lie in the extract, each of two or more."""
    cuts: list[tuple[int, ...]] = []
    current: list[int] = []
    for ref in (*refs, None):
        node = None if ref is None else data.nodes.get(ref)
        if ref is not None and node and data.holds(node.lat_deg, node.lon_deg, CLIP_MARGIN_M):
            if not current or current[-1] != ref:
                current.append(ref)
            continue
        if len(current) > 1:
            cuts.append(tuple(current))
        current = []
    return cuts


def _sight_lines(
    data: OsmData, frame: Frame, plazas: list[Plaza], runs: list[Run], net: RoadNet
) -> list[Stretch]:
    if not plazas:
        return []
    used = {ref for run in runs for ref in run.refs}
    lines = SightLines(data, frame, runs, net)
    # A node beyond the border of the extract is no way in; a closed one leads nowhere.
    return [
        piece
        for plaza in plazas
        for piece in lines.across(plaza, lambda ref: ref in net.closed or ref not in used)
    ]


def _with_sidewalks(data: OsmData, kept: set[int]) -> tuple[set[str], set[str]]:
    """The ways that say those on foot go beside them, and those that forbid them on the road."""
    apart: set[str] = set()
    avoided: set[str] = set()
    for way_id in sorted(kept):
        tags = data.ways[way_id].tags
        if sidewalk_apart(tags):
            apart.add(f"w{way_id}")
            if access_of(tags["highway"], tags).may == "avoid":
                avoided.add(f"w{way_id}")
    return apart, avoided


def _locate(pieces: list[Stretch], data: OsmData, net: RoadNet) -> None:
    for piece in pieces:
        for name in piece.nodes:
            node = data.nodes[ref_of(name)]
            place = round(node.lat_deg, 7), round(node.lon_deg, 7)
            net.places[name] = place
            net.points[name] = net.frame.to_mm(*place)


def _forget_unused(net: RoadNet) -> None:
    """A barrier on a piece that is gone says nothing."""
    used = {node for edge in net.edges for node in edge.nodes}
    net.barriers = {node: net.barriers[node] for node in sorted(net.barriers) if node in used}
