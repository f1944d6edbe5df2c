# SPDX-License-Identifier: Apache-2.0
"""The factsheet message (VDA 5050 2.1.0, section 6.15): what a robot is and can do.

Metres, m/s, m/s2, kg, seconds.
"""

from typing import Any, Literal

import msgspec

from robot_agent.vda5050.header import Message, Text, Wire
from robot_agent.vda5050.order import BlockingType, NonNegative
from robot_agent.vda5050.state import BoundingBoxReference, LoadDimensions

ActionScope = Literal["INSTANT", "NODE", "EDGE"]
ValueDataType = Literal["BOOL", "NUMBER", "INTEGER", "FLOAT", "STRING", "OBJECT", "ARRAY"]
Localization = Literal["NATURAL", "REFLECTOR", "RFID", "DMC", "SPOT", "GRID"]
Navigation = Literal["PHYSICAL_LINE_GUIDED", "VIRTUAL_LINE_GUIDED", "AUTONOMOUS"]


class TypeSpecification(Wire, frozen=True, kw_only=True):
    """The kind of vehicle."""

    series_name: Text
    agv_kinematic: Literal["DIFF", "OMNI", "THREEWHEEL"]
    agv_class: Literal["FORKLIFT", "CONVEYOR", "TUGGER", "CARRIER"]
    max_load_mass: NonNegative
    localization_types: tuple[Localization, ...]
    navigation_types: tuple[Navigation, ...]
    series_description: Text | None = None


class PhysicalParameters(Wire, frozen=True, kw_only=True):
    """`height_min` is always sent: version 2.0.0 requires it."""

    speed_min: float
    speed_max: float
    acceleration_max: float
    deceleration_max: float
    height_min: float
    height_max: float
    width: float
    length: float


class MaxStringLens(Wire, frozen=True, kw_only=True):
    """Lengths in characters, where the robot has a limit."""

    msg_len: int | None = None
    topic_serial_len: int | None = None
    topic_elem_len: int | None = None
    id_len: int | None = None
    id_numerical_only: bool | None = None
    enum_len: int | None = None
    load_id_len: int | None = None


class MaxArrayLens(Wire, frozen=True, kw_only=True):
    """How many of each the robot can hold, where it has a limit."""

    order_nodes: int | None = msgspec.field(default=None, name="order.nodes")
    order_edges: int | None = msgspec.field(default=None, name="order.edges")
    node_actions: int | None = msgspec.field(default=None, name="node.actions")
    edge_actions: int | None = msgspec.field(default=None, name="edge.actions")
    instant_actions: int | None = None
    trajectory_knot_vector: int | None = msgspec.field(default=None, name="trajectory.knotVector")
    trajectory_control_points: int | None = msgspec.field(
        default=None, name="trajectory.controlPoints"
    )


class Timing(Wire, frozen=True, kw_only=True):
    """Seconds."""

    min_order_interval: float
    min_state_interval: float
    default_state_interval: float | None = None
    visualization_interval: float | None = None


class ProtocolLimits(Wire, frozen=True, kw_only=True):
    """Lengths of strings and arrays, and timing."""

    max_string_lens: MaxStringLens
    max_array_lens: MaxArrayLens
    timing: Timing


class OptionalParameter(Wire, frozen=True, kw_only=True):
    """An optional field of the order, such as `edge.trajectory`, that the robot uses."""

    parameter: Text
    support: Literal["SUPPORTED", "REQUIRED"]
    description: Text | None = None


class FactsheetActionParameter(Wire, frozen=True, kw_only=True):
    """A parameter of an action the robot can do."""

    key: Text
    value_data_type: ValueDataType
    description: Text | None = None
    is_optional: bool | None = None


class AgvAction(Wire, frozen=True, kw_only=True):
    """An action the robot can do.

    We never send `blocking_types`: the published schema has its enum on the array itself, so that
    no value at all is valid.
    """

    action_type: Text
    action_scopes: tuple[ActionScope, ...]
    action_description: Text | None = None
    action_parameters: tuple[FactsheetActionParameter, ...] = ()
    result_description: Text | None = None
    blocking_types: tuple[BlockingType, ...] = ()


class ProtocolFeatures(Wire, frozen=True, kw_only=True):
    """What of the protocol the robot uses."""

    optional_parameters: tuple[OptionalParameter, ...]
    agv_actions: tuple[AgvAction, ...]


class AgvGeometry(Wire, frozen=True, kw_only=True):
    """Wheels and envelopes; kept as plain JSON: nothing here decides on them."""

    wheel_definitions: tuple[dict[str, Any], ...] = ()
    envelopes2d: tuple[dict[str, Any], ...] = ()
    envelopes3d: tuple[dict[str, Any], ...] = ()


class LoadSet(Wire, frozen=True, kw_only=True):
    """A kind of load and where it may ride. Metres, kg, seconds."""

    set_name: Text
    load_type: Text
    load_positions: tuple[Text, ...] = ()
    bounding_box_reference: BoundingBoxReference | None = None
    load_dimensions: LoadDimensions | None = None
    max_weight: float | None = None
    pick_time: float | None = None
    drop_time: float | None = None
    description: Text | None = None


class LoadSpecification(Wire, frozen=True, kw_only=True):
    """`load_positions` are our compartments."""

    load_positions: tuple[Text, ...] = ()
    load_sets: tuple[LoadSet, ...] = ()


class Factsheet(Message, frozen=True, kw_only=True):
    """Retained; also sent on factsheetRequest."""

    type_specification: TypeSpecification
    physical_parameters: PhysicalParameters
    protocol_limits: ProtocolLimits
    protocol_features: ProtocolFeatures
    agv_geometry: AgvGeometry
    load_specification: LoadSpecification
