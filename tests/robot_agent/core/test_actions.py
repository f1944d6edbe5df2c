# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_agent.core.events import HandoverClosed, LinkDown, LinkUp, PersonCame
from robot_agent.core.people import PeopleParams, visit
from robot_agent.core.robot import Robot
from robot_agent.vda5050.actions import handover_digest
from robot_agent.vda5050.order import Action
from tests.robot_agent.core.small_world import World, action, drop, handover, pick, road


def at_a_stop(*handovers: Action, loaded: tuple[tuple[str, str], ...] = (("p", "S1"),)) -> World:
    """At n1 since 10 s (plus nothing for loading), with the handovers open."""
    world = World()
    picks = tuple(pick(parcel, compartment, 0) for parcel, compartment in loaded)
    world.order(road(3, actions={0: picks, 1: handovers}))
    world.run_until(10_000)
    return world


def loads(world: World) -> list[str | None]:
    return [load.load_id for load in world.state.loads or ()]


def test_a_dock_loads_one_after_the_other_and_only_then_it_drives() -> None:
    world = World()
    world.order(road(2, actions={0: (pick("p"), pick("q", "M1"))}))
    assert world.action("pick-p").action_status == "RUNNING"
    assert world.action("pick-q").action_status == "WAITING"
    assert not world.state.driving
    world.run_until(5_000)
    assert world.action("pick-p").result_description == "loaded"
    assert loads(world) == ["p"]
    world.run_until(10_000)
    assert loads(world) == ["p", "q"]
    assert world.state.driving


def test_a_dock_takes_out_what_is_there_and_says_what_is_not() -> None:
    world = World()
    actions = (pick("p"), pick("q"), drop("z"), drop("p"))
    world.order(road(1, actions={0: actions}))
    world.run_until(60_000)
    results = [world.action(one.action_id).result_description for one in actions]
    assert results == ["loaded", "occupied", "not_there", "unloaded"]
    assert loads(world) == []
    assert [one.error_type for one in world.state.errors] == ["actionError", "actionError"]


def test_the_right_code_opens_and_the_parcel_is_collected() -> None:
    world = at_a_stop(handover("p"))
    assert [(one.parcel, one.wait_until_ms) for one in world.wanted] == [("p", 70_000)]
    assert world.action("hand-p").action_status == "RUNNING"
    assert not world.state.driving
    world.feed(PersonCame("hand-p", "1234", 20_000))
    world.run_until(29_999)
    assert world.closed == []
    world.run_until(30_000)
    assert world.closed == [HandoverClosed("hand-p", "collected")]
    assert world.action("hand-p").result_description == "collected"
    assert loads(world) == []
    assert world.state.driving


def test_a_wrong_code_opens_nothing_and_the_person_may_try_again() -> None:
    world = at_a_stop(handover("p"))
    for code in ("9999", None, ""):
        world.feed(PersonCame("hand-p", code))
    assert world.robot.next_wake_ms == 40_000, "nobody is being served: the next state only"
    assert [one.info_type for one in world.state.information] == ["wrongCode"]
    world.feed(PersonCame("hand-p", "1234"))
    world.run_until(40_000)
    assert world.action("hand-p").result_description == "collected"


def test_a_code_cannot_be_found_by_trying() -> None:
    world = at_a_stop(handover("p"))
    for number in range(5):
        world.feed(PersonCame("hand-p", str(number)))
    world.feed(PersonCame("hand-p", "1234"))
    world.run_until(70_000)
    assert world.action("hand-p").result_description == "no_show"


def test_nobody_comes() -> None:
    world = at_a_stop(handover("p"))
    world.run_until(70_000)
    assert world.closed == [HandoverClosed("hand-p", "no_show")]
    assert world.action("hand-p").action_status == "FAILED"
    assert loads(world) == ["p"]
    assert world.state.driving, "a failed action does not end the order"
    world.feed(PersonCame("hand-p", "1234"))
    assert loads(world) == ["p"]


def test_a_stop_serves_one_at_a_time_and_waits_longer_while_somebody_is_served() -> None:
    world = at_a_stop(
        handover("p"),
        handover("q", "M1"),
        handover("r", "S2"),
        loaded=(("p", "S1"), ("q", "M1"), ("r", "S2")),
    )
    world.run_until(69_000)
    world.feed(PersonCame("hand-p", "1234", 30_000))
    world.feed(PersonCame("hand-q", "1234", 30_000))
    world.run_until(98_999)
    assert world.closed == []
    world.run_until(128_999)
    assert world.closed == [HandoverClosed("hand-p", "collected")]
    world.run_until(129_000)
    assert world.closed[1:] == [
        HandoverClosed("hand-q", "collected"),
        HandoverClosed("hand-r", "no_show"),
    ]


def test_a_person_hands_a_parcel_in() -> None:
    world = at_a_stop(handover("p", direction="in", code=None), loaded=())
    assert not world.wanted[0].needs_code
    world.feed(PersonCame("hand-p", None))
    world.run_until(30_000)
    assert world.action("hand-p").result_description == "received"
    assert loads(world) == ["p"]


@pytest.mark.parametrize(
    ("made", "result"),
    [(handover("q"), "not_there"), (handover("q", direction="in"), "occupied")],
)
def test_a_handover_that_cannot_be_opened_fails_at_once(made: Action, result: str) -> None:
    world = at_a_stop(made)
    assert world.closed == [HandoverClosed("hand-q", result)]
    assert world.wanted == []
    assert world.state.driving


def test_handovers_go_on_with_the_link_down() -> None:
    world = at_a_stop(handover("p"))
    world.feed(LinkDown())
    world.feed(PersonCame("hand-p", "1234"))
    world.run_until(60_000)
    assert world.closed == [HandoverClosed("hand-p", "collected")]
    world.feed(LinkUp())
    assert world.action("hand-p").action_status == "FINISHED"


def test_cancel_shuts_the_doors_but_not_on_who_is_being_served() -> None:
    world = at_a_stop(handover("p"), handover("q", "M1"), loaded=(("p", "S1"), ("q", "M1")))
    world.feed(PersonCame("hand-p", "1234"))
    world.instant("cancelOrder")
    assert world.closed == [HandoverClosed("hand-q", "cancelled")]
    assert world.action("i-cancelOrder").action_status == "RUNNING"
    world.run_until(30_000)
    assert world.action("hand-p").action_status == "FINISHED"
    assert world.action("i-cancelOrder").action_status == "FINISHED"


def test_soft_actions_wait_for_a_hard_one_before_them() -> None:
    world = World()
    world.order(road(1, actions={0: (pick("p"), handover("p"), drop("p"))}))
    world.run_until(4_999)
    assert world.wanted == []
    world.run_until(5_000)
    assert len(world.wanted) == 1
    assert world.action("drop-p").action_status == "WAITING"
    world.run_until(65_000)
    assert world.action("drop-p").action_status == "RUNNING"


def test_charging_has_started_not_ended_when_its_action_is_finished() -> None:
    world = World()
    world.order(road(41, actions={40: (action("startCharging", "c"),)}))
    world.run_until(400_000)
    assert world.action("c").action_status == "FINISHED"
    assert world.state.battery_state.charging
    before = world.state.battery_state.battery_charge
    world.run_until(430_000)
    world.instant("stateRequest")
    assert world.state.battery_state.battery_charge > before
    world.instant("stopCharging")
    assert not world.state.battery_state.charging
    world.run_until(10_000_000)
    assert world.state.battery_state.battery_charge <= 100


def test_an_order_ends_charging_when_it_drives_off() -> None:
    world = World()
    world.order(road(1, actions={0: (action("startCharging", "c"),)}))
    assert world.state.battery_state.charging
    world.order(road(2, order_id="o2"))
    assert world.state.driving
    assert not world.state.battery_state.charging


def test_actions_of_a_dropped_horizon_are_forgotten() -> None:
    world = World()
    world.order(road(3, released=2, actions={2: (pick("p"),)}))
    assert world.action("pick-p").action_status == "WAITING"
    world.order(road(1, start=1, update=1))
    assert world.state.action_states == ()
    world.order(road(2, start=1, update=2, actions={2: (pick("p"),)}))
    world.run_until(30_000)
    assert loads(world) == ["p"]


def test_an_action_id_is_not_used_twice_in_an_order() -> None:
    world = World()
    world.order(road(2, actions={1: (pick("p"),)}))
    world.order(road(2, start=1, update=1, actions={1: (pick("p"),), 2: (pick("p"),)}))
    assert world.state.errors[-1].error_type == "validationError"
    world.order(road(2, start=1, update=1, actions={2: (pick("p"),)}))
    assert world.state.errors[-1].error_type == "orderError"
    world.order(road(2, start=1, update=1, actions={1: (pick("p"),)}))
    assert world.state.errors == (), "the stitching node may be sent again with its actions"


def test_a_digest_is_worth_nothing_for_another_robot_parcel_compartment_or_version() -> None:
    digests = {
        handover_digest(b"key", robot, parcel, compartment, version, "1234")
        for robot in ("A/1", "A/2")
        for parcel in ("p", "q")
        for compartment in ("S1", "S2")
        for version in (1, 2)
    }
    assert len(digests) == 16


@given(st.integers(), st.text(max_size=8), st.integers(0, 9))
def test_luck_hangs_on_seed_parcel_and_attempt_only(seed: int, parcel: str, version: int) -> None:
    params = PeopleParams()
    drawn = visit(seed, parcel, version, params)
    assert drawn == visit(seed, parcel, version, params)
    assert params.service_min_ms <= drawn.service_ms <= params.service_max_ms
    assert drawn.come_after_ms is None or drawn.come_after_ms <= params.late_max_ms


def test_so_many_people_come_late_or_never_as_was_asked_for() -> None:
    params = PeopleParams(no_show_pct=10, late_pct=20)
    drawn = [visit(7, f"p{number}", 1, params).come_after_ms for number in range(2_000)]
    never = sum(one is None for one in drawn)
    late = sum(one is not None and one > params.prompt_max_ms for one in drawn)
    assert 150 <= never <= 250
    assert 330 <= late <= 470
    assert all(
        visit(1, f"p{n}", 1, PeopleParams(no_show_pct=100)).come_after_ms is None for n in range(9)
    )


def test_a_handover_out_without_a_digest_is_refused_or_any_order_would_open_a_door() -> None:
    world = at_a_stop(handover("p", code=None))
    assert not world.wanted
    assert [error.error_type for error in world.state.errors] == ["orderError"]


def test_after_a_restart_the_open_handovers_still_wait_for_their_people() -> None:
    world = at_a_stop(handover("p"), handover("q", "M1"), loaded=(("p", "S1"), ("q", "M1")))
    world.feed(PersonCame("hand-p", "1234"))
    restored = Robot.restore(world.robot.spec, world.robot.snapshot())
    assert restored.wanted == [one for one in world.wanted if one.parcel == "q"]
