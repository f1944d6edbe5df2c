# SPDX-License-Identifier: Apache-2.0
"""What the robot says it is and can do (VDA 5050 2.1.0, section 6.15)."""

from robot_agent.core.acceptance import MAX_ACTIONS_PER_NODE, MAX_CONTROL_POINTS, MAX_NODES
from robot_agent.core.lengths import MAX_ID
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050 import standing
from robot_agent.vda5050.actions import (
    DELETE_MAP,
    DOWNLOAD_MAP,
    DROP,
    EDGE_ACTIONS,
    ENABLE_MAP,
    EXTEND_WAIT,
    FINE_POSITIONING,
    HANDOVER,
    INIT_POSITION,
    INSTANT_ACTIONS,
    LOG_REPORT,
    PICK,
    RELEASE_STOP,
    SIGNAL,
    START_CHARGING,
    TRIGGER,
    WAIT_FOR_TRIGGER,
)
from robot_agent.vda5050.factsheet import (
    ActionScope,
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
    ("loadId", "STRING", True),
    ("loadType", "STRING", True),
    ("lhd", "STRING", True),
    ("durationMs", "INTEGER", True),
)
_AT_DOOR: Parameters = (
    ("direction", "STRING", False),
    ("compartment", "STRING", False),
    ("parcel", "STRING", False),
    ("codeVersion", "INTEGER", False),
    ("digest", "STRING", False),
    ("waitMs", "INTEGER", False),
    ("loadType", "STRING", True),
)
_SOME_MAP: Parameters = (("mapId", "STRING", False), ("mapVersion", "STRING", False))
_NODE_ACTIONS: dict[str, tuple[str, Parameters]] = {
    PICK: ("the dock loads a compartment", _AT_DOCK),
    DROP: ("the dock empties a compartment", _AT_DOCK),
    HANDOVER: ("one compartment opened for one person with a code", _AT_DOOR),
    START_CHARGING: ("charges where it stands; ends by itself when there is a way to go", ()),
    WAIT_FOR_TRIGGER: (
        "stands until the instant action trigger names it",
        (("triggerType", "STRING", True), ("timeoutMs", "INTEGER", True)),
    ),
    FINE_POSITIONING: (
        "stands exactly on the node",
        (("stationType", "STRING", True), ("stationName", "STRING", True)),
    ),
    SIGNAL: ("lights or horn; on an edge until its end", (("kind", "STRING", True),)),
}
_INSTANT_PARAMETERS: dict[str, Parameters] = {
    INIT_POSITION: (
        ("x", "FLOAT", False),
        ("y", "FLOAT", False),
        ("theta", "FLOAT", False),
        ("mapId", "STRING", False),
        ("lastNodeId", "STRING", True),
    ),
    LOG_REPORT: (("reason", "STRING", True),),
    # The standard leaves mapHash optional; this robot takes no map without.
    DOWNLOAD_MAP: (
        *_SOME_MAP,
        ("mapDownloadLink", "STRING", False),
        ("mapHash", "STRING", False),
    ),
    ENABLE_MAP: _SOME_MAP,
    DELETE_MAP: _SOME_MAP,
    TRIGGER: (("actionId", "STRING", False),),
    EXTEND_WAIT: (("waitMs", "INTEGER", False),),
    RELEASE_STOP: (
        (standing.CAUSE, "STRING", False),
        (standing.INCIDENT, "INTEGER", False),
    ),
}


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
            acceleration_max=spec.acceleration_mm_s2 / 1000,
            deceleration_max=spec.deceleration_mm_s2 / 1000,
            height_min=spec.height_mm / 1000,
            height_max=spec.height_mm / 1000,
            width=spec.width_mm / 1000,
            length=spec.length_mm / 1000,
        ),
        protocol_limits=ProtocolLimits(
            max_string_lens=MaxStringLens(id_len=MAX_ID, load_id_len=MAX_ID),
            max_array_lens=MaxArrayLens(
                order_nodes=MAX_NODES,
                order_edges=MAX_NODES - 1,
                node_actions=MAX_ACTIONS_PER_NODE,
                edge_actions=MAX_ACTIONS_PER_NODE,
                trajectory_control_points=MAX_CONTROL_POINTS,
                trajectory_knot_vector=MAX_CONTROL_POINTS + 2,
            ),
            timing=Timing(
                min_order_interval=0.0,
                min_state_interval=spec.min_state_interval_ms / 1000,
                default_state_interval=spec.state_period_ms / 1000,
                visualization_interval=spec.visualization_ms / 1000
                if spec.visualization_ms
                else None,
            ),
        ),
        protocol_features=ProtocolFeatures(
            optional_parameters=(
                OptionalParameter(parameter="node.nodePosition", support="REQUIRED"),
                OptionalParameter(parameter="edge.trajectory", support="SUPPORTED"),
                OptionalParameter(parameter="edge.maxSpeed", support="SUPPORTED"),
                OptionalParameter(parameter="edge.length", support="SUPPORTED"),
                OptionalParameter(parameter="edge.corridor", support="SUPPORTED"),
                OptionalParameter(parameter="edge.maxHeight", support="SUPPORTED"),
            ),
            agv_actions=_actions(spec),
        ),
        agv_geometry=AgvGeometry(),
        load_specification=LoadSpecification(
            load_positions=spec.compartments, load_sets=_load_sets(spec.compartments)
        ),
    )


def _actions(spec: RobotSpec) -> tuple[AgvAction, ...]:
    """Each type once, with all its scopes."""
    types = dict.fromkeys((*spec.node_actions, *INSTANT_ACTIONS))
    return tuple(_action(action_type, spec) for action_type in types)


def _action(action_type: str, spec: RobotSpec) -> AgvAction:
    scopes: list[ActionScope] = []
    if action_type in spec.node_actions:
        scopes.append("NODE")
        if action_type in EDGE_ACTIONS:
            scopes.append("EDGE")
    if action_type in INSTANT_ACTIONS:
        scopes.append("INSTANT")
    description, parameters = _NODE_ACTIONS.get(
        action_type, (None, _INSTANT_PARAMETERS.get(action_type, ()))
    )
    return AgvAction(
        action_type=action_type,
        action_scopes=tuple(scopes),
        action_description=description,
        action_parameters=tuple(
            FactsheetActionParameter(key=key, value_data_type=kind, is_optional=optional)
            for key, kind, optional in parameters
        ),
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
