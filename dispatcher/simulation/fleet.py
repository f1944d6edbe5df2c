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
from robot_agent.core.memory import Kept
from robot_agent.core.spec import RobotSpec
from robot_agent.emulated_fleet import (
    CHARGE_MW,
    IDLE_MW,
    START_ROLES,
    inclines_of,
    put_on,
    shadows_of,
)
from robot_agent.emulation.faults import Faults
from robot_agent.emulation.people import PeopleParams
from robot_agent.emulation.truth import BodyParams
from robot_agent.service.ground import ground_of

MANUFACTURER: Final = "drover"
SERIAL_PREFIX: Final = "R"
COMPARTMENTS: Final = (
    *(f"S{number}" for number in range(1, 13)),
    *(f"M{number}" for number in range(1, 7)),
    *(f"L{number}" for number in range(1, 3)),
)
CHARGE_PCT_PER_H: Final = 33
"""What the policy reckons with: 500 W into 1.5 kWh."""


class FleetRobot(NamedTuple):
    """One robot as the site registers it, the node where it stands, and its key."""

    entry: RobotEntry
    node: str
    key: bytes


class SimulatedSpec(NamedTuple):
    """A robot, what its body is made of, and what it knows in the morning."""

    spec: RobotSpec
    params: BodyParams
    kept: Kept


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
    robot: FleetRobot,
    graph: RoadGraph,
    policy: Policy,
    people: PeopleParams,
    faults: Faults,
    min_state_interval_ms: int,
) -> SimulatedSpec:
    """What the robot's own core and its body are told. Raises ValueError where a fault names a
    place that the campus does not have."""
    manufacturer, _, serial = robot.entry.id.partition("/")
    node = graph.node(robot.node)
    spec = RobotSpec(
        manufacturer=manufacturer,
        serial=serial,
        compartments=robot.entry.compartments,
        robot_keys=(robot.key,),
        ground=ground_of(graph.campus),
        speed_mm_s=policy.speed_mm_s,
        min_state_interval_ms=min_state_interval_ms,
    )
    params = BodyParams(
        robot_id=robot.entry.id,
        compartments=robot.entry.compartments,
        x_mm=node.x_mm,
        y_mm=node.y_mm,
        speed_mm_s=policy.speed_mm_s,
        acceleration_mm_s2=spec.acceleration_mm_s2,
        deceleration_mm_s2=spec.deceleration_mm_s2,
        battery_mwh=robot.entry.battery_mwh,
        drive_mwh_per_km=robot.entry.drive_mwh_per_km,
        idle_mw=IDLE_MW,
        charge_mw=CHARGE_MW,
        inclines=inclines_of(graph.campus),
        shadows=shadows_of(graph.campus, faults.shadow_places),
        people=people,
        faults=faults,
    )
    return SimulatedSpec(spec, params, put_on(node.id, node.x_mm, node.y_mm))


def _robot(number: int, node: str, seed: int) -> FleetRobot:
    robot_id = f"{MANUFACTURER}/{SERIAL_PREFIX}{number + 1}"
    return FleetRobot(
        entry=RobotEntry(id=robot_id, compartments=COMPARTMENTS),
        node=node,
        key=sha256(f"{seed}|key|{robot_id}".encode()).digest(),
    )
