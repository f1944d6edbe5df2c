# SPDX-License-Identifier: Apache-2.0
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.core.events import CodeEntered, OrderReceived
from robot_agent.vda5050.codec import WireError, decode_order, encode
from robot_agent.vda5050.header import stamped
from robot_agent.vda5050.order import ControlPoint, Trajectory
from tests.robot_agent.core.small_world import World, drop, handover, pick, road

BENDS = Trajectory(
    degree=1,
    knot_vector=(0, 0, 0.5, 1, 1),
    control_points=(ControlPoint(x=0, y=0), ControlPoint(x=0, y=10), ControlPoint(x=10, y=0)),
)
ORDER = json.loads(
    encode(
        stamped(
            road(
                3,
                actions={0: (pick("p"),), 1: (handover("p"), drop("p"))},
                trajectory=BENDS,
                length=20.0,
                max_speed=0.9,
            ),
            header_id=0,
            timestamp="2026-01-31T12:00:00Z",
            manufacturer="ACME",
            serial_number="R7",
        )
    )
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([1e308, -1e308, 1e-308, -1.0, 0, 2**32 - 1, 2**63, -1]),
    st.sampled_from(
        ["", "\ud800", "n0", "n1", "S1", "handover", "HARD", "NONE", "\x00", "p" * 999]
    ),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, child in children:
        found.append((*path, key))
        if isinstance(child, dict | list):
            found += leaves(child, (*path, key))
    return found


PATHS = leaves(ORDER)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PATHS), VALUES), min_size=1, max_size=3))
def test_no_order_however_strange_stops_a_robot(
    changes: list[tuple[tuple[Any, ...], Any]],
) -> None:
    """It is refused by the codec, rejected with an error, or done; the state keeps the rules."""
    message = json.loads(json.dumps(ORDER))
    for path, value in changes:
        holder = message
        try:
            for key in path[:-1]:
                holder = holder[key]
            holder[path[-1]] = value
        except (TypeError, KeyError, IndexError):
            continue  # An earlier change has taken this place away.
    try:
        order = decode_order(json.dumps(message).encode())
    except WireError:
        return
    world = World()
    world.feed(OrderReceived(order))
    world.feed(CodeEntered("1234"))
    world.run_until(100_000)
    world.feed(CodeEntered("\u0663"))
    for state in world.states:
        encode(state)
    world.robot.snapshot()
    assert world.state.errors or world.state.order_id
