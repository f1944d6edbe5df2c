# SPDX-License-Identifier: Apache-2.0
"""Which roads hang together, and whether every place can be served: there and back."""

from functools import cached_property

import msgspec
import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order, connected_components

from dispatcher.roads.arc_arrays import Flags, Ints, ways_of
from dispatcher.roads.graph import RoadGraph
from robot_agent.campus import Building, Campus, Edge, Place
from robot_agent.campus_model import LIVED_IN, NOT_SERVED

MAX_FAULTS = 200


class Unserved(msgspec.Struct, frozen=True):
    """A place that has no way from a station, or (`back`) none to it."""

    place: Place
    station: Place
    back: bool

    def __str__(self) -> str:
        place = self.place
        what = f"{place.role} {place.id}" + (f" ({place.name})" if place.name else "")
        if self.back:
            return f"from {what} there is no way back to station {self.station.id}"
        return f"{what} cannot be reached from station {self.station.id}"


class RoadParts:
    """The nodes of a campus by which of them can be driven to from which.

    Numbers of nodes follow `node_ids`, numbers of arcs say nothing. Closed edges carry no arc.
    """

    def __init__(self, campus: Campus) -> None:
        self.campus = campus
        self.node_ids = tuple(campus.nodes)
        self.number = {node_id: number for number, node_id in enumerate(self.node_ids)}
        arcs = [
            (self.number[tail], self.number[head])
            for edge in campus.edges.values()
            for tail, head in _driven(edge)
        ]
        self.arcs: Ints = np.array(arcs, dtype=np.int64).reshape(-1, 2)
        size = len(self.node_ids)
        self._net = csr_matrix(
            (np.ones(len(arcs), np.int8), (self.arcs[:, 0], self.arcs[:, 1])), shape=(size, size)
        )

    @cached_property
    def strong(self) -> Ints:
        """Of each node, the number of its strongly connected part."""
        return self._components("strong")

    @cached_property
    def weak(self) -> Ints:
        """Of each node, the number of the part it belongs to when one-ways are not looked at."""
        return self._components("weak")

    def reached_from(self, node_id: str) -> Flags:
        return self._reached(self._net, node_id)

    def reaching(self, node_id: str) -> Flags:
        return self._reached(self._net.T.tocsr(), node_id)

    def largest(self, labels: Ints) -> int:
        """The label with most nodes (tie: the one of the smallest node id); -1 of no nodes."""
        if not len(labels):
            return -1
        sizes = np.bincount(labels)
        biggest = np.flatnonzero(sizes[labels] == sizes.max())[0]
        return int(labels[biggest])

    def clusters(self, chosen: Flags) -> list[Ints]:
        """The chosen nodes in groups that hang together by arcs among themselves."""
        inner = self.arcs[chosen[self.arcs].all(axis=1)]
        net = csr_matrix(
            (np.ones(len(inner), np.int8), (inner[:, 0], inner[:, 1])), shape=self._net.shape
        )
        _, labels = connected_components(net, directed=True, connection="weak")
        groups: dict[int, list[int]] = {}
        for number in np.flatnonzero(chosen).tolist():
            groups.setdefault(int(labels[number]), []).append(number)
        return [np.array(numbers, dtype=np.int64) for numbers in groups.values()]

    def _components(self, connection: str) -> Ints:
        if not self.node_ids:
            return np.zeros(0, np.int64)
        _, labels = connected_components(self._net, directed=True, connection=connection)
        found: Ints = labels.astype(np.int64)
        return found

    def _reached(self, net: csr_matrix, node_id: str) -> Flags:
        found: Flags = np.zeros(len(self.node_ids), np.bool_)
        order = breadth_first_order(net, self.number[node_id], return_predecessors=False)
        found[order] = True
        return found


def unserved(parts: RoadParts) -> list[Unserved]:
    """Every place that a robot cannot get to from a station, or not back from, by station."""
    campus = parts.campus
    if campus.site.planar:
        return []
    found: list[Unserved] = []
    for station in (place for place in campus.places.values() if place.role == "station"):
        there, back = parts.reached_from(station.node), parts.reaching(station.node)
        for place in campus.places.values():
            number = parts.number[place.node]
            if not there[number]:
                found.append(Unserved(place, station, back=False))
            if not back[number]:
                found.append(Unserved(place, station, back=True))
    return found


def reach_faults(graph: RoadGraph) -> list[str]:
    """One line for each place that a robot cannot get to, or not back from; empty: all is well."""
    if not graph.places("station"):
        return ["the map has no station"]
    faults = [str(one) for one in unserved(RoadParts(graph.campus))]
    return [*faults[:MAX_FAULTS], "and more"] if len(faults) > MAX_FAULTS else faults


def _driven(edge: Edge) -> tuple[tuple[str, str], ...]:
    return () if edge.access == "closed" or edge.from_node == edge.to_node else ways_of(edge)


def unsnapped(campus: Campus) -> list[Building]:
    """The buildings that should be served, for they have a name or people live in them, and that no
    stop serves."""
    served = {place.building for place in campus.places.values()}
    return [
        building
        for building in campus.buildings.values()
        if (building.name or building.use in LIVED_IN)
        and building.use != NOT_SERVED
        and not building.stop
        and building.id not in served
    ]
