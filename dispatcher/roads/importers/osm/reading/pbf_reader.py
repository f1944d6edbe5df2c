# SPDX-License-Identifier: Apache-2.0
"""Reads OpenStreetMap PBF by way of osmium, which the extra `pbf` brings.

What must hold: it gathers what the same extract as XML would. Source: the OpenStreetMap wiki on
`PBF Format`.
"""

from pathlib import Path
from typing import Any

from dispatcher.roads.importers.osm.reading.collect import Collector, Unfit
from dispatcher.roads.importers.osm.reading.data import MapImportError, OsmMember

KINDS = {"n": "node", "w": "way", "r": "relation"}


def read_pbf(path: Path) -> Collector:
    """Raises MapImportError, and ModuleNotFoundError where osmium is not installed."""
    import osmium

    found = Collector()
    here = "its header"
    try:
        # The whole path: osmium takes "-" for standard input and "http:" for an address.
        file = osmium.io.File(str(path.resolve()), "pbf")
        with osmium.io.Reader(file, osmium.osm.NOTHING) as reader:
            box = reader.header().box()
        if box.valid():
            south_west, north_east = box.bottom_left, box.top_right
            found.box((south_west.lat, south_west.lon), (north_east.lat, north_east.lon))
        for element in osmium.FileProcessor(file):
            here = f"what follows {element.type_str()}{element.id}"
            _take(element, found)
    except Unfit as error:
        raise MapImportError(f"{path}: not OpenStreetMap data: {error}") from None
    except (RuntimeError, ValueError) as error:
        what = " ".join(str(error).split())
        raise MapImportError(f"{path}: not whole PBF: {what} (in {here})") from None
    return found


def _take(element: Any, found: Collector) -> None:
    """Raises Unfit, and whatever osmium says about an element that is not in order."""
    if element.deleted:
        found.notes["deleted elements"] += 1
        return
    tags = {tag.k: tag.v for tag in element.tags}
    if element.is_node():
        if not element.location.valid():
            raise Unfit(f"node {element.id} has no place on earth")
        place = element.location.lat, element.location.lon
        found.node(element.id, place, tags, element.version)
    elif element.is_way():
        refs = tuple(node.ref for node in element.nodes)
        found.way(element.id, refs, tags, element.version)
    elif element.is_relation():
        members = tuple(
            OsmMember(KINDS[member.type], member.ref, member.role) for member in element.members
        )
        found.relation(element.id, members, tags, element.version)
