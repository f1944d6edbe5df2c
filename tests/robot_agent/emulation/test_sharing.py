# SPDX-License-Identifier: Apache-2.0
from msgspec.structs import replace

from robot_agent.emulation.sharing import POINTS_MAX, shared_line, shared_order
from robot_agent.vda5050.codec import decode_order, encode
from robot_agent.vda5050.header import stamped
from robot_agent.vda5050.order import Order
from tests.robot_agent.core.small_world import action, road


def again(order: Order) -> Order:
    """The same from the wire, of other objects."""
    whole = stamped(order, header_id=1, timestamp="-", manufacturer="ACME", serial_number="R1")
    return decode_order(encode(whole))


def test_two_robots_with_the_same_way_keep_it_once_and_it_is_the_same_way() -> None:
    order = road(3)
    one, other = again(order), again(order)
    shared, twin = shared_order(one), shared_order(other)
    assert (shared, twin) == (one, other)
    assert all(a is b for a, b in zip(shared.nodes, twin.nodes, strict=True))
    assert all(a is b for a, b in zip(shared.edges, twin.edges, strict=True))


def test_what_a_robot_has_to_do_on_its_way_is_its_own() -> None:
    order = road(3, actions={2: (action("pick", "p", loadId="1"),)})
    shared, twin = shared_order(again(order)), shared_order(again(order))
    assert shared == again(order)
    assert shared.nodes[2] is not twin.nodes[2]
    assert shared.nodes[2].node_position is twin.nodes[2].node_position
    other = replace(order, nodes=(*order.nodes[:2], replace(order.nodes[2], actions=())))
    assert shared_order(again(other)).nodes[2].actions == ()


def test_a_line_that_is_too_long_is_not_kept() -> None:
    short = tuple((at, 0) for at in range(POINTS_MAX))
    assert shared_line(short) is shared_line(tuple((at, 0) for at in range(POINTS_MAX)))
    long = tuple((at, 0) for at in range(POINTS_MAX + 1))
    assert shared_line(long) is long
    assert shared_line(tuple((at, 0) for at in range(POINTS_MAX + 1))) is not long
