# SPDX-License-Identifier: Apache-2.0
"""Writes a campus map as GeoJSON again: in Drover's own layout, or plain for any GIS.

What must hold: the plain one is RFC 7946 to the letter (no members of its own, rings closed and
turned as the right hand says, two coordinates a position, properties that are single values) and is
still a campus map that means the same; its digest changes only where a zone's ring is turned.
"""

from collections import Counter
from itertools import pairwise
from typing import Any

from dispatcher.roads.editing.map_file import MapFile
from dispatcher.roads.editing.map_properties import READ
from dispatcher.roads.exporters.losses import Export, Loss, loss, told
from dispatcher.roads.importers.campus_text import campus_text

Feature = dict[str, Any]
ALWAYS = ("id", "kind")


def export_geojson(source: MapFile, plain: bool) -> Export:
    """The map must have been read without a fault before: every id is taken to be there."""
    members = loss("members of the collection", [name for name in source.members if name != "type"])
    if not plain:
        return Export(source.canonical(), told([members]))
    kept: list[Feature] = []
    unknown: list[str] = []
    stripped: dict[str, list[str]] = {}
    extra = Counter[str]()
    for one in source.features:
        if one.kind not in READ:
            unknown.append(one.id)
            continue
        properties = {name: one.properties.get(name) for name in (*ALWAYS, *READ[one.kind])}
        said = {name: value for name, value in properties.items() if value is not None}
        said["id"] = one.id
        for name in one.properties:
            if name not in said and one.properties[name] is not None:
                stripped.setdefault(name, []).append(one.id)
        extra.update(n for n in one.raw if n not in ("type", "id", "properties", "geometry"))
        geometry = _geometry(one.shape, one.coordinates)
        kept.append({"type": "Feature", "id": one.id, "properties": said, "geometry": geometry})
    lost = [
        members,
        loss("features of a kind that is not known", unknown),
        *(loss(f"property {name}", stripped[name]) for name in sorted(stripped)),
        *(Loss(f"member {name} of features", extra[name]) for name in sorted(extra)),
    ]
    return Export(campus_text(kept), told(lost))


def _geometry(shape: str, coordinates: Any) -> Feature:
    """Only what a campus map can hold comes here: it was read without a fault."""
    if shape == "Point":
        return {"type": shape, "coordinates": coordinates[:2]}
    if shape == "LineString":
        return {"type": shape, "coordinates": [at[:2] for at in coordinates]}
    rings = [_ring([at[:2] for at in ring], outer=not n) for n, ring in enumerate(coordinates)]
    return {"type": shape, "coordinates": rings}


def _ring(ring: list[list[float]], *, outer: bool) -> list[list[float]]:
    """Closed; the outer one anticlockwise, holes clockwise (RFC 7946, 3.1.6)."""
    if ring[0] != ring[-1]:
        ring = [*ring, ring[0]]
    twice_area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
    return ring if (twice_area > 0) == outer else ring[::-1]
