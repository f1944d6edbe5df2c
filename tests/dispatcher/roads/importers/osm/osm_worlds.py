# SPDX-License-Identifier: Apache-2.0
"""Campuses of the world, drawn after what is common in each kind of place (our own drawing, CC0).

Each function draws one kind of campus; `WORLDS` names them all. Nothing here comes from a real map.
"""

import math
from collections.abc import Callable
from itertools import pairwise

from tests.dispatcher.roads.importers.osm.osm_canvas import Bounds, Canvas, Spot, box

SLOPES = ("5%", "-8 %", "10°", "up", "down", "1:15", "12", "steep", "7-9%", "25%", "60‰", "5,5%")
LONG_NAME = "Institut für " + "sehr " * 60 + "lange Namen"


def hilly() -> Canvas:
    """A road in hairpins up a slope, steps straight up, footbridge and tunnel across it."""
    canvas = Canvas(49.41, 8.69, seed=11)
    turns = [(0.0 if bend % 2 else 160.0, bend * 35.0) for bend in range(9)]
    road: list[Spot] = []
    for (x_m, y_m), (next_x_m, next_y_m) in pairwise(turns):
        road += [(x_m, y_m), (x_m + (12 if x_m else -12), (y_m + next_y_m) / 2)]
        road += [(next_x_m + (80 - next_x_m) / 2, next_y_m)]
    canvas.line(road, highway="residential", incline="9%", name="Steige", surface="asphalt")
    for bend, incline in enumerate(SLOPES):
        x_m, y_m = turns[bend % 8]
        foot = (x_m + (90 if x_m else -90), y_m + bend)
        canvas.line([(x_m, y_m), foot], highway="footway", incline=incline, width="1.5 m")
        canvas.house(foot[0] - 6, foot[1] + 3, 12, 9, building="detached", addr__housenumber="7")
    for bend in range(0, 8, 2):
        canvas.line(
            [turns[bend], turns[bend + 1]], highway="steps", step_count="60", handrail="yes"
        )
    across = [(80.0, -40.0), (80.0, 20.0), (80.0, 300.0)]
    canvas.line(across, "bridge", highway="footway", bridge="yes", layer="1")
    canvas.line([across[0], (0.0, -40.0), turns[1]], "bridge", highway="path", surface="sett")
    canvas.line([(0.0, -40.0), (160.0, 0.0)], "", highway="service")
    canvas.way(
        [canvas.spot(0.0, -40.0, "bridge"), canvas.spot(0.0, -40.0)], highway="service", oneway="no"
    )
    canvas.line(
        [(160.0, 0.0), (100.0, 150.0), (0.0, 35.0)], "tunnel", highway="cycleway", tunnel="yes"
    )
    canvas.line([(0.0, 35.0), (-80.0, 60.0)], highway="track", tracktype="grade3")
    canvas.line([(-80.0, 60.0), (-140.0, 90.0)], highway="path", sac_scale="mountain_hiking")
    canvas.line([(-150.0, 20.0), (250.0, 20.0)], waterway="stream")
    for number in range(14):
        x_m, y_m = canvas.luck.choice(turns)
        at = (x_m + canvas.luck.uniform(-50, 50), y_m + canvas.luck.uniform(5, 15))
        canvas.house(*at, 14, 9, name=f"Institut {number}", building="university")
    return canvas


def indoors() -> Canvas:
    """Halls with corridors on three storeys, skyways between them, passages and doors."""
    canvas = Canvas(47.65, -122.31, seed=12)
    for lane in range(5):
        canvas.line([(x * 60.0, lane * 60.0) for x in range(6)], highway="footway")
        canvas.line([(lane * 60.0, y * 60.0) for y in range(5)], highway="footway")
    canvas.line([(x * 60.0, 0.0) for x in range(6)], highway="service", service="alley")
    for number in range(16):
        x_m, y_m = (number % 4) * 60 + 12.0, (number // 4) * 60 + 12.0
        refs = [canvas.spot(*corner) for corner in box(x_m, y_m, 36, 36)]
        door = canvas.spot(x_m + 18, y_m, entrance="main" if number % 2 else "yes", door="hinged")
        hall = {"building": "university", "name": f"Hall {number}", "building__levels": "3"}
        canvas.way([refs[0], door, *refs[1:], refs[0]], **hall)
        if number % 3 == 0:
            canvas.way([door, canvas.spot(x_m + 18, y_m - 12)], highway="footway")
        for level in ("0", "1", "2", "0;1"):
            inside = [(x_m + 18, y_m), (x_m + 18, y_m + 18), (x_m + 3, y_m + 18)]
            canvas.line(inside, f"in{level}", highway="corridor", indoor="yes", level=level)
            canvas.line(
                [(x_m + 18, y_m + 18), (x_m + 33, y_m + 30)],
                f"in{level}",
                highway="footway",
                indoor="yes",
                level=level,
            )
            canvas.ring(box(x_m + 2, y_m + 20, 8, 8), indoor="room", level=level)
        canvas.spot(x_m + 18, y_m + 18, "in0", highway="elevator", level="0;1;2")
        if number % 4 < 3:
            sky = [(x_m + 36, y_m + 18), (x_m + 60, y_m + 18)]
            canvas.line(sky, "sky", highway="footway", level="1", bridge="covered", layer="1")
            up = [canvas.spot(x_m + 36, y_m + 18, "sky"), canvas.spot(x_m + 48, y_m + 48)]
            canvas.way(up, highway="steps", level="0;1", incline="up")
    passage = [(30.0, 0.0), (30.0, 12.0), (30.0, 48.0), (30.0, 60.0)]
    canvas.line(passage, "passage", highway="footway", tunnel="building_passage", maxheight="2.5")
    canvas.line([(0.0, 0.0), (30.0, 0.0)], highway="footway", covered="yes")
    canvas.way([canvas.spot(30.0, 0.0), canvas.spot(30.0, 0.0, "passage")], highway="footway")
    canvas.ring(box(245, 125, 40, 50), highway="pedestrian", area="yes", name="Quad")
    canvas.line([(240.0, 120.0), (245.0, 125.0)], highway="footway")
    canvas.line([(285.0, 175.0), (300.0, 180.0), (240.0, 180.0)], highway="footway")
    return canvas


def sidewalks() -> Canvas:
    """Left-hand streets with a sidewalk each side, crossings, driveways, aisles, a roundabout."""
    canvas = Canvas(1.297, 103.777, seed=13)
    canvas.bounds = Bounds(-60, -60, 460, 320)
    crossings = [50.0 * number for number in range(1, 8)]
    for street, y_m in enumerate((0.0, 130.0, 260.0)):
        xs = sorted({0.0, 400.0, *crossings, 75.0, 225.0, 375.0})
        tags = {"sidewalk": "separate", "lanes": "2", "maxspeed": "50", "name": f"Road {street}"}
        canvas.line([(x, y_m) for x in xs], highway="tertiary", **tags)
        for side_m in (-7.0, 7.0):
            walk = [(x, y_m + side_m) for x in xs]
            canvas.line(walk, highway="footway", footway="sidewalk", surface="paving_stones")
        for x_m in crossings:
            canvas.spot(x_m, y_m, highway="crossing", crossing="zebra")
            for side_m in (-7.0, 7.0):
                canvas.spot(x_m, y_m + side_m / 2, kerb="lowered", barrier="kerb")
            across = [(x_m, y_m + part) for part in (-7.0, -3.5, 0.0, 3.5, 7.0)]
            canvas.line(across, highway="footway", footway="crossing", crossing="marked")
        for x_m in (75.0, 225.0, 375.0):
            drive = [(x_m, y_m), (x_m, y_m + 7.0), (x_m, y_m + 25.0)]
            canvas.line(drive, highway="service", service="driveway", access="destination")
            aisle = [(x_m, y_m + 25.0), (x_m + 40, y_m + 25.0), (x_m + 40, y_m + 40.0)]
            canvas.line(
                [*aisle, (x_m, y_m + 40.0), (x_m, y_m + 25.0)],
                highway="service",
                service="parking_aisle",
                oneway="yes",
            )
    for x_m in (0.0, 400.0):
        canvas.line([(x_m, 0.0), (x_m, 130.0), (x_m, 260.0)], highway="residential")
    middle, corners = (440.0, 130.0), 12
    turn = [
        (middle[0] - 20 * math.cos(math.tau * n / corners), 130 + 20 * math.sin(math.tau * n / 12))
        for n in range(corners)
    ]
    canvas.ring(turn, highway="tertiary", junction="roundabout")
    canvas.line([(400.0, 130.0), turn[0]], highway="tertiary", oneway="yes")
    canvas.line([turn[1], (410.0, 150.0), (400.0, 260.0)], highway="tertiary", oneway="yes")
    for number in range(24):
        x_m, y_m = number % 8 * 48 + 8.0, number // 8 * 130 + 44.0
        named = {"name": f"Block {number}"} if number % 3 else {"addr__housenumber": str(number)}
        canvas.house(x_m, y_m, 30, 14, building="apartments", **named)
    return canvas


def gated() -> Canvas:
    """Two walled halves either side of a main road, gates, private ways, courts, equal names."""
    canvas = Canvas(31.028, 121.433, seed=14)
    canvas.line([(-400.0, 0.0), (0.0, 0.0), (400.0, 0.0)], highway="secondary", name="大学路")
    for half in (1.0, -1.0):
        gate = canvas.spot(0.0, 20.0 * half, barrier="gate")
        walls = [(-250.0, 20.0 * half), (-250.0, 300.0 * half), (250.0, 300.0 * half)]
        canvas.line(
            [(0.0, 20.0 * half), *walls, (250.0, 20.0 * half), (0.0, 20.0 * half)], barrier="wall"
        )
        canvas.line([(0.0, 0.0), (0.0, 20.0 * half), (0.0, 60.0 * half)], highway="service")
        canvas.nodes[gate][1]["opening_hours"] = "Mo-Su 06:00-23:00"
        for row in (60.0, 140.0, 220.0):
            xs = (-200.0, -100.0, 0.0, 100.0, 200.0)
            tags = {"highway": "service", "name": "学苑路", "access": "permissive"}
            canvas.line([(x, row * half) for x in xs], **tags)
        for x_m in (-200.0, 0.0, 200.0):
            canvas.line([(x_m, row * half) for row in (60.0, 140.0, 220.0)], highway="residential")
        private = [(200.0, 220.0 * half), (230.0, 260.0 * half)]
        canvas.line(private, highway="service", access="private")
        island = [(230.0, 260.0 * half), (150.0, 280.0 * half), (100.0, 270.0 * half)]
        canvas.line(island, highway="footway")
        for number in range(10):
            x_m = -180.0 + number % 5 * 75
            y_m = half * (75 + number // 5 * 80) - (0 if half > 0 else 45)
            _court(canvas, x_m, y_m, f"宿舍{number % 4 + 1}号楼")
        canvas.house(150.0, 286.0 * half, 20, 8, name="研究生公寓")
    canvas.house(-30.0, 230.0, 50, 20, amenity="canteen", name="第一食堂")
    canvas.ring(box(20, 170, 60, 40), highway="pedestrian", area="yes", name="广场")
    canvas.line([(0.0, 140.0), (20.0, 170.0)], highway="footway")
    canvas.line([(80.0, 210.0), (100.0, 220.0)], highway="footway")
    lake = canvas.ring(box(40, 180, 10, 10), natural="water")
    canvas.relation([("way", lake, "outer")], type="multipolygon", natural="water")
    return canvas


def _court(canvas: Canvas, x_m: float, y_m: float, name: str) -> None:
    """A dormitory about a court; its outline comes in two open ways."""
    corners = box(x_m, y_m, 45, 45)
    halves = [canvas.line(corners[:3]), canvas.line([*corners[2:], corners[0]])]
    court = canvas.ring(box(x_m + 12, y_m + 12, 21, 21))
    members = [("way", one, "outer") for one in halves] + [("way", court, "inner")]
    tags = {"type": "multipolygon", "building": "dormitory", "name": name}
    canvas.relation(members, **tags)


def village(lat_deg: float = 47.1, lon_deg: float = 9.5) -> Canvas:
    """One road, a lane off it, three houses."""
    canvas = Canvas(lat_deg, lon_deg)
    canvas.line([(0.0, 0.0), (120.0, 10.0), (300.0, 0.0)], highway="unclassified")
    canvas.line([(120.0, 10.0), (120.0, 80.0)], highway="service")
    for x_m, name in ((20.0, "Schule"), (126.0, "Mensa"), (220.0, "Wohnheim")):
        canvas.house(x_m, 20, 20, 15, name=name)
    return canvas


def park() -> Canvas:
    """Footpaths alone, winding about ponds, with halls beside them."""
    canvas = Canvas(59.858, 17.639, seed=16)
    for path in range(4):
        wind = [
            (x * 6.0, path * 60.0 + 14 * math.sin(x / (2 + path)) * (0 < x < 60)) for x in range(61)
        ]
        canvas.line(wind, highway="footway", surface="gravel")
    for end_m in (0.0, 360.0):
        canvas.line([(end_m, path * 60.0) for path in range(4)], highway="path")
    canvas.line([(0.0, 0.0), (-80.0, -30.0), (-200.0, -25.0)], highway="footway")
    canvas.line([(0.0, 180.0), (-4.0, 260.0)], highway="cycleway", oneway="yes")
    for number in range(12):
        x_m, y_m = number % 4 * 85 + 10.0, number // 4 * 60 + 20.0
        canvas.house(x_m, y_m, 22, 16, name=f"Sal {number}", building="university")
    canvas.house(-190.0, -20, 20, 12, name="Posten", amenity="post_office")
    return canvas


def roads_only() -> Canvas:
    canvas = sidewalks()
    canvas.ways = {key: one for key, one in canvas.ways.items() if "building" not in one[1]}
    return canvas


def nameless() -> Canvas:
    canvas = gated()
    for table in (canvas.ways, canvas.relations):
        for _, tags in table.values():
            tags.pop("name", None)
    return canvas


def all_one_way() -> Canvas:
    """Streets of one direction each round two blocks, and one that only leads in."""
    canvas = Canvas(40.44, -79.94)
    canvas.line(
        [(0.0, 0.0), (120.0, 0.0), (120.0, 90.0), (0.0, 90.0), (0.0, 0.0)],
        highway="residential",
        oneway="yes",
    )
    canvas.line(
        [(120.0, 0.0), (240.0, 0.0), (240.0, 90.0), (120.0, 90.0)],
        highway="residential",
        oneway="yes",
    )
    canvas.line([(240.0, 90.0), (400.0, 90.0)], highway="residential", oneway="yes")
    canvas.line([(-90.0, 0.0), (0.0, 0.0)], highway="residential", oneway="-1")
    for x_m in (20.0, 70.0, 150.0, 300.0):
        canvas.house(x_m, 20, 25, 20, name=f"Hall {x_m:.0f}")
    return canvas


def dense() -> Canvas:
    """Wall-to-wall houses in an old town, with lanes between them too tight for some robots."""
    canvas = Canvas(52.205, 0.119, seed=15)
    for lane in range(6):
        tags = {"highway": "pedestrian" if lane % 2 else "living_street", "width": str(3 + lane)}
        canvas.line([(x * 40.0, lane * 30.0) for x in range(7)], **tags)
    for alley in range(7):
        tags = {"highway": "footway", "width": f"{0.7 + alley * 0.2:.1f}"}
        canvas.line([(alley * 40.0, y * 30.0) for y in range(6)], **tags)
    for number in range(90):
        x_m, y_m = number % 18 * 13 + 3.0, number // 18 * 30 + 3.0
        kind = canvas.luck.choice(("terrace", "yes", "house", "college", "retail"))
        door = canvas.node(x_m + 4, y_m, entrance=canvas.luck.choice(("yes", "main", "home")))
        refs = [canvas.spot(*corner) for corner in box(x_m, y_m, 13, 24)]
        named = {"name": f"College {number}"} if number % 4 == 0 else {}
        canvas.way([refs[0], door, *refs[1:], refs[0]], building=kind, **named)
    return canvas


WORLDS: dict[str, Callable[[], Canvas]] = {
    "hilly": hilly,
    "indoors": indoors,
    "sidewalks": sidewalks,
    "gated": gated,
    "village": village,
    "dense": dense,
    "park": park,
    "one way": all_one_way,
    "roads only": roads_only,
    "nameless": nameless,
    "at the date line": lambda: village(-16.8, 179.9995),
    "at the date line, west": lambda: village(-16.8, -179.9990),
    "in the south": lambda: village(-33.957, 18.461),
    "in the north": lambda: village(69.68, 18.97),
    "at the equator": lambda: village(-0.0005, 36.9995),
}
