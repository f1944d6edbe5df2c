# SPDX-License-Identifier: Apache-2.0
"""People at the robot: whose code opens what, and what it is called."""

from robot_agent.core.events import (
    DoorChanged,
    HandoverClosed,
    OpenDoor,
)
from tests.robot_agent.core.at_stop import (
    ARRIVED_MS,
    at_a_stop,
    give,
    loads,
    opened,
    result,
    serve,
)


def test_the_right_code_opens_and_the_parcel_is_collected() -> None:
    world = at_a_stop(give("p"))
    assert [(one.parcel, one.wait_until_ms) for one in world.wanted] == [("p", 70_000)]
    assert result(world, "p")[0] == "RUNNING"
    assert not world.state.driving
    world.code("1111")
    assert opened(world) == ["S1"]
    world.feed(DoorChanged("S1", "open"))
    assert world.closed == []
    world.feed(DoorChanged("S1", "shut"))
    assert world.closed == [HandoverClosed("hand-p", "p", "out", "collected presumed")]
    assert result(world, "p") == ("FINISHED", "collected presumed")
    assert loads(world) == []
    assert world.state.driving


def test_a_sensor_makes_collected_sure() -> None:
    world = at_a_stop(give("p"))
    world.code("1111")
    serve(world, "S1", False)
    assert result(world, "p") == ("FINISHED", "collected")


def test_a_wrong_code_opens_nothing_and_the_person_may_try_again() -> None:
    world = at_a_stop(give("p"))
    for code in ("9999", "", "x" * 1_000, "\ud800", "١١١١"):
        world.code(code)
        world.code("1111x")
        world.robot._memory.kept.keypad.wrong_codes = 0
    assert opened(world) == []
    world.code("1111")
    assert opened(world) == ["S1"]


def test_nobody_comes() -> None:
    world = at_a_stop(give("p"))
    world.run_until(69_999)
    assert result(world, "p")[0] == "RUNNING"
    world.run_until(70_000)
    assert world.closed == [HandoverClosed("hand-p", "p", "out", "no_show")]
    assert result(world, "p") == ("FAILED", "no_show")
    assert loads(world) == ["p"]
    assert world.state.driving, "a failed action does not end the order"
    world.code("1111")
    assert opened(world) == []


def test_all_handovers_of_a_stop_are_open_together_in_any_order_one_door_at_a_time() -> None:
    world = at_a_stop(give("p"), give("q"), give("r"), loaded="pqr")
    assert [one.parcel for one in world.wanted] == ["p", "q", "r"]
    world.code("3333")
    world.code("2222")
    world.code("1111")
    assert opened(world) == ["S2"]
    world.open_and_shut("S2")
    assert opened(world) == ["S2", "M1"]
    world.open_and_shut("M1")
    world.open_and_shut("S1")
    assert [one.parcel for one in world.closed] == ["r", "q", "p"]
    assert loads(world) == []
    assert world.state.driving


def test_one_persons_parcels_are_under_one_code_door_after_door() -> None:
    world = at_a_stop(give("p"), give("q", "1111"), give("r"), loaded="pqr")
    world.code("1111")
    assert opened(world) == ["S1"]
    world.open_and_shut("S1")
    assert opened(world) == ["S1", "M1"]
    world.open_and_shut("M1")
    assert [one.parcel for one in world.closed] == ["p", "q"]


def test_the_same_code_twice_does_not_open_a_compartment_again() -> None:
    world = at_a_stop(give("p"), give("q"), loaded="pq")
    for _ in range(3):
        world.code("1111")
    assert opened(world) == ["S1"]
    world.open_and_shut("S1")
    for _ in range(10):
        world.code("1111")
    assert opened(world) == ["S1"]
    world.code("2222")
    assert opened(world) == ["S1", "M1"], "a good code typed again is not a wrong one"


def test_the_wait_is_one_for_the_stop_and_grows_by_the_time_people_are_served() -> None:
    world = at_a_stop(give("p"), give("q", wait_ms=90_000), loaded="pq")
    assert {one.wait_until_ms for one in world.wanted[-2:]} == {100_000}
    world.run_until(90_000)
    world.code("1111")
    world.feed(DoorChanged("S1", "open"))
    world.run_until(120_000)
    assert world.closed == [], "nobody is given up while somebody is served"
    world.feed(DoorChanged("S1", "shut"))
    assert world.wanted[-1].action_id == "hand-q"
    assert world.wanted[-1].wait_until_ms == 130_000
    world.run_until(130_000)
    assert world.closed[-1] == HandoverClosed("hand-q", "q", "out", "no_show")


def test_the_master_may_extend_the_wait_but_not_for_ever() -> None:
    world = at_a_stop(give("p"))
    world.instant("extendWait", waitMs=60_000)
    assert world.action("i-extendWait").action_status == "FINISHED"
    assert world.wanted[-1].wait_until_ms == 130_000
    world.instant("extendWait", prefix="j", waitMs=86_400_000)
    assert world.wanted[-1].wait_until_ms == 70_000 + 1_800_000
    world.instant("extendWait", prefix="k", waitMs=1)
    assert world.action("k-extendWait").action_status == "FAILED"
    world.run_until(70_000 + 1_800_000)
    assert result(world, "p") == ("FAILED", "no_show")
    for prefix, wait_ms in (("l", 1_000), ("m", -1), ("n", "x")):
        world.instant("extendWait", prefix=prefix, waitMs=wait_ms)
        assert world.action(f"{prefix}-extendWait").action_status == "FAILED"


def test_a_person_hands_a_parcel_in() -> None:
    world = at_a_stop(give("p", direction="in"), loaded="")
    world.code("1111")
    assert world.told(OpenDoor)[-1].fills
    world.open_and_shut("S1")
    assert result(world, "p") == ("FINISHED", "received presumed")
    assert loads(world) == ["p"]


def test_in_and_nothing_put_in_waits_on() -> None:
    world = at_a_stop(give("p", direction="in"), loaded="")
    world.code("1111")
    serve(world, "S1", False)
    assert result(world, "p")[0] == "RUNNING"
    world.code("1111")
    serve(world, "S1", True, "p")
    assert result(world, "p") == ("FINISHED", "received")
    assert loads(world) == ["p"]


def test_a_wrong_parcel_is_taken_out_again() -> None:
    world = at_a_stop(give("p", direction="in"), loaded="")
    world.code("1111")
    serve(world, "S1", True, "z")
    again = world.told(OpenDoor)[-1]
    assert (again.compartment, again.parcel, again.fills) == ("S1", "z", False)
    serve(world, "S1", False)
    assert result(world, "p") == ("FAILED", "wrong_parcel")
    assert loads(world) == []


def test_a_wrong_parcel_may_be_exchanged_for_the_right_one() -> None:
    world = at_a_stop(give("p", direction="in"), loaded="")
    world.code("1111")
    serve(world, "S1", True, "z")
    serve(world, "S1", True, "p")
    assert result(world, "p") == ("FINISHED", "received")


def test_a_door_does_not_open_for_a_wrong_parcel_for_ever() -> None:
    world = at_a_stop(give("p", direction="in"), loaded="")
    world.code("1111")
    for _ in range(3):
        assert result(world, "p")[0] == "RUNNING"
        serve(world, "S1", True, "z")
    assert result(world, "p") == ("FAILED", "wrong_parcel")
    assert opened(world) == ["S1", "S1", "S1"]


def test_a_wrong_parcel_nobody_takes_out_is_no_parcel_received() -> None:
    world = at_a_stop(give("p", direction="in"), loaded="")
    world.code("1111")
    serve(world, "S1", True, "z")
    world.run_until(ARRIVED_MS + 20_000)
    world.feed(DoorChanged("S1", "shut"))
    assert result(world, "p") == ("FAILED", "wrong_parcel")


def test_a_parcel_left_in_the_compartment_is_refused_in_the_end() -> None:
    world = at_a_stop(give("p"))
    world.code("1111")
    serve(world, "S1", True, "p")
    assert result(world, "p")[0] == "RUNNING"
    world.code("1111")
    assert opened(world) == ["S1", "S1"], "they may think again"
    serve(world, "S1", True, "p")
    world.run_until(70_000)
    assert result(world, "p") == ("FAILED", "refused")
    assert loads(world) == ["p"]


def test_the_refuse_key_refuses_without_opening() -> None:
    world = at_a_stop(give("p"), give("q", "1111", direction="in"), loaded="p")
    world.code("4444", refuse=True)
    assert world.closed == []
    world.code("1111", refuse=True)
    assert world.closed == [HandoverClosed("hand-p", "p", "out", "refused")]
    assert result(world, "q")[0] == "RUNNING", "only what is given can be refused"
    assert opened(world) == []
    assert loads(world) == ["p"]
