# SPDX-License-Identifier: Apache-2.0
"""Order ids of the own site are SITE-EPOCH-NUMBER; those of other masters are remembered."""

import pytest
from msgspec.structs import replace

from robot_agent.core.events import ClockTrusted, Ground
from tests.robot_agent.core.small_world import SPEC, World, road


def taken(world: World, order_id: str) -> bool:
    world.order(road(1, order_id=order_id))
    return world.state.order_id == order_id


def test_an_order_of_an_older_journal_is_rejected() -> None:
    world = World()
    assert taken(world, "road-3-1")
    assert not taken(world, "road-2-99")
    assert world.errors == ["orderError"]
    assert world.references["orderId"] == "road-2-99"
    assert "older journal" in (world.state.errors[0].error_description or "")
    assert taken(world, "road-4-1")


def test_an_order_that_was_given_before_is_not_done_again() -> None:
    world = World()
    assert taken(world, "road-1-7")
    assert taken(world, "road-1-9")
    assert not taken(world, "road-1-7")
    assert not taken(world, "road-1-8")
    assert "given before" in (world.state.errors[0].error_description or "")
    assert taken(world, "road-1-10")


def test_the_highest_epoch_outlives_a_restart() -> None:
    world = World()
    assert taken(world, "road-5-2")
    again = world.restarted()
    assert not taken(again, "road-4-100")
    assert not taken(again, "road-5-1")
    assert taken(again, "road-5-3")


def test_a_site_may_have_hyphens_in_its_name() -> None:
    world = World(replace(SPEC, ground=Ground("old-town-1", "1")))
    order = road(1, order_id="old-town-1-2-3")
    node = replace(order.nodes[0], node_position=None, node_id="")
    here = replace(order.nodes[0].node_position, map_id="old-town-1")  # type: ignore[type-var]
    world.order(replace(order, nodes=(replace(node, node_id="n0", node_position=here),)))
    assert world.state.order_id == "old-town-1-2-3"
    assert world.robot._memory.kept.epoch == (2, 3)


def test_another_masters_order_is_not_done_twice() -> None:
    world = World()
    assert taken(world, "a")
    assert taken(world, "b")
    assert not taken(world, "a")
    assert world.errors == ["orderError"]
    again = world.restarted()
    assert not taken(again, "a")
    for number in range(100):
        assert taken(again, f"x{number}")
    assert taken(again, "a"), "only the last hundred are remembered"


TODAY_S = 1_790_000_000


def test_an_order_of_a_journal_that_cannot_be_yet_does_not_shut_out_all_that_follow() -> None:
    """The host's own time began with the machine; only the wall clock tells of years."""
    world = World()
    world.feed(ClockTrusted(trusted=True, wall_ms=TODAY_S * 1000))
    for epoch in (TODAY_S + 24 * 3_600 + 1, 9_999_999_999, 99_999_999_999, 999_999_999_999_999):
        assert not taken(world, f"road-{epoch}-1")
        assert set(world.errors) == {"orderError"}
    assert taken(world, f"road-{TODAY_S}-7")
    assert taken(world, f"road-{TODAY_S + 3_600}-1"), "its clock may be an hour ahead"
    world.run_until(2 * 24 * 3_600_000)
    assert taken(world, f"road-{TODAY_S + 2 * 24 * 3_600}-1"), "two days later it may"


@pytest.mark.parametrize("order_id", ["road-999999999999-1", "road-3-9999999999999999"])
def test_numbers_no_journal_has_are_rejected_without_any_clock(order_id: str) -> None:
    world = World()
    assert not taken(world, order_id)
    assert taken(world, "road-3-7")


def test_the_site_may_have_another_name_than_its_map() -> None:
    world = World(replace(SPEC, site="old-town"))
    assert taken(world, "old-town-3-7")
    assert taken(world, "road-1-1"), "that is another master's"
    assert not taken(world, "old-town-2-9")
    assert not taken(world, "old-town-3-7")
    assert taken(world, "old-town-3-8")
