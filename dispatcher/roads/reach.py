# SPDX-License-Identifier: Apache-2.0
"""Whether every place can be served: there and back, from every station."""

from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.travel import UNREACHABLE, TravelTimes

ANY_SPEED_MM_S = 1000
MAX_FAULTS = 200


def reach_faults(graph: RoadGraph) -> list[str]:
    """One line for each place that a robot cannot get to, or not back from; empty: all is well."""
    stations = graph.places("station")
    if not stations:
        return ["the map has no station"]
    times = TravelTimes(graph, ANY_SPEED_MM_S)
    faults: list[str] = []
    for station in stations:
        for place in graph.campus.places.values():
            what = f"{place.role} {place.id}" + (f" ({place.name})" if place.name else "")
            if times.time_ms(station.node, place.node) == UNREACHABLE:
                faults.append(f"{what} cannot be reached from station {station.id}")
            if times.time_ms(place.node, station.node) == UNREACHABLE:
                faults.append(f"from {what} there is no way back to station {station.id}")
            if len(faults) >= MAX_FAULTS:
                return [*faults[:MAX_FAULTS], "and more"]
    return faults
