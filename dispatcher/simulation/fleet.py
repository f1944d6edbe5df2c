# SPDX-License-Identifier: Apache-2.0
"""The demo's robots: what they are, where they stand in the morning, their keys.

What must hold: the same graph, count and seed give the same fleet, and it is the one that
`dispatcher demo` lets `robot-agent emulate` play; no more robots stand at a place than it has
slots, as long as the campus has room for all of them.
"""

from hashlib import sha256
from typing import Final, NamedTuple

from dispatcher.core.site import Policy, RobotEntry
from dispatcher.roads.graph import RoadGraph
from robot_agent.core.spec import RobotSpec

MANUFACTURER: Final = "drover"
SERIAL_PREFIX: Final = "R"
COMPARTMENTS: Final = (
    *(f"S{number}" for number in range(1, 13)),
    *(f"M{number}" for number in range(1, 7)),
    *(f"L{number}" for number in range(1, 3)),
)
START_ROLES: Final = ("station", "parking", "charger", "stop")
IDLE_MW: Final = 20_000
CHARGE_MW: Final = 500_000
CHARGE_PCT_PER_H: Final = 33
"""What the policy reckons with: 500 W into 1.5 kWh."""


class FleetRobot(NamedTuple):
    """One robot as the site registers it, the node where it stands, and its key."""

    entry: RobotEntry
    node: str
    key: bytes


def demo_fleet(graph: RoadGraph, count: int, seed: int) -> tuple[FleetRobot, ...]:
    """`count` robots, a slot each; with more robots than slots they double up.

    Raises ValueError where the campus has no place at all.
    """
    berths = [
        place.node
        for role in START_ROLES
        for place in graph.places(role)
        for _ in range(max(1, place.slots))
    ]
    if not berths:
        raise ValueError(f"campus {graph.campus.site.id} has no place where a robot may stand")
    return tuple(_robot(number, berths[number % len(berths)], seed) for number in range(count))


def spec_of(
    robot: FleetRobot, graph: RoadGraph, policy: Policy, min_state_interval_ms: int
) -> RobotSpec:
    """What the robot's own core is told."""
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
        charge_mw=CHARGE_MW,
        start_node=robot.node,
        start_x_mm=node.x_mm,
        start_y_mm=node.y_mm,
        map_id=graph.campus.site.id,
        min_state_interval_ms=min_state_interval_ms,
        robot_key=robot.key,
    )


def _robot(number: int, node: str, seed: int) -> FleetRobot:
    robot_id = f"{MANUFACTURER}/{SERIAL_PREFIX}{number + 1}"
    return FleetRobot(
        entry=RobotEntry(id=robot_id, compartments=COMPARTMENTS),
        node=node,
        key=sha256(f"{seed}|key|{robot_id}".encode()).digest(),
    )
