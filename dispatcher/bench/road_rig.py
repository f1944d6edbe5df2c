# SPDX-License-Identifier: Apache-2.0
"""One net, its stops, and three ways to their times: networkx, plain scipy and ours.

What must hold: all three search the same joined net in the same direction, and the weights of the
other two are reckoned here, not taken from what is measured.
"""

import random
from typing import TYPE_CHECKING

import msgspec

from dispatcher.roads.arc_arrays import Ints
from dispatcher.roads.conditions import OPEN, Conditions
from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.times.elimination import Floats
from dispatcher.roads.times.travel import UNREACHABLE, TravelTimes
from robot_agent.campus import Campus, Place

if TYPE_CHECKING:
    import networkx as nx
    from scipy.sparse import csr_matrix

SPEED_MM_S = 2000


class RoadRig:
    """The net, the stops, and the three ways to their times."""

    def __init__(self, campus: Campus, stops: int, seed: int) -> None:
        import numpy as np

        self.luck = random.Random(seed)
        self.drawn = 0
        self.campus, self.targets = self._with_stops(campus, stops)
        self.graph = RoadGraph.from_campus(self.campus)
        self.net = self.graph.net
        self.numbers = np.array([self.graph.node_number(node) for node in self.targets])
        self.weights = self.weights_under(OPEN)
        self.roads = self._networkx()

    def _with_stops(self, campus: Campus, count: int) -> tuple[Campus, list[str]]:
        """The campus with enough places, and the nodes of `count` of them."""
        graph = RoadGraph.from_campus(campus)
        held = sorted(dict.fromkeys(place.node for place in campus.places.values()))
        if len(held) >= count:
            return campus, sorted(self.luck.sample(held, count))
        taken = dict.fromkeys(held)
        free = [
            node
            for node, part in zip(graph.node_ids, graph.components, strict=True)
            if part == 0 and node not in taken and node in campus.nodes
        ]
        more = self.luck.sample(free, min(len(free), count - len(held)))
        self.drawn = len(more)
        places = dict(campus.places)
        for node in more:
            at = campus.nodes[node]
            name = f"bench {node}"
            places[name] = Place(name, "stop", node, "", 1, 0, "", 0, at.x_mm, at.y_mm)
        filled = msgspec.structs.replace(campus, places=dict(sorted(places.items())))
        return filled, sorted([*held, *more])

    def weights_under(self, wanted: Conditions) -> Floats:
        """By arc, reckoned here and not by what is measured; infinite: closed."""
        import numpy as np

        net = self.net
        lengths_mm = net.lengths_mm.copy()
        for arc, extra_mm in wanted.extra_mm:
            lengths_mm[arc] = max(1, lengths_mm[arc] + extra_mm)
        drive = -(-lengths_mm * 1000 // np.minimum(net.speeds_mm_s, SPEED_MM_S))
        weights = (drive + net.wait_ms).astype(np.float64)
        weights[list(wanted.closed)] = np.inf
        return weights

    def _networkx(self) -> "nx.DiGraph[int]":
        """Reversed, so that a search from a stop tells the way to it."""
        import networkx as nx

        roads: nx.DiGraph[int] = nx.DiGraph()
        roads.add_nodes_from(range(self.net.nodes))
        ends = zip(self.net.heads.tolist(), self.net.tails.tolist(), strict=True)
        for (head, tail), weight in zip(ends, self.weights.astype(int).tolist(), strict=True):
            roads.add_edge(head, tail, ms=weight)
        return roads

    def by_networkx(self) -> list[dict[int, int]]:
        import networkx as nx

        return [
            nx.single_source_dijkstra_path_length(self.roads, target, weight="ms")
            for target in self.numbers.tolist()
        ]

    def reversed_net(self, wanted: Conditions) -> "csr_matrix":
        import numpy as np
        from scipy.sparse import csr_matrix

        weights = self.weights if wanted is OPEN else self.weights_under(wanted)
        there = np.isfinite(weights)
        ends = (self.net.heads[there], self.net.tails[there])
        return csr_matrix((weights[there], ends), shape=(self.net.nodes, self.net.nodes))

    def by_scipy(self, wanted: Conditions = OPEN) -> Floats:
        import numpy as np
        from scipy.sparse.csgraph import dijkstra

        found: Floats = dijkstra(self.reversed_net(wanted), indices=self.numbers)
        # A stop inside a closed area is no target.
        for shut in wanted.shut:
            found[self.numbers == shut] = np.inf
            found[self.numbers == shut, shut] = 0
        return found

    def by_us(self) -> TravelTimes:
        table = TravelTimes(self.graph, SPEED_MM_S)
        table.fill(self.targets)
        return table

    def rows(self, table: TravelTimes) -> Ints:
        import numpy as np

        return np.array([table.times_to(node) for node in self.targets])

    def assert_same(self, table: TravelTimes, wanted: Conditions = OPEN) -> None:
        import numpy as np

        theirs = self.by_scipy(wanted)
        known = np.where(np.isinf(theirs), UNREACHABLE, theirs).astype(np.int64)
        if not np.array_equal(self.rows(table), known):
            raise AssertionError("our table differs from scipy's")
