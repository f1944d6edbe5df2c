# SPDX-License-Identifier: Apache-2.0
"""Campuses that chance draws: streets on a grid with any tags, houses anywhere (CC0)."""

from tests.dispatcher.roads.importers.osm.osm_canvas import Canvas, Spot

USUAL = ("service", "footway", "residential", "path", "pedestrian", "cycleway")
ANY = (
    *USUAL,
    *("steps", "tertiary", "secondary", "primary", "living_street", "track", "unclassified"),
    *("corridor", "elevator", "construction", "platform", "motorway_link", "road", "bridleway"),
)
WAYS = (
    *("", "", "", "oneway=yes", "oneway=-1", "bridge=yes", "tunnel=yes", "access=private"),
    *("foot=no", "width=0.8", "width=6", "incline=8%", "level=1", "footway=crossing"),
    *("footway=sidewalk", "service=driveway", "sidewalk=separate", "surface=sand", "area=yes"),
    *("opening_hours=Mo-Fr 08:00-18:00", "tunnel=building_passage", "service=fire_lane"),
    *("junction=roundabout", "bicycle=designated", "layer=-1", "covered=yes"),
)
NODES = (
    *("barrier=gate", "barrier=bollard", "highway=crossing", "kerb=raised", "barrier=wall"),
    *("highway=elevator", "entrance=yes", "opening_hours=06:00-22:00", "barrier=lift_gate"),
)
HOUSES = ("yes", "dormitory", "apartments", "roof", "university")


def made_up(seed: int) -> Canvas:
    """The same seed draws the same campus."""
    canvas = Canvas(0.0, 0.0, seed)
    luck = canvas.luck
    canvas = Canvas(luck.uniform(-60, 68), luck.uniform(-180, 180), seed)
    step_m, side = luck.choice((25.0, 40.0, 60.0)), luck.randint(3, 8)
    for _ in range(luck.randint(4, 40)):
        x, y = luck.randrange(side), luck.randrange(side)
        spots: list[Spot] = [(x * step_m, y * step_m)]
        for _ in range(luck.randint(1, 7)):
            dx, dy = luck.choice(((0, 1), (1, 0), (0, -1), (-1, 0), (1, 1)))
            x, y = x + dx, y + dy
            spots.append((x * step_m, y * step_m))
        if luck.random() < 0.15:
            spots.append(spots[0])
        tags = {"highway": luck.choice(USUAL if luck.random() < 0.7 else ANY)}
        tags |= _tags(luck.choice(WAYS)) | _tags(luck.choice(WAYS))
        canvas.line(spots, "above" if luck.random() < 0.1 else "", **tags)
    for _, tags in canvas.nodes.values():
        if luck.random() < 0.08:
            tags |= _tags(luck.choice(NODES))
    for number in range(luck.randint(0, 25)):
        x_m, y_m = luck.uniform(-10, side * step_m), luck.uniform(-10, side * step_m)
        named = {"name": f"Hall {number}"} if luck.random() < 0.6 else {}
        wide_m, deep_m = luck.uniform(3, 30), luck.uniform(3, 30)
        canvas.house(x_m, y_m, wide_m, deep_m, building=luck.choice(HOUSES), **named)
    return canvas


def _tags(text: str) -> dict[str, str]:
    key, _, value = text.partition("=")
    return {key: value} if key else {}
