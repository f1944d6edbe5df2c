# SPDX-License-Identifier: Apache-2.0
"""Two nodes of an order at one place."""

from msgspec.structs import replace

from robot_agent.core.events import Follow
from tests.robot_agent.core.small_world import World, road


def test_a_node_at_the_place_of_the_one_before_joins_the_way_after_it() -> None:
    """Also where the robot stands a little beside the place by now."""
    world = World()
    world.order(road(4, released=2))
    world.run_until(15_000)
    assert world.state.last_node_id == "n1"
    world.body.x_mm += 30
    world.wake(16_000)
    update = road(3, start=1, update=1)
    here, again, there = update.nodes
    again = replace(again, node_position=here.node_position)
    world.order(replace(update, nodes=(here, again, there)))
    first, second = world.told(Follow)[-1].stretches
    assert first.points == ((10_030, 0), (10_000, 0))
    assert second.points[0] == (10_000, 0)
