# SPDX-License-Identifier: Apache-2.0
"""Cuts drawn lines at new joints, and takes along what hangs on them.

What must hold: the parts make up the line again, the first keeps its id, and whatever hung on the
line hangs at the same point of a part.
"""

from itertools import pairwise
from typing import Any

import msgspec
import shapely

from dispatcher.roads.editing.draft import Draft
from dispatcher.roads.editing.map_file import RawFeature
from dispatcher.roads.faults.feature_faults import number_of
from robot_agent.campus_frame import Frame, Point, distance_mm, line_length_mm, to_lat_lon

MIN_PART_MM = 500
"""Shorter parts would be noise: the joint is taken to be at the end that is near."""


class _Cut(msgspec.Struct, frozen=True, order=True):
    offset_mm: int
    node: str
    at: Point


class Cuts:
    """The joints that were found midway, by edge."""

    def __init__(self, draft: Draft, frame: Frame) -> None:
        self._draft = draft
        self._frame = frame
        self._cuts: dict[str, list[_Cut]] = {}

    def add(self, edge_id: str, shape: tuple[Point, ...], node: str, at: Point) -> None:
        """Wants a cut at a node on or beside the line; too near an end there is none."""
        offset_mm = round(shapely.LineString(shape).project(shapely.Point(at)))
        known = self._cuts.setdefault(edge_id, [])
        borders = [0, line_length_mm(shape), *(cut.offset_mm for cut in known)]
        if all(abs(offset_mm - border_mm) >= MIN_PART_MM for border_mm in borders):
            known.append(_Cut(offset_mm, node, at))

    def apply(self, edge: RawFeature, shape: tuple[Point, ...], length_m: float | None) -> None:
        """Makes the parts of an edge, if it has a cut."""
        cuts = sorted(self._cuts.get(edge.id, ()))
        if not cuts:
            return
        whole_mm = line_length_mm(shape)
        lines = _parts(edge.coordinates, shape, cuts, self._frame)
        nodes = [edge.properties["from"], *(cut.node for cut in cuts), edge.properties["to"]]
        starts_mm = [0, *(cut.offset_mm for cut in cuts)]
        names: list[str] = []
        for number, (line, ends) in enumerate(zip(lines, pairwise(nodes), strict=True)):
            part = edge if number == 0 else self._copy(edge, number)
            part.raw["geometry"] = {"type": "LineString", "coordinates": line}
            part.properties.update(zip(("from", "to"), ends, strict=True))
            names.append(part.id)
            if length_m is not None:
                end_mm = [*starts_mm, whole_mm][number + 1]
                part_m = length_m * (end_mm - starts_mm[number]) / max(1, whole_mm)
                part.properties["length_m"] = round(part_m, 3)
        at = ", ".join(cut.node for cut in cuts)
        self._draft.say(edge, f"cut at {at} into {', '.join(names)}")
        self._move_hung(edge.id, names, starts_mm)

    def _copy(self, edge: RawFeature, number: int) -> RawFeature:
        properties: dict[str, Any] = dict(edge.properties)
        properties["id"] = self._draft.free_name(f"{edge.id}-{number + 1}")
        raw = {key: value for key, value in edge.raw.items() if key != "id"}
        part = RawFeature(edge.index, edge.line, {**raw, "properties": properties})
        self._draft.features.append(part)
        return part

    def _move_hung(self, edge_id: str, names: list[str], starts_mm: list[int]) -> None:
        for feature in self._draft.features:
            if str(feature.properties.get("edge")) != edge_id or feature.kind == "edge":
                continue
            offset_m = number_of(feature, "offset_m")
            if offset_m is None:
                continue
            number = sum(start_mm <= offset_m * 1000 for start_mm in starts_mm[1:])
            if number:
                feature.properties["edge"] = names[number]
                feature.properties["offset_m"] = round(offset_m - starts_mm[number] / 1000, 3)
                self._draft.say(feature, f"hangs on {names[number]}, the part of {edge_id} there")


def _parts(
    written: list[Any], shape: tuple[Point, ...], cuts: list[_Cut], frame: Frame
) -> list[list[Any]]:
    """The line in parts; its own points keep their figures as they were written."""
    parts: list[list[Any]] = [[written[0]]]
    done_mm, ahead = 0, list(cuts)
    for number, (a, b) in enumerate(pairwise(shape)):
        step_mm = distance_mm(a, b)
        while ahead and ahead[0].offset_mm <= done_mm + step_mm:
            lat_deg, lon_deg = to_lat_lon(frame, *ahead.pop(0).at)
            joint = [round(lon_deg, 7), round(lat_deg, 7)]
            parts[-1].append(joint)
            parts.append([joint])
        if parts[-1][-1] != written[number + 1]:
            parts[-1].append(written[number + 1])
        done_mm += step_mm
    return parts
