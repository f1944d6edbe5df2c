# SPDX-License-Identifier: Apache-2.0
"""What an extract is called: the named campus that its station stands on."""

import shapely

from dispatcher.roads.importers.osm.reading.areas import areas_of
from dispatcher.roads.importers.osm.reading.data import OsmData
from robot_agent.campus_frame import Frame, Point

CAMPUS_AMENITIES = ("university", "college", "school", "hospital", "research_institute")
CAMPUS_LANDUSES = ("education", "industrial", "commercial", "residential", "retail")


def site_name(data: OsmData, frame: Frame, station: Point) -> str:
    """The largest university, college, school or hospital around the station, else the largest
    other ground with a name; empty where there is none.
    """
    here = shapely.Point(station)
    for key, values in (("amenity", CAMPUS_AMENITIES), ("landuse", CAMPUS_LANDUSES)):
        found: list[tuple[float, str, str]] = []
        for area in areas_of(data, key):
            name = area.tags.get("name", "")
            if name and area.tags[key] in values and "building" not in area.tags:
                shape = area.polygon(frame)
                if shape.contains(here):
                    found.append((-shape.area, area.id, name))
        if found:
            return min(found)[2]
    return ""
