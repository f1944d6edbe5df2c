# SPDX-License-Identifier: Apache-2.0
"""One full message of each kind, for tests."""

from robot_agent.vda5050.connection import Connection
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
)
from robot_agent.vda5050.header import Message, stamped
from robot_agent.vda5050.instant_actions import InstantActions
from robot_agent.vda5050.order import (
    Action,
    ActionParameter,
    ControlPoint,
    Corridor,
    Edge,
    Node,
    NodePosition,
    Order,
    Trajectory,
)
from robot_agent.vda5050.state import (
    ActionState,
    AgvPosition,
    BatteryState,
    EdgeState,
    Error,
    ErrorReference,
    Info,
    Load,
    LoadDimensions,
    MapInfo,
    NodeState,
    NodeStatePosition,
    SafetyState,
    State,
    Velocity,
)
from robot_agent.vda5050.topics import TopicName
from robot_agent.vda5050.visualization import Visualization

TRAJECTORY = Trajectory(
    degree=1,
    knot_vector=(0, 0, 0.5, 1, 1),
    control_points=(ControlPoint(x=0, y=0), ControlPoint(x=5, y=1), ControlPoint(x=10, y=0)),
)
ACTION = Action(
    action_type="handover",
    action_id="h1",
    blocking_type="SOFT",
    action_description="give it out",
    action_parameters=(
        ActionParameter(key="waitMs", value=240_000),
        ActionParameter(key="parcel", value="p-7"),
        ActionParameter(key="list", value=[1, {"a": True}]),
    ),
)
POSE = AgvPosition(
    x=1.25, y=-7.5, theta=3.0, map_id="demo", position_initialized=True, localization_score=0.9
)
ORDER = Order(
    order_id="o1",
    order_update_id=0,
    nodes=(
        Node(node_id="a", sequence_id=0, released=True, actions=()),
        Node(
            node_id="b",
            sequence_id=2,
            released=True,
            actions=(ACTION,),
            node_position=NodePosition(
                x=10, y=0, map_id="demo", theta=0.5, allowed_deviation_xy=0.25
            ),
        ),
        Node(node_id="c", sequence_id=4, released=False, actions=()),
    ),
    edges=(
        Edge(
            edge_id="a-b",
            sequence_id=1,
            released=True,
            start_node_id="a",
            end_node_id="b",
            actions=(),
            max_speed=1.5,
            length=10.2,
            trajectory=TRAJECTORY,
            corridor=Corridor(left_width=0.4, right_width=0.5),
        ),
        Edge(
            edge_id="b-c",
            sequence_id=3,
            released=False,
            start_node_id="b",
            end_node_id="c",
            actions=(),
        ),
    ),
)
STATE = State(
    order_id="o1",
    order_update_id=0,
    last_node_id="a",
    last_node_sequence_id=0,
    driving=True,
    paused=False,
    new_base_request=False,
    distance_since_last_node=3.5,
    operating_mode="AUTOMATIC",
    node_states=(
        NodeState(
            node_id="b",
            sequence_id=2,
            released=True,
            node_position=NodeStatePosition(x=10, y=0, map_id="demo"),
        ),
        NodeState(node_id="c", sequence_id=4, released=False),
    ),
    edge_states=(
        EdgeState(edge_id="a-b", sequence_id=1, released=True, trajectory=TRAJECTORY),
        EdgeState(edge_id="b-c", sequence_id=3, released=False),
    ),
    action_states=(
        ActionState(
            action_id="h1",
            action_status="WAITING",
            action_type="handover",
            result_description="collected",
        ),
    ),
    battery_state=BatteryState(battery_charge=81.5, charging=False, battery_voltage=48.2),
    errors=(
        Error(
            error_type="orderError",
            error_level="WARNING",
            error_description="another order is active",
            error_references=(ErrorReference(reference_key="orderId", reference_value="o2"),),
        ),
    ),
    safety_state=SafetyState(e_stop="NONE", field_violation=False),
    maps=(MapInfo(map_id="demo", map_version="1", map_status="ENABLED"),),
    agv_position=POSE,
    velocity=Velocity(vx=1.5),
    loads=(
        Load(
            load_id="p-7",
            load_type="S",
            load_position="S1",
            load_dimensions=LoadDimensions(length=0.3, width=0.2),
        ),
    ),
    information=(Info(info_type="ours", info_level="DEBUG"),),
)
FACTSHEET = Factsheet(
    type_specification=TypeSpecification(
        series_name="demo",
        agv_kinematic="DIFF",
        agv_class="CARRIER",
        max_load_mass=50,
        localization_types=("NATURAL",),
        navigation_types=("AUTONOMOUS",),
    ),
    physical_parameters=PhysicalParameters(
        speed_min=0.1,
        speed_max=2.5,
        acceleration_max=1,
        deceleration_max=2,
        height_min=1.1,
        height_max=1.1,
        width=0.7,
        length=1.2,
    ),
    protocol_limits=ProtocolLimits(
        max_string_lens=MaxStringLens(id_len=128),
        max_array_lens=MaxArrayLens(order_nodes=1000, trajectory_control_points=200),
        timing=Timing(min_order_interval=0.1, min_state_interval=0.5),
    ),
    protocol_features=ProtocolFeatures(
        optional_parameters=(OptionalParameter(parameter="edge.trajectory", support="SUPPORTED"),),
        agv_actions=(
            AgvAction(
                action_type="pick",
                action_scopes=("NODE",),
                action_parameters=(
                    FactsheetActionParameter(key="lhd", value_data_type="STRING", is_optional=True),
                ),
            ),
        ),
    ),
    agv_geometry=AgvGeometry(),
    load_specification=LoadSpecification(
        load_positions=("S1",), load_sets=(LoadSet(set_name="S", load_type="S"),)
    ),
)
UNSTAMPED: dict[TopicName, Message] = {
    "order": ORDER,
    "instantActions": InstantActions(actions=(ACTION,)),
    "state": STATE,
    "visualization": Visualization(agv_position=POSE, velocity=Velocity(vx=1.0)),
    "connection": Connection(connection_state="ONLINE"),
    "factsheet": FACTSHEET,
}


def sample(name: TopicName) -> Message:
    """Stamped as a robot or master would."""
    return stamped(
        UNSTAMPED[name],
        header_id=0,
        timestamp="2026-01-31T12:00:00.120Z",
        manufacturer="ACME",
        serial_number="R7",
    )
