# SPDX-License-Identifier: Apache-2.0
"""The one place that decides between a site with roads and a planar one.

What must hold: whoever asks here needs not know which of the two it is.
"""

from dispatcher.roads.areas import AreaIndex, Areas
from dispatcher.roads.conditions import OPEN, Conditions
from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.planar import PlanarAreas, PlanarGraph
from dispatcher.roads.planar_times import PlanarTimes
from dispatcher.roads.travel import TravelTimes
from robot_agent.campus import Campus


def road_graph(campus: Campus) -> RoadGraph:
    """Raises PlanarError where a site without roads has too many places."""
    return PlanarGraph(campus) if campus.site.planar else RoadGraph.from_campus(campus)


def travel_times(graph: RoadGraph, speed_mm_s: int, conditions: Conditions = OPEN) -> TravelTimes:
    """Raises ValueError for a speed that is not above 0."""
    if isinstance(graph, PlanarGraph):
        return PlanarTimes(graph, speed_mm_s, conditions)
    return TravelTimes(graph, speed_mm_s, conditions)


def areas_of(graph: RoadGraph) -> Areas:
    return PlanarAreas(graph) if isinstance(graph, PlanarGraph) else AreaIndex(graph)
