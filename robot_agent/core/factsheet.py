# SPDX-License-Identifier: Apache-2.0
"""What the robot says it is and can do (VDA 5050 2.1.0, section 6.15)."""

from robot_agent.core.acceptance import MAX_ACTIONS_PER_NODE, MAX_CONTROL_POINTS, MAX_NODES
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050.actions import DROP, HANDOVER, INSTANT_ACTIONS, PICK, START_CHARGING
from robot_agent.vda5050.factsheet import (
    AgvAction,
    AgvGeometry,
    Factsheet,
    FactsheetActionParameter,
    LoadSet,
    LoadSpecification,
    MaxArrayLens,
    MaxStringLens,
    OptionalParameter,
    PhysicalParameters,
    ProtocolFeatures,
    ProtocolLimits,
    Timing,
    TypeSpecification,
    ValueDataType,
)

Parameters = tuple[tuple[str, ValueDataType, bool], ...]

_AT_DOCK: Parameters = (
    ("stationType", "STRING", True),
    ("stationName", "STRING", True),
    ("loadId", "STRING", False),
    ("loadType", "STRING", True),
    ("lhd", "STRING", False),
    ("durationMs", "INTEGER", False),
)
_AT_DOOR: Parameters = (
    ("direction", "STRING", False),
    ("compartment", "STRING", False),
    ("parcel", "STRING", False),
    ("codeVersion", "INTEGER", False),
    ("digest", "STRING", True),
    ("waitMs", "INTEGER", False),
    ("loadType", "STRING", True),
)
_NODE_ACTIONS: tuple[tuple[str, str, Parameters], ...] = (
    (PICK, "the dock loads a compartment", _AT_DOCK),
    (DROP, "the dock empties a compartment", _AT_DOCK),
    (HANDOVER, "one compartment opened for one person with a code", _AT_DOOR),
    (START_CHARGING, "charges where it stands", ()),
)


def factsheet(spec: RobotSpec) -> Factsheet:
    """Derived from the spec alone."""
    return Factsheet(
        type_specification=TypeSpecification(
            series_name="drover-courier",
            agv_kinematic="DIFF",
            agv_class="CARRIER",
            max_load_mass=spec.max_load_g / 1000,
            localization_types=("NATURAL",),
            navigation_types=("AUTONOMOUS",),
        ),
        physical_parameters=PhysicalParameters(
            speed_min=0.0,
            speed_max=spec.speed_mm_s / 1000,
            acceleration_max=1.0,
            deceleration_max=2.0,
            height_min=1.1,
            height_max=1.1,
            width=0.7,
            length=1.2,
        ),
        protocol_limits=ProtocolLimits(
            max_string_lens=MaxStringLens(),
            max_array_lens=MaxArrayLens(
                order_nodes=MAX_NODES,
                order_edges=MAX_NODES - 1,
                node_actions=MAX_ACTIONS_PER_NODE,
                edge_actions=0,
                trajectory_control_points=MAX_CONTROL_POINTS,
                trajectory_knot_vector=MAX_CONTROL_POINTS + 2,
            ),
            timing=Timing(
                min_order_interval=0.0,
                min_state_interval=spec.min_state_interval_ms / 1000,
                default_state_interval=spec.state_period_ms / 1000,
            ),
        ),
        protocol_features=ProtocolFeatures(
            optional_parameters=(
                OptionalParameter(parameter="node.nodePosition", support="REQUIRED"),
                OptionalParameter(parameter="edge.trajectory", support="SUPPORTED"),
                OptionalParameter(parameter="edge.maxSpeed", support="SUPPORTED"),
                OptionalParameter(parameter="edge.length", support="SUPPORTED"),
                OptionalParameter(parameter="edge.corridor", support="SUPPORTED"),
            ),
            agv_actions=(*_node_actions(), *_instant_actions()),
        ),
        agv_geometry=AgvGeometry(),
        load_specification=LoadSpecification(
            load_positions=spec.compartments, load_sets=_load_sets(spec.compartments)
        ),
    )


def _node_actions() -> tuple[AgvAction, ...]:
    return tuple(
        AgvAction(
            action_type=action_type,
            action_scopes=("NODE",),
            action_description=description,
            action_parameters=tuple(
                FactsheetActionParameter(key=key, value_data_type=kind, is_optional=optional)
                for key, kind, optional in parameters
            ),
        )
        for action_type, description, parameters in _NODE_ACTIONS
    )


def _instant_actions() -> tuple[AgvAction, ...]:
    return tuple(
        AgvAction(action_type=action_type, action_scopes=("INSTANT",))
        for action_type in INSTANT_ACTIONS
    )


def _load_sets(compartments: tuple[str, ...]) -> tuple[LoadSet, ...]:
    """A larger compartment may hold a smaller parcel."""
    sizes = ("S", "M", "L")
    return tuple(
        LoadSet(
            set_name=size,
            load_type=size,
            load_positions=tuple(one for one in compartments if one[:1] in sizes[rank:]),
        )
        for rank, size in enumerate(sizes)
    )
