# SPDX-License-Identifier: Apache-2.0
"""Extracts that are odd in what a file holds rather than in what is drawn (our own, CC0).

`ODD` names them all; each can be imported, whatever is broken in it.
"""

import math
from collections.abc import Callable
from itertools import pairwise

from tests.dispatcher.roads.importers.osm.osm_canvas import Bounds, Canvas, Spot
from tests.dispatcher.roads.importers.osm.osm_worlds import village

NAMES = (
    "第三教学楼",
    "제2공학관",
    "مبنى الهندسة",
    "Ærøskøbing-Bygningen",
    "🏫🚀 Lab",
    "a\nb\tc \"d\" 'e' <f> &g;",
    "x" * 300,
    "long " * 200,
    "  spaces  ",
    "=cmd|' /C calc'!A0",
    "e\u0301\u200f\u202e",
)


def block(canvas: Canvas) -> None:
    """Streets about one block."""
    corners: list[Spot] = [(0.0, 0.0), (150.0, 0.0), (150.0, 100.0), (0.0, 100.0), (0.0, 0.0)]
    for a, b in pairwise(corners):
        canvas.line([a, b], highway="residential")
    for number, x_m in enumerate((12.0, 60.0, 100.0)):
        canvas.house(x_m, 12, 20, 12, name=f"Haus {number}")


def not_uploaded() -> Canvas:
    """As an editor saves what it has not uploaded: ids below zero."""
    canvas = Canvas(50.0, 10.0, first_id=-1)
    block(canvas)
    return canvas


def huge_ids() -> Canvas:
    canvas = Canvas(50.0, 10.0, first_id=12_345_678_901_234)
    block(canvas)
    return canvas


def with_gaps() -> Canvas:
    """Ways without some nodes, relations without some members."""
    canvas = Canvas(50.0, 10.0)
    block(canvas)
    lane = [canvas.spot(x * 30.0, 0.0) for x in range(5)]
    canvas.way([*lane[:2], 999_001, *lane[2:], 999_002], highway="service")
    canvas.way([999_003, 999_004], highway="footway")
    canvas.way([999_003, canvas.spot(70.0, 40.0)], building="yes", name="Torso")
    canvas.way([], highway="service")
    canvas.way([canvas.spot(20.0, 50.0)], highway="service")
    outer = canvas.line([(30.0, 60.0), (60.0, 60.0), (60.0, 80.0)])
    members = [("way", outer, "outer"), ("way", 999_005, "outer"), ("node", 999_006, "label")]
    canvas.relation(members, type="multipolygon", building="yes", name="Halb")
    canvas.relation([("relation", 999_007, ""), ("way", 999_008, "")], type="site", name="Campus")
    canvas.relation([], type="multipolygon", building="yes")
    canvas.relation(
        [("way", outer, "outer")], type="multipolygon", highway="pedestrian", area="yes"
    )
    return canvas


def knots() -> Canvas:
    """Closed loops, ways that cross or touch themselves, doubled nodes and ways, no length."""
    canvas = Canvas(50.0, 10.0)
    block(canvas)
    street = [canvas.spot(*at) for at in ((0.0, 0.0), (50.0, -30.0), (100.0, -30.0), (150.0, 0.0))]
    canvas.way([street[0], street[0], street[1], street[1], *street[2:]], highway="service")
    canvas.way(street, highway="footway")
    canvas.way(street[::-1], highway="cycleway", oneway="yes")
    stem, around = (-40.0, 0.0), [(-70.0, 20.0), (-100.0, 0.0), (-70.0, -20.0)]
    canvas.line([(0.0, 0.0), stem, *around, stem], highway="service")
    lasso = [(150.0, 100.0), (190.0, 140.0), (210.0, 100.0), (160.0, 140.0), (150.0, 170.0)]
    canvas.line(lasso, highway="path")
    eight = [(0.0, 100.0), (30.0, 130.0), (0.0, 160.0), (-30.0, 130.0), (0.0, 100.0)]
    canvas.line([*eight, (40.0, 90.0), (20.0, 70.0), (0.0, 100.0)], highway="footway")
    canvas.ring([(300.0, 0.0), (340.0, 0.0), (320.0, 30.0)], highway="footway")
    twin = canvas.node(0.0, 100.0)
    canvas.way([canvas.spot(0.0, 100.0), twin], highway="footway")
    canvas.way([twin, canvas.spot(-50.0, 100.0)], highway="footway")
    canvas.way([twin, twin], highway="service")
    there_and_back = [(150.0, 0.0), (200.0, 0.0), (150.0, 0.0)]
    canvas.line(there_and_back, highway="service")
    canvas.ring([(20.0, 40.0), (60.0, 70.0), (60.0, 40.0), (20.0, 70.0)], building="yes", name="8")
    canvas.house(100.0, 50.0, 0.0, 20.0, name="flat")
    canvas.ring([(90.0, 60.0), (92.0, 60.0)], building="yes", name="two corners")
    return canvas


def long_ways() -> Canvas:
    """One way of two thousand nodes in coils, and one that runs far out of the picture."""
    canvas = village()
    coils = [(120 + turn * math.sin(turn / 9), 80 + turn / 2) for turn in range(400)]
    canvas.line(coils, highway="footway")
    canvas.line([(300.0, 0.0), (9_000.0, 0.0)], highway="service")
    return canvas


def many_tongues() -> Canvas:
    canvas = Canvas(24.71, 46.67)
    canvas.line([(x * 40.0, 0.0) for x in range(12)], highway="service", name=NAMES[7])
    canvas.line([(0.0, 0.0), (0.0, 60.0)], highway="footway", surface="y" * 900, name=NAMES[5])
    for number, name in enumerate(NAMES):
        canvas.house(
            number * 40.0 + 5,
            8,
            25,
            15,
            name=name,
            name__en=name[::-1],
            opening_hours="Mo-Fr 08:00-18:00; " * 60,
            addr__housenumber="1" * 700,
        )
    canvas.spot(80.0, 0.0, barrier="gate", opening_hours="Mo-Su 06:00-23:00; " * 40)
    return canvas


def strange_values() -> Canvas:
    """Values that no table knows, where the importer looks for numbers and words."""
    canvas = Canvas(50.0, 10.0)
    block(canvas)
    odd = (
        *("", " ", "yes;no", "-1", "1e9", "NaN", "∞", "12abc", "0", "9999", "999", "٣", "½"),
        *("1,5 - 2", "-999", "100.01"),
    )
    keys = (
        *("width", "maxwidth", "maxheight", "incline", "layer", "level", "lanes", "maxspeed"),
        *("oneway", "surface", "smoothness", "access", "foot", "opening_hours", "step_count"),
        *("bridge", "tunnel", "sidewalk", "service", "crossing", "kerb", "barrier", "area"),
    )
    for number, key in enumerate(keys):
        for turn, value in enumerate(odd):
            start, end = (number * 6.0, 0.0), (number * 6.0, -20.0 - turn * 7)
            canvas.line([start, end], highway="footway", **{key: value})
            at_end = canvas.nodes[canvas.spot(*end)][1]
            at_end.update({key: value, "kerb__height": value, "entrance": value})
    canvas.house(200.0, 12, 20, 12, building="", name="")
    return canvas


def _bounded(bounds: Bounds) -> Callable[[], Canvas]:
    def drawn() -> Canvas:
        canvas = Canvas(50.0, 10.0)
        block(canvas)
        canvas.bounds = bounds
        return canvas

    return drawn


ODD: dict[str, Callable[[], Canvas]] = {
    "not uploaded": not_uploaded,
    "huge ids": huge_ids,
    "with gaps": with_gaps,
    "knots": knots,
    "long ways": long_ways,
    "many tongues": many_tongues,
    "strange values": strange_values,
    "bounds too small": _bounded(Bounds(40, 40, 60, 60)),
    "bounds too big": _bounded(Bounds(-30_000, -30_000, 30_000, 30_000)),
    "bounds much too big": _bounded(Bounds(-300_000, -300_000, 300_000, 300_000)),
    "bounds of no size": _bounded(Bounds(0, 0, 0, 0)),
    "bounds beside it": _bounded(Bounds(5_000, 5_000, 6_000, 6_000)),
    "bounds around half": _bounded(Bounds(-20, -20, 75, 120)),
}
