# SPDX-License-Identifier: Apache-2.0
"""Travel times of a site with roads or of a planar one, whichever it is."""

from dispatcher.roads.conditions import OPEN, Conditions
from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.planar.planar_graph import PlanarGraph
from dispatcher.roads.planar.planar_times import PlanarTimes
from dispatcher.roads.times.travel import TravelTimes


def travel_times(graph: RoadGraph, speed_mm_s: int, conditions: Conditions = OPEN) -> TravelTimes:
    """The table for `speed_mm_s`, the `least_speed_mm_s` of all who limit the robot.

    Raises ValueError for a speed that is not above 0.
    """
    if isinstance(graph, PlanarGraph):
        return PlanarTimes(graph, speed_mm_s, conditions)
    return TravelTimes(graph, speed_mm_s, conditions)
