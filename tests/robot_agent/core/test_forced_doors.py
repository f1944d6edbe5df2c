# SPDX-License-Identifier: Apache-2.0
"""A door that was forced and shut again: nobody knows what is behind it until a person has looked,
so nothing is handed over there, whenever it is asked for."""

import pytest
from msgspec.structs import replace

from robot_agent.core.events import ContentsSeen, DoorChanged, ModeChanged, OpenDoor
from tests.robot_agent.core.at_stop import give, loads, opened, result
from tests.robot_agent.core.small_world import SPEC, World, action, drop, pick, road


def forced_on_the_way(*, sensor: bool = False) -> World:
    """Loaded with p; S1 was forced open and shut between n0 and n1; stands at n1."""
    world = World(replace(SPEC, occupancy_sensor=sensor))
    world.order(road(4, released=2, actions={0: (pick("p", "S1", 0),)}))
    world.run_until(4_000)
    world.feed(DoorChanged("S1", "forced"))
    if sensor:
        world.feed(ContentsSeen("S1", occupied=True))
    world.feed(DoorChanged("S1", "shut"))
    world.run_until(30_000)
    assert world.state.last_node_id == "n1"
    assert world.errors == ["doorForced"]
    return world


@pytest.mark.parametrize("sensor", [False, True])
def test_an_empty_box_is_not_delivered_by_an_update_that_comes_later(sensor: bool) -> None:
    world = forced_on_the_way(sensor=sensor)
    world.order(road(2, start=1, update=1, actions={2: (give("p"),)}))
    world.run_until(45_000)
    assert result(world, "p") == ("FAILED", "forced")
    world.code("1111")
    assert opened(world) == []


def test_nor_is_it_after_a_power_cut_nor_by_another_order() -> None:
    world = forced_on_the_way().restarted()
    assert "doorForced" in world.errors
    world.order(road(2, start=1, update=1))
    world.run_until(50_000)
    order = road(1, start=2, first_sequence=0, order_id="o2", actions={2: (give("p"),)})
    world.order(order)
    assert result(world, "p") == ("FAILED", "forced")


def test_a_dock_does_not_take_out_what_may_not_be_there() -> None:
    world = forced_on_the_way()
    world.order(road(2, start=1, update=1, actions={2: (drop("p"),)}))
    world.run_until(60_000)
    assert world.action("drop-p").result_description == "forced"
    assert loads(world) == ["p"]


def test_a_dock_does_not_load_into_it_either_but_into_another() -> None:
    world = World()
    anywhere = action("pick", "pick-q", loadId="q", loadType="S", durationMs=0)
    world.order(road(2, actions={1: (pick("p", "S1", 0), anywhere)}))
    world.run_until(4_000)
    world.feed(DoorChanged("S1", "forced"))
    world.feed(DoorChanged("S1", "shut"))
    world.run_until(30_000)
    assert world.action("pick-p").result_description == "forced"
    assert [one.compartment for one in world.told(OpenDoor)] == ["S2"]


def test_who_waits_at_a_dock_for_a_door_that_is_forced_meanwhile_is_told() -> None:
    world = World()
    world.order(road(1, actions={0: (pick("p", "S1", 0), pick("q", "M1", 0))}))
    world.run_until(1)
    drops = (drop("p", "S1"), drop("q", "M1"))
    soft = tuple(replace(one, blocking_type="SOFT") for one in drops)
    world.order(road(1, order_id="o2", actions={0: soft}))
    world.feed(DoorChanged("M1", "forced"))
    assert world.action("drop-q").result_description == "forced"
    world.feed(DoorChanged("M1", "shut"))
    world.run_until(20_000)
    assert world.action("drop-p").result_description == "unloaded"
    assert loads(world) == ["q"]


def test_after_a_person_has_looked_it_is_handed_over_as_ever() -> None:
    world = forced_on_the_way()
    world.feed(ModeChanged("SERVICE"))
    world.feed(ModeChanged("AUTOMATIC"))
    assert world.errors == []
    world.order(road(2, start=1, update=1, actions={2: (give("p"),)}))
    world.run_until(50_000)
    world.code("1111")
    world.open_and_shut("S1")
    assert result(world, "p") == ("FINISHED", "collected presumed")


def test_other_modes_than_service_say_nothing_of_what_is_in_it() -> None:
    world = forced_on_the_way()
    for mode in ("SEMIAUTOMATIC", "TEACHIN", "AUTOMATIC"):
        world.feed(ModeChanged(mode))
    assert world.errors == ["doorForced"]
