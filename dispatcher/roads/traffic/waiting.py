# SPDX-License-Identifier: Apache-2.0
"""Finds the places beside the roads where a robot can let others pass.

Three kinds: the `mouth` of a wide way before a narrow one, the `kerb` of wide ways every 80 m, both
certain; and the `corner`, beside narrow ways, which is only proposed until a person confirms it.
What must hold: an id names the edge or node and the spot, so it stays when others come and go; what
a person made or changed is kept, and nothing is found near it.
"""

from collections.abc import Sequence
from typing import Any

from dispatcher.roads.importers.campus_text import Feature, point_feature
from dispatcher.roads.profile import RobotProfile
from dispatcher.roads.traffic.drawn import driven_edges, incident, other_way
from dispatcher.roads.traffic.passing import border_mm, passings
from dispatcher.roads.traffic.waiting_room import CLEAR_MM, Room
from dispatcher.roads.traffic.waiting_spread import Spread
from robot_agent.campus import Campus
from robot_agent.campus_frame import Point, to_lat_lon
from robot_agent.campus_model import Waiting

SPACING_MM = 80_000
PROPOSAL_SPACING_MM = 100_000
GRID_MM = 10_000
MOUTH_REACH_MM = 20_000
MOUTH_STEP_MM = 1_000
CORNER_ASIDE_MM = 1_800
KEPT_CLEAR_MM = 10_000
MAX_SLOTS = 2
"""A third slot at one place gained nothing in simulation."""
NOWHERE: frozenset[str] = frozenset()


def usable_waiting(campus: Campus) -> tuple[Waiting, ...]:
    """What robots may use: every waiting place but unconfirmed proposals, sorted by id."""
    return tuple(waiting for waiting in campus.waiting.values() if waiting.confirmed)


def without_generated(features: Sequence[Feature]) -> list[Feature]:
    """A map's features less the waiting places that nobody changed: take a campus from these,
    add its `waiting_features`, and the places are up to date.

    A generated proposal that says `may_wait` `yes` has been confirmed and stays.
    """
    return [feature for feature in features if not _is_replaceable(feature["properties"])]


def waiting_features(campus: Campus, profile: RobotProfile) -> list[Feature]:
    """Waiting places for a finished campus, as GeoJSON features of kind `waiting`, sorted by id.

    Those that the campus has already are kept: none is made within 10 m of one on the same edge.
    """
    return _Finder(campus, profile).features()


def _is_replaceable(properties: dict[str, Any]) -> bool:
    if properties.get("kind") != "waiting" or not properties.get("generated"):
        return False
    return not (properties.get("at") == "corner" and properties.get("may_wait") == "yes")


class _Finder:
    def __init__(self, campus: Campus, profile: RobotProfile) -> None:
        self._campus = campus
        self._profile = profile
        self._drawn = driven_edges(campus)
        self._passings = passings(self._drawn, profile)
        self._at = incident(self._drawn)
        self._room = Room(campus, self._drawn, self._passings, profile)
        self._spread = Spread(self._drawn)
        self._kept: dict[str, list[tuple[int, str]]] = {}
        self._kept_nodes: set[str] = set()
        self._found: dict[str, Feature] = {}

    def features(self) -> list[Feature]:
        self._keep()
        wide = [(key, one) for key, one in self._drawn.items() if self._passings[key].wide]
        for edge_id, one in wide:
            for direction in one.directions:
                self._mouth(edge_id, direction)
        for edge_id, one in wide:
            for direction in one.directions:
                for offset_mm in range(GRID_MM, one.line_mm, GRID_MM):
                    self._kerb(edge_id, offset_mm, direction)
        # A way out onto a wide road is as good as a place: robots pass each other there.
        ways_out = frozenset(node for _, one in wide for node in map(one.end, one.directions))
        for node in sorted(self._at):
            self._corner(node, ways_out)
        for edge_id, one in self._drawn.items():
            if not self._passings[edge_id].wide:
                for offset_mm in range(GRID_MM, one.line_mm, GRID_MM):
                    self._bay(edge_id, offset_mm, ways_out)
        return [self._found[key] for key in sorted(self._found)]

    def _keep(self) -> None:
        """Enters what the map has already where robots drive."""
        drawn_of = {
            part: (key, start_mm)
            for key, one in self._drawn.items()
            for start_mm, part in one.parts
        }
        for waiting in self._campus.waiting.values():
            if waiting.node in self._at:
                self._kept_nodes.add(waiting.node)
                self._spread.add_at(waiting.node)
            elif waiting.edge in drawn_of:
                edge_id, start_mm = drawn_of[waiting.edge]
                offset_mm = start_mm + waiting.offset_mm
                self._kept.setdefault(edge_id, []).append((offset_mm, waiting.direction))
                self._spread.add(edge_id, offset_mm, waiting.direction)

    def _mouth(self, edge_id: str, direction: str) -> None:
        """The first free spot upstream of the border, where a narrow way leads on."""
        one = self._drawn[edge_id]
        if not self._leads_into_narrow(edge_id, direction):
            return
        first_mm = border_mm(self._profile)
        # Two mouths of one short edge share it evenly.
        shared = other_way(direction) in one.directions and self._leads_into_narrow(
            edge_id, other_way(direction)
        )
        entry_mm = one.line_mm // 2 if shared else first_mm - self._profile.length_mm // 2
        exit_mm = first_mm - self._profile.length_mm // 2
        ends_mm = (entry_mm, exit_mm) if direction == "forward" else (exit_mm, entry_mm)
        reach_mm = min(first_mm + MOUTH_REACH_MM, one.line_mm)
        kept = self._kept.get(edge_id, ())
        if any(
            way in (direction, "both")
            and one.line_mm - one.driven_mm(offset_mm, direction) <= reach_mm + KEPT_CLEAR_MM
            for offset_mm, way in kept
        ):
            return
        for from_end_mm in range(first_mm, reach_mm + 1, MOUTH_STEP_MM):
            offset_mm = one.driven_mm(one.line_mm - from_end_mm, direction)
            if self._is_kept_clear(edge_id, offset_mm) and self._stand(
                edge_id,
                offset_mm,
                direction,
                ends_mm,
                f"{edge_id}~mouth-{'to' if direction == 'forward' else 'from'}",
                "mouth",
            ):
                return

    def _leads_into_narrow(self, edge_id: str, direction: str) -> bool:
        node = self._drawn[edge_id].end(direction)
        return any(
            other != edge_id
            and away in self._drawn[other].directions
            and not self._passings[other].wide
            for other, away in self._at[node]
        )

    def _kerb(self, edge_id: str, offset_mm: int, direction: str) -> None:
        one = self._drawn[edge_id]
        nodes = (one.edge.from_node, one.edge.to_node)
        ends_mm = (
            CLEAR_MM if self._room.is_junction(nodes[0]) else 0,
            CLEAR_MM if self._room.is_junction(nodes[1]) else 0,
        )
        if self._is_kept_clear(edge_id, offset_mm) and not self._spread.near(
            edge_id, offset_mm, direction, SPACING_MM, NOWHERE
        ):
            name = f"{edge_id}~kerb-{direction}-{offset_mm // 1000}"
            self._stand(edge_id, offset_mm, direction, ends_mm, name, "kerb")

    def _stand(
        self,
        edge_id: str,
        offset_mm: int,
        direction: str,
        ends_mm: tuple[int, int],
        name: str,
        at: str,
    ) -> bool:
        """Enters a certain place with as many slots as fit; False where not even one does."""
        for slots in range(MAX_SLOTS, 0, -1):
            span = self._room.stretch(offset_mm, direction, slots)
            if self._room.is_free(edge_id, span, direction, ends_mm) and self._room.blocks_nobody(
                edge_id, offset_mm, direction, slots
            ):
                self._room.take(edge_id, span, direction)
                self._spread.add(edge_id, offset_mm, direction)
                point = self._room.standing_at(edge_id, offset_mm, direction)
                self._enter(
                    name,
                    point,
                    edge=edge_id,
                    offset_m=offset_mm / 1000,
                    at=at,
                    direction=direction,
                    slots=slots,
                    may_wait="yes",
                )
                return True
        return False

    def _corner(self, node: str, ways_out: frozenset[str]) -> None:
        """At a junction or dead end of narrow ways alone, in the widest gap between the ways."""
        ends = [end for end in self._at[node] if self._drawn[end[0]].directions]
        if (
            len(self._at[node]) == 2
            or not ends
            or node in self._kept_nodes
            or any(self._passings[edge].wide for edge, _ in ends)
            or not self._room.may_stand_at(node)
            or not all(self._is_kept_clear(edge, self._offset_of(edge, node)) for edge, _ in ends)
            or self._spread.near_node(node, SPACING_MM, ways_out)
        ):
            return
        point = self._room.corner_of(node, CORNER_ASIDE_MM)
        if self._room.is_built_over(point):
            return
        self._spread.add_at(node)
        self._enter(
            f"{node}~corner",
            point,
            node=node,
            at="corner",
            direction="both",
            slots=1,
            may_wait="proposed",
        )

    def _bay(self, edge_id: str, offset_mm: int, ways_out: frozenset[str]) -> None:
        """Beside a long narrow way: a bay that a person would have to find room for."""
        one = self._drawn[edge_id]
        ends_mm = (CLEAR_MM, CLEAR_MM)
        span = self._room.stretch(offset_mm, "forward", 1)
        if (
            not self._is_kept_clear(edge_id, offset_mm)
            or not self._room.is_free(edge_id, span, "both", ends_mm)
            or any(
                self._spread.near(edge_id, offset_mm, way, PROPOSAL_SPACING_MM, ways_out)
                for way in one.directions
            )
        ):
            return
        point = self._room.standing_at(edge_id, offset_mm, "both")
        if self._room.is_built_over(point):
            return
        self._spread.add(edge_id, offset_mm, "both")
        self._enter(
            f"{edge_id}~corner-{offset_mm // 1000}",
            point,
            edge=edge_id,
            offset_m=offset_mm / 1000,
            at="corner",
            direction="both",
            slots=1,
            may_wait="proposed",
        )

    def _is_kept_clear(self, edge_id: str, offset_mm: int) -> bool:
        return not any(
            abs(kept_mm - offset_mm) < KEPT_CLEAR_MM for kept_mm, _ in self._kept.get(edge_id, ())
        )

    def _offset_of(self, edge_id: str, node: str) -> int:
        one = self._drawn[edge_id]
        return 0 if one.edge.from_node == node else one.line_mm

    def _enter(self, name: str, point: Point, **facts: object) -> None:
        # Ids are unique in a map: what a person keeps under this name stays the only one.
        if name in self._campus.waiting:
            return
        at = to_lat_lon(self._campus.site, *point)
        self._found[name] = point_feature("waiting", at, id=name, **facts, generated=True)
