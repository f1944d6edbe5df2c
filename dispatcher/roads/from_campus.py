# SPDX-License-Identifier: Apache-2.0
"""A campus that was read, as roads that can be driven: with roads or planar, whichever it is.

What must hold: whatever would stop the roads from being used later, such as a zone that bounds no
area, is said here.
"""

from dispatcher.roads.closing.areas import AreaError
from dispatcher.roads.closing.timetable import Timetable, TimetableError
from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.planar.planar_graph import PlanarError, PlanarGraph
from robot_agent.campus import Campus, CampusError


def road_graph(campus: Campus) -> RoadGraph:
    """Raises CampusError where nothing can be driven by this map: a zone that bounds no area, an
    unknown time zone, too many places for a site without roads."""
    try:
        graph = PlanarGraph(campus) if campus.site.planar else RoadGraph.from_campus(campus)
        Timetable(graph)
    except (AreaError, PlanarError, TimetableError) as error:
        raise CampusError([str(error)]) from None
    return graph
