# SPDX-License-Identifier: Apache-2.0
"""Whoever may publish orders does not get the robot emptied in the street: where it stands is for
its own pose to say, and a wait for somebody that failed opens no door."""

from typing import Any

import pytest
from msgspec.structs import replace

from robot_agent.core.events import (
    DoorChanged,
    Ground,
    InstantActionsReceived,
    LockDoor,
    MapFetched,
    ModeChanged,
    OpenDoor,
    Passed,
    Posed,
    RobotEvent,
)
from robot_agent.core.robot import Robot
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050.instant_actions import InstantActions
from robot_agent.vda5050.order import Action, Node, NodePosition, Order
from tests.robot_agent.core.at_stop import loads
from tests.robot_agent.core.small_world import SPEC, World, action, drop, pick, road
from tests.robot_agent.core.test_actions import Dock

GUARDED = replace(SPEC, ground=Ground("road", "1", docks=((0, 0),)))
STREET_MS = 40_000


def in_the_street(body: Any = None, spec: RobotSpec = GUARDED) -> World:
    """Loaded with p at the dock n0, now at n3, 30 m away; the order is done."""
    world = World(spec, body=body)
    world.order(road(4, actions={0: (pick("p", "S1", 0),)}))
    if body is not None:
        world.open_and_shut("S1")
    world.run_until(STREET_MS)
    assert (world.state.last_node_id, loads(world)) == ("n3", ["p"])
    return world


def alone(
    node_id: str, x: float | None, *actions: Action, order_id: str = "o2", **at: Any
) -> Order:
    """An order of one node, which lies where it says."""
    at = {"map_id": "road", **at}
    position = NodePosition(x=x, y=0, **at) if x is not None else None
    node = Node(
        node_id=node_id, sequence_id=0, released=True, actions=actions, node_position=position
    )
    return Order(order_id=order_id, order_update_id=0, nodes=(node,), edges=())


def doors(world: World) -> list[tuple[str, bool]]:
    """Those opened in the street; whether for staff."""
    return [(one.compartment, one.at_dock) for one in world.told(OpenDoor)[1:]]


@pytest.mark.parametrize(
    ("order", "error_type"),
    [
        (alone("n3", 0, drop("p")), "noRouteError"),
        (alone("n3", 0, drop("p"), allowed_deviation_xy=1e5), "noRouteError"),
        (alone("other", 0, drop("p"), allowed_deviation_xy=1e5), "noRouteError"),
        (alone("n3", 30, drop("p")), "orderError"),
        (alone("n3", None, drop("p")), "orderError"),
    ],
)
def test_an_order_that_says_that_the_street_is_the_dock_is_rejected(
    order: Order, error_type: str
) -> None:
    world = in_the_street()
    world.order(order)
    assert world.errors == [error_type]
    assert doors(world) == []


def test_where_the_robot_stands_is_asked_again_when_the_drop_begins() -> None:
    """Its navigator says otherwise than the order and the path: no door."""
    world = in_the_street()
    here, there = alone("n3", 30).nodes[0], alone("n0", 0, drop("p")).nodes[0]
    edge = replace(road(2).edges[0], start_node_id="n3", end_node_id="n0")
    back = Order(
        order_id="o2",
        order_update_id=0,
        nodes=(here, replace(there, sequence_id=2)),
        edges=(edge,),
    )
    world.order(back)
    assert world.errors == []
    world.feed(Passed(world.body.path_id, 0))
    assert world.action("drop-p").result_description == "not_at_dock"
    assert doors(world) == []
    assert loads(world) == ["p"]


def test_a_map_fetched_over_the_air_does_not_do_away_with_the_docks() -> None:
    for ground in (
        Ground("evil", "1"),
        Ground("evil", "1", docks=((30_000, 0),)),
        Ground("road", "2"),
        Ground("road", "2", docks=((30_000, 0),)),
    ):
        world = in_the_street()
        named = {"mapId": ground.map_id, "mapVersion": ground.map_version}
        fetch = action("downloadMap", "d", "NONE", mapDownloadLink="u", mapHash="ab" * 32, **named)
        world.feed(InstantActionsReceived(InstantActions(actions=(fetch,))))
        world.feed(MapFetched("d", ground))
        enable = action("enableMap", "e", "NONE", **named)
        world.feed(InstantActionsReceived(InstantActions(actions=(enable,))))
        assert world.action("e").action_status == "FINISHED"
        world.order(alone("n3", 30, map_id=ground.map_id))
        world.order(alone("n3", 30, drop("p"), order_id="o3", map_id=ground.map_id))
        assert world.errors == ["orderError"]
        assert doors(world) == []


def test_where_the_configured_map_names_no_docks_a_fetched_one_may() -> None:
    world = in_the_street(spec=replace(SPEC, ground=Ground("road", "1")))
    named = {"mapId": "road", "mapVersion": "2"}
    world.instant("downloadMap", mapDownloadLink="u", mapHash="ab" * 32, **named)
    world.feed(MapFetched("i-downloadMap", Ground("road", "2", docks=((0, 0),))))
    world.instant("enableMap", **named)
    world.order(alone("n3", 30, drop("p")))
    assert world.errors == ["orderError"]


def test_a_map_with_no_dock_has_none() -> None:
    world = World(replace(SPEC, ground=Ground("road", "1", docks=())))
    world.order(road(2, actions={0: (pick("p"),)}))
    assert world.errors == ["orderError"]


def test_a_wait_for_somebody_that_fails_opens_no_door() -> None:
    for spec in (GUARDED, SPEC):
        world = World(spec)
        wait = action("waitForTrigger", "w", timeoutMs=60_000)
        world.order(road(3, actions={0: (pick("p", "S1", 0),), 2: (wait, drop("p"))}))
        world.run_until(200_000)
        assert world.action("w").result_description == "timeout"
        assert world.action("drop-p").result_description == "not_triggered"
        assert loads(world) == ["p"]
        assert doors(world) == []


def waited_for(body: Any = None) -> World:
    """In the street, with the door unlocked for whoever was waited for."""
    world = in_the_street(body)
    world.order(alone("n3", 30, action("waitForTrigger", "w"), drop("p")))
    assert world.errors == []
    world.instant("trigger", actionId="w")
    return world


def test_whoever_was_waited_for_is_let_in_like_a_person() -> None:
    world = waited_for(Dock())
    assert doors(world) == [("S1", False)]
    world.open_and_shut("S1")
    assert world.action("drop-p").action_status == "FINISHED"
    assert loads(world) == []


def test_a_door_unlocked_in_the_street_is_locked_after_20_s_and_for_good() -> None:
    world = waited_for(Dock())
    world.run_until(STREET_MS + 20_000)
    assert world.told(LockDoor) == [LockDoor("S1")]
    world.run_until(STREET_MS + 3_600_000)
    assert doors(world) == [("S1", False)]
    assert world.action("drop-p").result_description == "no_show"
    assert loads(world) == ["p"]


def told_to_be(world: World, number: int, x: float) -> None:
    world.instant("initPosition", prefix=f"{number}", x=x, y=0, theta=0, mapId="road")
    assert world.action(f"{number}-initPosition").action_status == "FINISHED"


@pytest.mark.parametrize("steps", [1, 60])
def test_a_master_that_tells_it_that_it_stands_at_the_dock_is_not_believed_there(
    steps: int,
) -> None:
    world = in_the_street()
    for number in range(1, steps + 1):
        told_to_be(world, number, 30 - 30 * number / steps)
    world = world.restarted()
    world.order(alone("n0", 0, drop("p")))
    assert world.errors == ["orderError"]
    assert doors(world) == []


def test_a_person_who_was_there_makes_its_position_good() -> None:
    world = in_the_street()
    world.feed(ModeChanged("SERVICE"))
    told_to_be(world, 1, 0)
    world.feed(ModeChanged("AUTOMATIC"))
    world.order(alone("n0", 0, drop("p")))
    world.run_until(STREET_MS + 10_000)
    assert loads(world) == []


def test_after_a_power_cut_at_a_dock_the_next_door_waits_until_the_robot_has_looked() -> None:
    world = World(GUARDED, body=Dock())
    world.order(road(2, released=1, actions={0: (pick("p", "S1", 0), pick("q", "M1", 0))}))
    assert world.told(OpenDoor)
    again = world.restarted()
    again.run_until(again.now_ms + 1)
    assert again.action("pick-p").result_description == "interrupted"
    assert [one.parcel for one in again.told(OpenDoor)] == ["q"]


def test_after_a_power_cut_it_looks_where_it_stands_before_a_dock_goes_on() -> None:
    world = World(GUARDED, body=Dock())
    world.order(road(1, actions={0: (pick("p"), pick("q", "M1"))}))
    world.feed(DoorChanged("S1", "open"))
    robot = Robot.restore(GUARDED, world.disk, world.now_ms)
    robot.opening()

    def opened(event: RobotEvent) -> list[str]:
        effects = robot.handle(event, world.now_ms)
        return [one.compartment for one in effects if isinstance(one, OpenDoor)]

    assert opened(DoorChanged("S1", "shut")) == []
    assert opened(Posed(0, 0, 0, localized=False)) == []
    assert opened(Posed(0, 0, 0)) == ["M1"]
