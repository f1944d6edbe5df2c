# SPDX-License-Identifier: Apache-2.0
from typing import Any

import pytest
from msgspec.structs import replace

from robot_agent.core.events import (
    BatteryRead,
    ClockTrusted,
    DoorChanged,
    Follow,
    Ground,
    Hold,
    MapFetched,
    ModeChanged,
    PartFailed,
    Posed,
    Resume,
    SafetyChanged,
)
from robot_agent.core.polyline import border_mm, foot, is_inside
from robot_agent.vda5050.order import Corridor
from tests.robot_agent.core.small_world import SPEC, World, action, road

LOST = Posed(4_000, 0, 0, localized=False)
FOUND = Posed(4_000, 0, 0)


@pytest.mark.parametrize(
    ("stands", "goes_on", "error_type"),
    [
        (SafetyChanged("AUTOACK", False), SafetyChanged("NONE", False), None),
        (SafetyChanged("NONE", True), SafetyChanged("NONE", False), None),
        (DoorChanged("S1", "forced"), DoorChanged("S1", "shut"), "door"),
        (DoorChanged("S1", "unknown"), DoorChanged("S1", "shut"), "door"),
        (PartFailed("motor", "hot"), PartFailed("motor", ""), "partFault"),
        (BatteryRead(0, False), BatteryRead(10, False), "batteryEmpty"),
        (LOST, FOUND, "positionLost"),
        (ClockTrusted(False), ClockTrusted(True), None),
    ],
)
def test_it_stands_while_there_is_a_reason_and_goes_on_after(
    stands: Any, goes_on: Any, error_type: str | None
) -> None:
    world = World()
    world.order(road(2))
    world.run_until(4_000)
    world.feed(stands)
    assert world.told(Hold) == [Hold()]
    assert not world.state.driving
    if error_type is not None:
        assert any(one.startswith(error_type) for one in world.errors)
    world.now_ms += 20_000
    world.feed(goes_on)
    assert world.told(Resume) == [Resume()]
    world.run_until(60_000)
    assert world.state.node_states == ()


def test_a_part_that_only_warns_does_not_stop_it() -> None:
    world = World()
    world.feed(PartFailed("disk", "nearly full", "WARNING"))
    world.order(road(2))
    assert world.state.driving
    assert world.errors == ["partFault"]


@pytest.mark.parametrize("doors", [(), ("S1", "S2")])
def test_it_does_not_set_off_before_all_doors_are_known_shut(doors: tuple[str, ...]) -> None:
    world = World(replace(SPEC, compartments=()))
    world.robot.spec = SPEC
    world.spec = SPEC
    for compartment in doors:
        world.feed(DoorChanged(compartment, "shut"))
    world.order(road(2))
    assert world.told(Follow) == []


def test_manual_ends_the_order_and_a_new_one_begins_where_the_robot_is() -> None:
    """'When the AGV enters or leaves this mode, it immediately clears all the orders' (Table 1)."""
    world = World()
    world.order(road(3, actions={2: (action("signal", "s", "NONE"),)}))
    world.run_until(4_000)
    world.feed(ModeChanged("MANUAL"))
    assert world.state.operating_mode == "MANUAL"
    assert (world.state.node_states, world.state.driving) == ((), False)
    assert world.action("s").action_status == "FAILED"
    assert world.state.order_id == "o1"
    world.feed(ModeChanged("AUTOMATIC"))
    world.order(road(2, start=1, update=1))
    assert world.errors == ["orderUpdateError"]
    world.order(road(2, order_id="o2"))
    assert world.errors[-1] == "noRouteError", "it was moved, who knows where"


def test_after_service_it_finds_its_place_before_it_drives_on() -> None:
    world = World()
    world.order(road(3))
    world.run_until(4_000)
    world.feed(ModeChanged("SERVICE"))
    assert not world.state.driving
    world.body.y_mm = 50_000
    world.feed(world.body.look())
    world.feed(ModeChanged("AUTOMATIC"))
    world.run_until(60_000)
    assert not world.state.driving
    assert world.errors == ["positionLost"]
    world.body.y_mm = 0
    world.feed(world.body.look())
    assert world.state.driving


def test_outside_its_fence_it_stands_with_a_fatal_error_that_says_where() -> None:
    square = ((-1_000, -2_000), (15_000, -2_000), (15_000, 2_000), (-1_000, 2_000))
    world = World(replace(SPEC, ground=Ground("road", "1", fence=(square,))))
    world.order(road(3))
    world.run_until(15_500)
    assert not world.state.driving
    assert [(one.error_type, one.error_level) for one in world.state.errors] == [
        ("geofenceViolation", "FATAL")
    ]
    assert world.references["x"].startswith("15.")
    assert world.state.safety_state.e_stop == "NONE"
    world.feed(Posed(14_900, 0, 0))
    assert world.errors == []
    assert world.told(Resume) == [Resume()]


def test_one_area_of_several_is_enough() -> None:
    west = ((-1_000, -2_000), (12_000, -2_000), (12_000, 2_000), (-1_000, 2_000))
    east = ((8_000, -2_000), (25_000, -2_000), (25_000, 2_000), (8_000, 2_000))
    world = World(replace(SPEC, ground=Ground("road", "1", fence=(west, east))))
    world.order(road(3))
    world.run_until(60_000)
    assert world.state.node_states == ()
    assert world.errors == []


def test_beside_its_corridor_it_stands_until_it_is_back() -> None:
    world = World()
    world.order(road(2, corridor=Corridor(left_width=1.0, right_width=0.5)))
    world.run_until(4_000)
    world.feed(Posed(4_000, 900, 0, 1_000))
    assert world.errors == []
    world.feed(Posed(4_000, -900, 0, 1_000))
    assert world.told(Hold) == [Hold()]
    assert world.errors == ["corridorViolation"]
    assert world.references == {"edgeId": "n0-n1"}
    world.feed(Posed(4_000, -400, 0))
    assert world.told(Resume) == [Resume()]


def test_a_pose_in_doubt_by_half_a_metre_is_given_the_doubt() -> None:
    world = World()
    world.order(road(2, corridor=Corridor(left_width=1.0, right_width=0.5)))
    world.run_until(4_000)
    world.feed(Posed(4_000, -900, 0, 1_000, deviation_mm=450))
    assert world.errors == []
    world.feed(Posed(4_000, -1_100, 0, 1_000, deviation_mm=9_000))
    assert world.errors == ["corridorViolation"], "but no more than its own tolerance"


def test_a_base_that_grew_while_it_was_held_is_driven_when_it_goes_on() -> None:
    world = World()
    world.order(road(3, released=2))
    world.run_until(4_000)
    world.feed(SafetyChanged("AUTOACK", False))
    world.order(road(2, start=1, update=1))
    assert len(world.told(Follow)) == 1
    world.feed(SafetyChanged("NONE", False))
    path = world.told(Follow)[-1]
    assert path.stretches[0].points == ((4_000, 0), (10_000, 0)), "it stands: from there on"
    world.run_until(60_000)
    assert world.state.last_node_id == "n2"


def test_the_nearest_point_of_a_way_and_the_side_of_it() -> None:
    way = ((0, 0), (10_000, 0), (10_000, 10_000))
    assert foot(way, (4_000, 300)) == (0, 4_000, 300)
    assert foot(way, (4_000, -300)) == (0, 4_000, -300)
    assert foot(way, (9_500, 6_000)) == (1, 16_000, 500)
    assert foot(way, (-3_000, 4_000)) == (0, 0, 5_000)
    assert foot(((5, 5),), (5, 10)) == (0, 0, 5)


def test_inside_is_exact_and_the_border_is_as_far_as_it_is() -> None:
    ell = ((0, 0), (10, 0), (10, 4), (4, 4), (4, 10), (0, 10))
    assert is_inside(ell, (2, 8))
    assert is_inside(ell, (8, 2))
    assert not is_inside(ell, (8, 8))
    assert not is_inside(ell, (-1, 5))
    assert border_mm(ell, (2, 8)) == 2
    assert border_mm(ell, (20, 2)) == 10


def test_no_map_fetched_over_the_air_takes_the_fence_away() -> None:
    square = ((-5_000, -5_000), (25_000, -5_000), (25_000, 5_000), (-5_000, 5_000))
    wide = tuple((10 * x_mm, 10 * y_mm) for x_mm, y_mm in square)
    for fence in ((), (wide,)):
        world = World(replace(SPEC, ground=Ground("road", "1", fence=(square,))))
        named = {"mapId": "road", "mapVersion": "2"}
        world.instant("downloadMap", mapDownloadLink="u", mapHash="ab" * 32, **named)
        world.feed(MapFetched("i-downloadMap", Ground("road", "2", fence=fence)))
        world.instant("enableMap", **named)
        world.order(road(6))
        world.run_until(60_000)
        assert "geofenceViolation" in world.errors
        assert world.state.last_node_id == "n3", "seen outside there"
