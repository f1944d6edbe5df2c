# SPDX-License-Identifier: Apache-2.0
"""The features of a campus map made from a LIF.

What must hold: an id is unique in the map, though in a LIF a node, an edge and a station may share
one; positions are written so finely that reading them gives the same mm.
"""

from collections.abc import Sequence

from msgspec import Struct

from dispatcher.roads.importers.campus_text import Feature, line_feature, point_feature
from dispatcher.roads.importers.lif.data import Lif, LifNode
from dispatcher.roads.importers.lif.ground import Ground
from dispatcher.roads.importers.lif.places import Stand
from dispatcher.roads.importers.lif.roads import Road
from robot_agent.campus_format import FORMAT
from robot_agent.campus_frame import Point, to_lat_lon

DIGITS = 9  # of a degree: a tenth of a mm


class Placed(Struct, frozen=True):
    """All that the map is made of; `nodes` are the LIF's, in mm on the site's origin."""

    lif: Lif
    roads: list[Road]
    stands: list[Stand]
    nodes: dict[str, Point]
    ground: Ground
    site_id: str
    revision: str
    source: str


class Ids(Struct, frozen=True):
    """The ids on the map of edges and stations, by those in the LIF; nodes keep theirs."""

    site: str
    edges: dict[str, str]
    stands: dict[str, str]
    notes: dict[str, int]

    @classmethod
    def of(cls, placed: Placed) -> "Ids":
        taken = dict.fromkeys(placed.nodes)
        changed = 0
        stands: dict[str, str] = {}
        for stand in placed.stands:
            # A place may carry the name of the joint it hangs on, as those that cut an edge do.
            own = stand.node == stand.id and not _says_something(placed.lif.nodes[stand.id])
            stands[stand.id] = stand.id if own else _free(stand.id, "station", taken)
            taken[stands[stand.id]] = None
        edges: dict[str, str] = {}
        for road in placed.roads:
            edges[road.id] = _free(road.id, "edge", taken)
            taken[edges[road.id]] = None
        site = _free(placed.site_id, "site", taken)
        changed = sum(key != value for key, value in [*stands.items(), *edges.items()])
        what = "ids with a prefix, because something else has the same"
        return cls(site, edges, stands, {what: changed} if changed else {})


def features_of(placed: Placed, ids: Ids) -> list[Feature]:
    """Site, nodes with something to say, edges and places."""
    ground = placed.ground
    at = (ground.frame.lat_deg, ground.frame.lon_deg)
    site = point_feature(
        "site",
        at,
        id=ids.site,
        format=FORMAT,
        name=placed.lif.project,
        revision=placed.revision,
        timezone=ground.zone.value,
        left_hand=ground.left_hand or None,
        source=placed.source,
        crs_note=ground.note,
    )
    site["geometry"]["coordinates"] = [at[1], at[0]]
    joined = {node: None for road in placed.roads for node in (road.start, road.end)}
    found = [site]
    for node in placed.lif.nodes.values():
        if _says_something(node) or node.id not in joined:
            feature = point_feature("node", at, id=node.id, name=node.name, level=node.level)
            if not node.level:
                del feature["properties"]["level"]
            found.append(_put(feature, placed, [placed.nodes[node.id]]))
    found += [_edge(road, placed, ids) for road in placed.roads]
    for stand in placed.stands:
        feature = point_feature(
            stand.role,
            at,
            id=ids.stands[stand.id],
            node=stand.node,
            name=stand.name,
            generated=stand.made_up or None,
        )
        found.append(_put(feature, placed, [stand.at]))
    return found


def _edge(road: Road, placed: Placed, ids: Ids) -> Feature:
    bends = [placed.ground.on_map(point) for point in road.shape[1:-1]]
    feature = line_feature(
        "edge",
        [],
        **{"id": ids.edges[road.id], "from": road.start, "to": road.end},
        oneway="no" if road.two_way else "forward",
        speed_mps=road.speed_mm_s / 1000 or None,
        access="closed" if road.closed else "open",
        level=road.level or None,
        name=road.name,
    )
    return _put(feature, placed, [placed.nodes[road.start], *bends, placed.nodes[road.end]])


def _put(feature: Feature, placed: Placed, points: Sequence[Point]) -> Feature:
    degrees = [to_lat_lon(placed.ground.frame, *point) for point in points]
    positions = [[round(lon, DIGITS), round(lat, DIGITS)] for lat, lon in degrees]
    is_point = feature["geometry"]["type"] == "Point"
    feature["geometry"]["coordinates"] = positions[0] if is_point else positions
    return feature


def _says_something(node: LifNode) -> bool:
    return bool(node.name or node.level)


def _free(wanted: str, prefix: str, taken: dict[str, None]) -> str:
    while wanted in taken:
        wanted = f"{prefix}-{wanted}"
    return wanted
