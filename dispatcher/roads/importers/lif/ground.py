# SPDX-License-Identifier: Apache-2.0
"""Where on Earth a LIF lies: its metres on the project's origin as mm on that of the site.

What must hold: with no rotation and no shift a position is the same number before and after.
"""

import math

from msgspec import Struct, structs

from dispatcher.roads.importers.import_options import ImportOptions
from dispatcher.roads.importers.lif.data import Lif
from dispatcher.roads.importers.osm.reading.data import MapImportError
from dispatcher.roads.importers.site_locale import LEFT_HAND_ZONES, NO_ZONE, Known, time_zone
from robot_agent.campus_features import MAX_FROM_ORIGIN_MM, MAX_LATITUDE_DEG
from robot_agent.campus_frame import Frame, Point, frame_at

NOWHERE = (0.0, 0.0)
FAR_MM = 20_000_000  # beyond it a project's origin is that of a country, not of a site
METRE_MM = 1000


class Ground(Struct, frozen=True):
    """`shift` is the LIF's point that lies at the site's origin; the turn is anticlockwise."""

    frame: Frame
    shift: Point
    cosine: float
    sine: float
    zone: Known
    left_hand: bool
    traffic_why: str
    note: str
    warnings: list[str]

    def on_map(self, point: Point) -> Point:
        x, y = point[0] - self.shift[0], point[1] - self.shift[1]
        if self.sine == 0 and self.cosine == 1:
            return x, y
        return round(self.cosine * x - self.sine * y), round(self.sine * x + self.cosine * y)

    def stations(self, lif: Lif) -> Lif:
        """The LIF with its stations where they lie on the map."""
        moved = {
            key: structs.replace(one, at=self.on_map(one.at)) if one.at else one
            for key, one in lif.stations.items()
        }
        return structs.replace(lif, stations=moved)


def ground_of(lif: Lif, options: ImportOptions, source: str) -> Ground:
    """Raises MapImportError."""
    origin, rotation_deg = options.origin, options.rotation_deg
    if not math.isfinite(rotation_deg) or abs(rotation_deg) > 360:
        raise MapImportError(f"rotation is {rotation_deg:g}, not within -360 and 360 degrees")
    if origin is not None and abs(origin[0]) > MAX_LATITUDE_DEG:
        raise MapImportError(f"origin lies beyond {MAX_LATITUDE_DEG} degrees of latitude")
    shift = _shift([node.at for node in lif.nodes.values()], origin is not None, source)
    warnings: list[str] = []
    try:
        zone = time_zone(options.timezone, *(origin or NOWHERE))
    except ValueError as error:
        raise MapImportError(f"{source}: time zone: {error}") from None
    at = f"x = {shift[0] / METRE_MM:g} m, y = {shift[1] / METRE_MM:g} m"
    if origin is None:
        note = f"made up: {at} lies at {NOWHERE[0]:g}, {NOWHERE[1]:g}"
        warnings.append(
            f"the map is metric only: {at} of the LIF was put at latitude {NOWHERE[0]:g}, longitude"
            f" {NOWHERE[1]:g}; say where x = y = 0 lies with --origin LAT,LON"
        )
        if not options.timezone:
            zone = Known(NO_ZONE, "not known: no --origin is given", sure=False)
    else:
        note = f"{at} lies at the origin"
    if rotation_deg:
        note += f", x is turned {rotation_deg:g} degrees anticlockwise from east"
    left, why = _left_hand(options.left_hand, zone, origin is not None)
    quarter = rotation_deg / 90
    turn = math.radians(rotation_deg)
    cosine, sine = math.cos(turn), math.sin(turn)
    if quarter == int(quarter):  # a quarter turn is exact
        cosine, sine = float(round(cosine)), float(round(sine))
    frame = frame_at(*(origin or NOWHERE))
    return Ground(frame, shift, cosine, sine, zone, left, why, note, warnings)


def _left_hand(asked: bool | None, zone: Known, located: bool) -> tuple[bool, str]:
    if asked is not None:
        return asked, "asked for"
    if located and zone.sure:
        return zone.value in LEFT_HAND_ZONES, f"the custom where {zone.value} holds"
    return False, "not known, taken as in most countries"


def _shift(points: list[Point], located: bool, source: str) -> Point:
    """The middle of a site whose origin lies far away, in whole metres; else none."""
    far_mm = max((max(abs(x), abs(y)) for x, y in points), default=0)
    if far_mm <= FAR_MM:
        return 0, 0
    if located:
        raise MapImportError(
            f"{source}: its nodes lie up to {far_mm / 1_000_000:.0f} km from x = y = 0, which "
            "--origin says the place of; leave it out, or export the LIF on an origin at the site"
        )
    xs, ys = [x for x, _ in points], [y for _, y in points]
    middle = ((min(xs) + max(xs)) // 2, (min(ys) + max(ys)) // 2)
    size_mm = max(max(xs) - min(xs), max(ys) - min(ys))
    if size_mm > MAX_FROM_ORIGIN_MM:
        raise MapImportError(f"{source}: its nodes lie {size_mm / 1_000_000:.0f} km apart")
    return middle[0] // METRE_MM * METRE_MM, middle[1] // METRE_MM * METRE_MM
