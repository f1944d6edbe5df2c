# SPDX-License-Identifier: Apache-2.0
"""What an extract is called: the named campus that most of it lies on.

What must hold: the name follows from the extract alone, whatever station is chosen on it.
"""

import shapely

from dispatcher.roads.importers.osm.reading.areas import areas_of
from dispatcher.roads.importers.osm.reading.data import OsmData
from robot_agent.campus_frame import Frame

CAMPUS_AMENITIES = ("university", "college", "school", "hospital", "research_institute")
CAMPUS_LANDUSES = ("education", "industrial", "commercial", "residential", "retail")
# Of the extract: less is a school in a town, whose name is not the town's.
LEAST_PCT = 2


def site_name(data: OsmData, frame: Frame) -> str:
    """The university, college, school or hospital that covers most of the extract, else the other
    ground with a name that does; empty where there is none.
    """
    box = data.bounds
    corners = frame.to_mm(box.south_deg, box.west_deg), frame.to_mm(box.north_deg, box.east_deg)
    extract = shapely.box(*corners[0], *corners[1])
    for key, values in (("amenity", CAMPUS_AMENITIES), ("landuse", CAMPUS_LANDUSES)):
        found: list[tuple[float, str, str]] = []
        for area in areas_of(data, key):
            name = area.tags.get("name", "")
            if name and area.tags[key] in values and "building" not in area.tags:
                covered = area.polygon(frame).intersection(extract).area
                if covered * 100 >= extract.area * LEAST_PCT:
                    found.append((-covered, area.id, name))
        if found:
            return min(found)[2]
    return ""
