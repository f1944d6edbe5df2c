# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with a map, and the book in which it is noted down.

What must hold: every fault has a code of CODES and tells feature, place, line and what to do about
it; the code says how grave it is, but for `traffic`. At most MAX_PER_CODE of a code are kept, all
are counted.
"""

from collections import Counter

import msgspec

from dispatcher.roads.editing.map_file import LatLon, MapFile, RawFeature
from dispatcher.roads.faults.traffic_faults import TrafficFault
from robot_agent.campus_frame import Origin, Point, to_lat_lon

ERROR, WARNING = "error", "warning"
MAX_PER_CODE = 500

CODES = {
    # Without these mended, no robot can be sent out.
    "unreadable": ERROR,
    "duplicate_id": ERROR,
    "zero_length": ERROR,
    "loose_end": ERROR,
    "not_hung": ERROR,
    "bad_offset": ERROR,
    "wrong_unit": ERROR,
    "no_such_feature": ERROR,
    "too_far_away": ERROR,
    "timezone": ERROR,
    "no_station": ERROR,
    "few_parking": ERROR,
    "unreachable": ERROR,
    "trap": ERROR,
    # With these a robot drives, but perhaps not as the map's maker means it.
    "unknown_kind": WARNING,
    "unknown_property": WARNING,
    "unit": WARNING,
    "crossing": WARNING,
    "near_miss": WARNING,
    "drawn_twice": WARNING,
    "island": WARNING,
    "dead_one_way": WARNING,
    "far_from_road": WARNING,
    "same_spot": WARNING,
    "name_twice": WARNING,
    "building_unserved": WARNING,
    "no_such_building": WARNING,
    "never_open": WARNING,
    "zone_without_effect": WARNING,
    "zone_expired": WARNING,
    "lonely_node": WARNING,
    "few_chargers": WARNING,
    "few_waiting": WARNING,
    "traffic": WARNING,
}


class MapFault(msgspec.Struct, frozen=True):
    """One fault; `id` empty and `line` 1 where it is about the map as a whole."""

    code: str
    severity: str
    id: str
    lat: float | None
    lon: float | None
    line: int
    message: str


class FaultBook:
    """Collects the faults of one file."""

    def __init__(self, file: MapFile) -> None:
        self.file = file
        self.counts: Counter[str] = Counter()
        self._faults: list[MapFault] = []
        self._seen: set[tuple[str, str, str]] = set()
        self._noted: set[tuple[str, str]] = set()

    def add(self, code: str, message: str, feature: RawFeature | None = None) -> None:
        """Notes a fault of a feature, or of the whole map."""
        if feature is None:
            self._note(code, "", None, 1, message)
        else:
            self._note(code, feature.id, feature.at, feature.line, message)

    def add_at(self, code: str, message: str, name: str, origin: Origin, at: Point) -> None:
        """Notes a fault at a point of the frame; `name` is the id of a feature or of its part."""
        feature = self.feature_of(name)
        line = feature.line if feature else 1
        self._note(code, feature.id if feature else name, to_lat_lon(origin, *at), line, message)

    def add_traffic(self, fault: TrafficFault) -> None:
        """Notes what the look at the traffic found, as grave as that says."""
        feature = self.feature_of(fault.id)
        at, line = (fault.lat_deg, fault.lon_deg), feature.line if feature else 1
        name = feature.id if feature else fault.id
        self._note(fault.code, name, at, line, fault.sentence, fault.severity)

    def has(self, code: str, feature: RawFeature) -> bool:
        """Whether such a fault of the feature is noted."""
        return (code, feature.id) in self._noted

    def feature_of(self, name: str) -> RawFeature | None:
        """The feature of an id; the reader cuts edge `e` into `e.1`, `e.2`..."""
        found = self.file.by_id.get(name)
        return found or self.file.by_id.get(name.rpartition(".")[0])

    def faults(self) -> list[MapFault]:
        """Errors first, then by line."""
        return sorted(self._faults, key=lambda one: (one.severity != ERROR, one.line, one.code))

    def _note(
        self, code: str, name: str, at: LatLon | None, line: int, message: str, severity: str = ""
    ) -> None:
        if (code, name, message) in self._seen:
            return
        self.counts[code] += 1
        if self.counts[code] > MAX_PER_CODE:
            return
        self._seen.add((code, name, message))
        self._noted.add((code, name))
        lat, lon = (round(at[0], 7), round(at[1], 7)) if at else (None, None)
        self._faults.append(MapFault(code, severity or CODES[code], name, lat, lon, line, message))
