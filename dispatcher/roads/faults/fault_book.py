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
MAX_NAME_CHARS = 60

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
    "gate_guess": WARNING,
    "no_such_building": WARNING,
    "never_open": WARNING,
    "zone_without_effect": WARNING,
    "zone_expired": WARNING,
    "lonely_node": WARNING,
    "few_chargers": WARNING,
    "few_waiting": WARNING,
    "traffic": WARNING,
    "narrow_way": WARNING,
}
RANK = {code: number for number, code in enumerate(CODES)}


class MapFault(msgspec.Struct, frozen=True):
    """One fault. About the map as a whole it is the site's; `id` empty and `line` 1 only where the
    file has none. `name` is the feature's own, `ids` are those of all that one fault is about."""

    code: str
    severity: str
    id: str
    lat: float | None
    lon: float | None
    line: int
    message: str
    name: str = ""
    ids: tuple[str, ...] = ()


class FaultBook:
    """Collects the faults of one file."""

    def __init__(self, file: MapFile) -> None:
        self.file = file
        self.counts: Counter[str] = Counter()
        self._faults: list[MapFault] = []
        self._seen: set[tuple[str, str, str]] = set()
        self._noted: set[tuple[str, str]] = set()

    def add(
        self,
        code: str,
        message: str,
        feature: RawFeature | None = None,
        ids: tuple[str, ...] = (),
    ) -> None:
        """Notes a fault of a feature, or of the whole map: that stands at the site."""
        feature = feature or self.file.site
        if feature is None:
            self._note(MapFault(code, CODES[code], "", None, None, 1, message))
        else:
            self._note_of(code, message, feature, feature.id, feature.at, ids=ids)

    def add_at(
        self,
        code: str,
        message: str,
        name: str,
        origin: Origin,
        at: Point,
        ids: tuple[str, ...] = (),
    ) -> None:
        """Notes a fault at a point of the frame; `name` is the id of a feature or of its part."""
        lat_lon = to_lat_lon(origin, *at)
        self._note_of(code, message, self.feature_of(name), name, lat_lon, ids=ids)

    def add_traffic(self, fault: TrafficFault) -> None:
        """Notes what the look at the traffic found, as grave as that says."""
        feature, at = self.feature_of(fault.id), (fault.lat_deg, fault.lon_deg)
        self._note_of(fault.code, fault.sentence, feature, fault.id, at, fault.severity)

    def has(self, code: str, feature: RawFeature) -> bool:
        """Whether such a fault of the feature is noted."""
        return (code, feature.id) in self._noted

    def feature_of(self, name: str) -> RawFeature | None:
        """The feature of an id; the reader cuts edge `e` into `e.1`, `e.2`..."""
        found = self.file.by_id.get(name)
        return found or self.file.by_id.get(name.rpartition(".")[0])

    def named(self, name: str) -> str:
        """The id of an edge with the name of its street."""
        feature = self.feature_of(name)
        name, street = feature.id if feature else name, _name_of(feature)
        return f'{name} "{street}"' if street else name

    def faults(self) -> list[MapFault]:
        """Errors first, then code by code; of each code as they were found, the gravest first."""
        return sorted(self._faults, key=lambda one: (one.severity != ERROR, RANK[one.code]))

    def _note_of(
        self,
        code: str,
        message: str,
        feature: RawFeature | None,
        name: str,
        at: LatLon | None,
        severity: str = "",
        ids: tuple[str, ...] = (),
    ) -> None:
        lat, lon = (round(at[0], 7), round(at[1], 7)) if at else (None, None)
        line, name = (feature.line, feature.id) if feature else (1, name)
        grave = severity or CODES[code]
        self._note(MapFault(code, grave, name, lat, lon, line, message, _name_of(feature), ids))

    def _note(self, fault: MapFault) -> None:
        known = (fault.code, fault.id, fault.message)
        if known in self._seen:
            return
        self.counts[fault.code] += 1
        if self.counts[fault.code] > MAX_PER_CODE:
            return
        self._seen.add(known)
        self._noted.add((fault.code, fault.id))
        self._faults.append(fault)


def _name_of(feature: RawFeature | None) -> str:
    found = feature.properties.get("name") if feature else None
    return found[:MAX_NAME_CHARS] if isinstance(found, str) else ""
