# SPDX-License-Identifier: Apache-2.0
"""The demo's robots: what they are, where they stand in the morning, their keys.

What must hold: the same graph, count and seed give the same fleet; no more robots stand at a place
than it has slots, as long as the campus has room for all of them.
"""

from hashlib import sha256
from typing import Final, NamedTuple

from dispatcher.core.site import Policy, RobotEntry
from dispatcher.roads.graph import RoadGraph
from robot_agent.core.spec import RobotSpec

MANUFACTURER: Final = "DROVER"
COMPARTMENTS: Final = (
    *(f"S{number}" for number in range(1, 9)),
    *(f"M{number}" for number in range(1, 6)),
    *(f"L{number}" for number in range(1, 3)),
)
IDLE_MW: Final = 20_000
MS_PER_H: Final = 3_600_000


class FleetRobot(NamedTuple):
    """One robot as the site registers it, the node where it stands, its charge and its key."""

    entry: RobotEntry
    node: str
    battery_pct: int
    key: bytes


def demo_fleet(graph: RoadGraph, count: int, seed: int) -> tuple[FleetRobot, ...]:
    """`count` robots on the campus's parking places, then on its chargers and stations.

    Raises ValueError where the campus has none of these.
    """
    berths = [
        place.node
        for role in ("parking", "charger", "station")
        for place in graph.places(role)
        for _ in range(place.slots)
    ]
    if not berths:
        raise ValueError(f"campus {graph.campus.site.id} has no place where a robot may stand")
    return tuple(_robot(number, berths, count, seed) for number in range(count))


def spec_of(
    robot: FleetRobot, graph: RoadGraph, policy: Policy, min_state_interval_ms: int
) -> RobotSpec:
    """What the robot's own core is told. It charges as fast as the policy thinks."""
    manufacturer, _, serial = robot.entry.id.partition("/")
    node = graph.node(robot.node)
    return RobotSpec(
        manufacturer=manufacturer,
        serial=serial,
        compartments=robot.entry.compartments,
        speed_mm_s=policy.speed_mm_s,
        battery_mwh=robot.entry.battery_mwh,
        drive_mwh_per_km=robot.entry.drive_mwh_per_km,
        idle_mw=IDLE_MW,
        charge_mw=robot.entry.battery_mwh * policy.charge_pct_per_h // 100 + IDLE_MW,
        start_node=robot.node,
        start_x_mm=node.x_mm,
        start_y_mm=node.y_mm,
        map_id=graph.campus.site.id,
        min_state_interval_ms=min_state_interval_ms,
        robot_key=robot.key,
        max_load_g=robot.entry.mass_limit_g,
    )


def _robot(number: int, berths: list[str], count: int, seed: int) -> FleetRobot:
    digits = max(2, len(str(count)))
    robot_id = f"{MANUFACTURER}/R{number + 1:0{digits}}"
    return FleetRobot(
        entry=RobotEntry(id=robot_id, compartments=COMPARTMENTS),
        node=berths[number % len(berths)],
        battery_pct=100 - 7 * (number % 5),
        key=sha256(f"{seed}|key|{robot_id}".encode()).digest(),
    )
