# SPDX-License-Identifier: Apache-2.0
from typing import Any

import pytest
from msgspec.structs import replace

from robot_agent.core.events import DropMap, FetchMap, Ground, MapFetched
from tests.robot_agent.core.small_world import SPEC, World, road

NEW = {"mapId": "road", "mapVersion": "2", "mapDownloadLink": "https://maps/2", "mapHash": "AB12"}


def maps_of(world: World) -> list[tuple[str, str, str]]:
    return [(one.map_id, one.map_version, one.map_status) for one in world.state.maps]


def test_a_map_is_fetched_with_its_hash_and_is_not_enabled_by_that() -> None:
    world = World()
    assert maps_of(world) == [("road", "1", "ENABLED")]
    world.instant("downloadMap", **NEW)
    assert world.told(FetchMap) == [
        FetchMap("i-downloadMap", "road", "2", "https://maps/2", "ab12")
    ]
    assert world.action("i-downloadMap").action_status == "RUNNING"
    world.feed(MapFetched("i-downloadMap", Ground("road", "2")))
    assert world.action("i-downloadMap").action_status == "FINISHED"
    assert maps_of(world) == [("road", "1", "ENABLED"), ("road", "2", "DISABLED")]


def test_one_version_of_a_map_is_enabled_at_a_time_and_its_fence_counts() -> None:
    far = ((90_000, 0), (99_000, 0), (99_000, 9_000))
    world = World()
    world.instant("downloadMap", **NEW)
    world.feed(MapFetched("i-downloadMap", Ground("road", "2", fence=(far,))))
    world.order(road(2))
    world.instant("enableMap", mapId="road", mapVersion="2")
    assert maps_of(world) == [("road", "1", "DISABLED"), ("road", "2", "ENABLED")]
    assert world.errors == ["geofenceViolation"]
    assert not world.state.driving
    again = world.restarted()
    assert maps_of(again) == maps_of(world), "what was enabled over the air stays in force"


@pytest.mark.parametrize(
    "parameters",
    [
        {**NEW, "mapHash": None},
        {**NEW, "mapVersion": "1"},
        {**NEW, "mapDownloadLink": 7},
        {**NEW, "mapId": ""},
    ],
)
def test_a_map_without_hash_or_one_that_is_here_already_is_not_fetched(
    parameters: dict[str, Any],
) -> None:
    world = World()
    known = {key: value for key, value in parameters.items() if value is not None}
    world.instant("downloadMap", **known)
    assert world.told(FetchMap) == []
    assert world.action("i-downloadMap").action_status == "FAILED"
    assert world.errors == ["instantActionError"]


@pytest.mark.parametrize(
    "answer",
    [
        MapFetched("i-downloadMap", None, "its sha256 is another"),
        MapFetched("i-downloadMap", Ground("moon", "2")),
    ],
)
def test_a_file_that_is_not_the_map_asked_for_is_not_kept(answer: MapFetched) -> None:
    world = World()
    world.instant("downloadMap", **NEW)
    world.feed(answer)
    assert world.action("i-downloadMap").action_status == "FAILED"
    assert maps_of(world) == [("road", "1", "ENABLED")]


def test_a_map_in_use_is_not_deleted_and_another_only_once() -> None:
    world = World()
    world.instant("deleteMap", mapId="road", mapVersion="1")
    assert world.action("i-deleteMap").action_status == "FAILED"
    world.instant("downloadMap", **NEW)
    world.feed(MapFetched("i-downloadMap", Ground("road", "2")))
    world.instant("deleteMap", prefix="a", mapId="road", mapVersion="2")
    assert world.told(DropMap) == [DropMap("road", "2")]
    world.instant("deleteMap", prefix="b", mapId="road", mapVersion="2")
    assert world.action("b-deleteMap").action_status == "FAILED"
    assert maps_of(world) == [("road", "1", "ENABLED")]


def test_a_new_map_file_on_the_robot_is_a_persons_wish() -> None:
    world = World()
    again = world.restarted(replace(SPEC, ground=Ground("road", "3")))
    assert maps_of(again) == [("road", "1", "DISABLED"), ("road", "3", "ENABLED")]


def test_orders_on_a_map_that_is_not_enabled_are_rejected() -> None:
    world = World()
    order = road(2)
    position = replace(order.nodes[1].node_position, map_id="cellar")  # type: ignore[type-var]
    world.order(
        replace(order, nodes=(order.nodes[0], replace(order.nodes[1], node_position=position)))
    )
    assert world.errors == ["orderError"]
    assert world.references["mapId"] == "cellar"
    assert world.references["nodeId"] == "n1"
