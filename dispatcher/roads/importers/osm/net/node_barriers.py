# SPDX-License-Identifier: Apache-2.0
"""Which nodes of the net are passed with a wait and which by nobody, seen with what meets there.

What must hold: a kerb stops who crosses it, not who drives along it: on a road's own node it is a
slip of the mapper's, and where several ways meet it closes the crossing alone.
"""

from collections import Counter

import msgspec

from dispatcher.roads.importers.osm.net.net import RoadNet
from dispatcher.roads.importers.osm.net.pieces import Run
from dispatcher.roads.importers.osm.reading.data import OsmData
from dispatcher.roads.importers.osm.rules.barriers import (
    MAIN_ROAD_WAIT_S,
    WALLS,
    barrier_at,
    kerb_at,
)
from dispatcher.roads.importers.osm.rules.rules import ON_FOOT, Barrier, RoadRules, Tags

WALKED = ON_FOOT | {"cycleway", "steps", "corridor", "bridleway"}


class NodeBarriers:
    """Judges the nodes of some runs, and tells the net."""

    def __init__(
        self, data: OsmData, rules: RoadRules, runs: list[Run], ends: Counter[int], net: RoadNet
    ) -> None:
        self._data, self._rules, self._net, self._ends = data, rules, net, ends
        self._carriageways = {
            ref
            for way in data.ways.values()
            if way.tags.get("highway", "footway") not in WALKED
            for ref in way.refs
        }
        self._crossings: Counter[int] = Counter()
        for run in runs:
            if run.facts.road_class == "crossing":
                for ref in run.refs:
                    self._crossings[ref] += 1
        # Nodes that only crossings cannot pass.
        self._high_kerbs: set[int] = set()

    def judge(self, main_roads: set[int]) -> None:
        """Fills `barriers` and `closed` of the net. `main_roads`: nodes of roads not driven."""
        walls = self._wall_nodes()
        for ref in sorted(self._ends):
            tags = self._data.nodes[ref].tags
            barrier = barrier_at(tags, self._rules)
            kerb = kerb_at(tags, self._rules)
            if kerb is not None:
                barrier = self._with_kerb(ref, kerb, barrier)
            if barrier.note:
                self._note(barrier.note, ref)
            if barrier.closed:
                self._note(f"{barrier.closed}: nobody passes", ref)
                self._net.closed[ref] = barrier.closed
                continue
            if barrier.gate == "none" and self._ends[ref] > 1:
                if ref in main_roads:
                    self._note("a main road crossed where no crossing is mapped", ref)
                    barrier = msgspec.structs.replace(
                        barrier, gate="crossing", wait_s=MAIN_ROAD_WAIT_S
                    )
                if ref in walls and "barrier" not in tags and "entrance" not in tags:
                    self._note(f"barrier={walls[ref]} shares a node with a way, no gate there", ref)
            if barrier.gate != "none" or barrier.open_hours or barrier.width_m:
                self._net.barriers[f"n{ref}"] = _called(barrier, tags)

    def stops(self, ref: int, run: Run) -> bool:
        """Whether nobody passes the node on this run."""
        if ref in self._high_kerbs and run.facts.road_class == "crossing":
            return True
        return ref in self._net.closed

    def _with_kerb(self, ref: int, kerb: Barrier, other: Barrier) -> Barrier:
        """What a node is that carries a kerb, and perhaps a crossing as well."""
        if other.closed:
            return other
        if ref in self._carriageways:
            if kerb.closed:
                self._note("a kerb on a road's own node, taken as open", ref)
            return other
        if not kerb.closed:
            return kerb if other.gate == "none" else other
        if self._ends[ref] <= 2:
            return kerb
        if self._crossings[ref]:
            self._note(f"{kerb.closed} at a crossing: nobody crosses", ref)
            self._high_kerbs.add(ref)
        else:
            self._note("a high kerb where ways meet, taken as open", ref)
        return other

    def _wall_nodes(self) -> dict[int, str]:
        """Nodes inside the line of a fence or the like; at its end there is room to pass."""
        walls: dict[int, str] = {}
        for way_id in sorted(self._data.ways):
            way = self._data.ways[way_id]
            kind = way.tags.get("barrier", "")
            if kind in WALLS and "highway" not in way.tags:
                inner = way.refs if way.closed else way.refs[1:-1]
                walls.update(dict.fromkeys(inner, kind))
        return walls

    def _note(self, reason: str, ref: int) -> None:
        self._net.tell(self._net.notes, reason, f"n{ref}", ref, self._data)


def _called(barrier: Barrier, tags: Tags) -> Barrier:
    return msgspec.structs.replace(
        barrier, name=tags.get("name", ""), name_en=tags.get("name:en", "")
    )
