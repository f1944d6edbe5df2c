# SPDX-License-Identifier: Apache-2.0
"""The state message (VDA 5050 2.1.0, section 6.10): all a robot says about itself.

Metres, radians, m/s, kg, percent. What must hold beyond types is in `rules.state_faults`.
"""

from typing import Annotated, Literal

import msgspec

from robot_agent.vda5050.header import Message, Text, UInt32, Wire
from robot_agent.vda5050.order import Angle, NonNegative, Trajectory, UnitInterval

# The 2.1.0 schema forgot PAUSED, the document has it: taken inbound, never sent by our robots.
ActionStatus = Literal["WAITING", "INITIALIZING", "RUNNING", "PAUSED", "FINISHED", "FAILED"]
OperatingMode = Literal["AUTOMATIC", "SEMIAUTOMATIC", "MANUAL", "SERVICE", "TEACHIN"]
ErrorLevel = Literal["WARNING", "FATAL"]
Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]


class NodeStatePosition(Wire, frozen=True, kw_only=True):
    """A node's position as a state may echo it: without the deviations."""

    x: float
    y: float
    map_id: Text
    theta: float | None = None


class NodeState(Wire, frozen=True, kw_only=True):
    """A node still to be traversed."""

    node_id: Text
    sequence_id: UInt32
    released: bool
    node_description: Text | None = None
    node_position: NodeStatePosition | None = None


class EdgeState(Wire, frozen=True, kw_only=True):
    """An edge still to be driven, or being driven."""

    edge_id: Text
    sequence_id: UInt32
    released: bool
    edge_description: Text | None = None
    trajectory: Trajectory | None = None


class AgvPosition(Wire, frozen=True, kw_only=True):
    """Where the robot is: metres and radians in [-pi, pi], right-handed."""

    x: float
    y: float
    theta: Angle
    map_id: Text
    position_initialized: bool
    map_description: Text | None = None
    localization_score: UnitInterval | None = None
    deviation_range: float | None = None


class Velocity(Wire, frozen=True, kw_only=True):
    """In the robot's own frame: m/s and rad/s."""

    vx: float | None = None
    vy: float | None = None
    omega: float | None = None


class BoundingBoxReference(Wire, frozen=True, kw_only=True):
    """Where a load's box lies on the robot, metres and radians."""

    x: float
    y: float
    z: float
    theta: float | None = None


class LoadDimensions(Wire, frozen=True, kw_only=True):
    """Metres."""

    length: float
    width: float
    height: float | None = None


class Load(Wire, frozen=True, kw_only=True):
    """Something carried; ours: the parcel's id, its size and its compartment. `weight` in kg."""

    load_id: Text | None = None
    load_type: Text | None = None
    load_position: Text | None = None
    bounding_box_reference: BoundingBoxReference | None = None
    load_dimensions: LoadDimensions | None = None
    weight: NonNegative | None = None


class ActionState(Wire, frozen=True, kw_only=True):
    """How far an action is; FINISHED and FAILED are final."""

    action_id: Text
    action_status: ActionStatus
    action_type: Text | None = None
    action_description: Text | None = None
    result_description: Text | None = None


class BatteryState(Wire, frozen=True, kw_only=True):
    """`battery_charge` in percent (0 to 100), `battery_voltage` in V, `reach` in metres."""

    battery_charge: Percent
    charging: bool
    battery_voltage: float | None = None
    battery_health: Percent | None = None
    reach: NonNegative | None = None


class ErrorReference(Wire, frozen=True, kw_only=True):
    """What an error is about; the value is always a string."""

    reference_key: Text
    reference_value: Text


class Error(Wire, frozen=True, kw_only=True):
    """WARNING: ready to work. FATAL: a person is needed."""

    error_type: Text
    error_level: ErrorLevel
    error_references: tuple[ErrorReference, ...] = ()
    error_description: Text | None = None
    error_hint: Text | None = None


class Info(Wire, frozen=True, kw_only=True):
    """For display and debugging only: nothing may be decided on it."""

    info_type: Text
    info_level: Literal["INFO", "DEBUG"]
    info_references: tuple[ErrorReference, ...] = ()
    info_description: Text | None = None


class SafetyState(Wire, frozen=True, kw_only=True):
    """Emergency stop (how it is to be acknowledged) and whether the protective field is hit."""

    e_stop: Literal["AUTOACK", "MANUAL", "REMOTE", "NONE"]
    field_violation: bool


class MapInfo(Wire, frozen=True, kw_only=True):
    """A map the robot holds."""

    map_id: Text
    map_version: Text
    map_status: Literal["ENABLED", "DISABLED"]
    map_description: Text | None = None


class State(Message, frozen=True, kw_only=True):
    """`order_id` is "" where there never was an order and stays after the order's end."""

    order_id: Text
    order_update_id: UInt32
    last_node_id: Text
    last_node_sequence_id: UInt32
    driving: bool
    operating_mode: OperatingMode
    node_states: tuple[NodeState, ...]
    edge_states: tuple[EdgeState, ...]
    action_states: tuple[ActionState, ...]
    battery_state: BatteryState
    errors: tuple[Error, ...]
    safety_state: SafetyState
    maps: tuple[MapInfo, ...] = ()
    zone_set_id: Text | None = None
    paused: bool | None = None
    new_base_request: bool | None = None
    distance_since_last_node: float | None = None
    agv_position: AgvPosition | None = None
    velocity: Velocity | None = None
    loads: tuple[Load, ...] | None = None
    information: tuple[Info, ...] = ()
