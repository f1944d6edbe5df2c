# SPDX-License-Identifier: Apache-2.0
"""When actions begin and end: docks, charging, waiting, signals (sections 6.8 and 6.12)."""

import pytest
from msgspec.structs import replace

from robot_agent.core.events import (
    BatteryRead,
    Charge,
    ContentsSeen,
    DoorChanged,
    Ground,
    LockDoor,
    OpenDoor,
    Posed,
    Signal,
)
from robot_agent.vda5050.actions import handover_digest
from robot_agent.vda5050.order import Action, Order
from tests.robot_agent.core.small_world import (
    SPEC,
    Body,
    World,
    action,
    drop,
    handover,
    pick,
    road,
)


class Dock(Body):
    """Nobody opens a door unless the test does."""

    def perform(self, effect, now_ms):  # type: ignore[no-untyped-def]
        if isinstance(effect, OpenDoor | Charge):
            return []
        if isinstance(effect, LockDoor):
            return [DoorChanged(effect.compartment, "shut")]
        return super().perform(effect, now_ms)


def loads(world: World) -> list[str | None]:
    return [load.load_id for load in world.state.loads or ()]


def results(world: World, *ids: str) -> list[str | None]:
    return [world.action(one).result_description for one in ids]


def with_edge_action(order: Order, index: int, *actions: Action) -> Order:
    edges = list(order.edges)
    edges[index] = replace(edges[index], actions=actions)
    return replace(order, edges=tuple(edges))


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


def test_soft_actions_of_a_dock_run_together_but_open_one_door_at_a_time() -> None:
    world = World()
    soft = [replace(one, blocking_type="SOFT") for one in (pick("p"), pick("q", "M1"))]
    world.order(road(1, actions={0: tuple(soft)}))
    assert [one.action_status for one in world.state.action_states] == ["RUNNING", "RUNNING"]
    assert [one.compartment for one in world.told(OpenDoor)] == ["S1"]
    world.run_until(5_000)
    assert [one.compartment for one in world.told(OpenDoor)] == ["S1", "M1"]
    world.run_until(10_000)
    assert loads(world) == ["p", "q"]


def test_a_dock_takes_out_what_is_there_and_says_what_is_not() -> None:
    world = World()
    actions = (pick("p"), pick("q"), drop("z"), drop("p"))
    world.order(road(1, actions={0: actions}))
    world.run_until(60_000)
    ids = [one.action_id for one in actions]
    assert results(world, *ids) == ["loaded", "occupied", "not_there", "unloaded"]
    assert loads(world) == []
    assert world.errors == ["actionError", "actionError"]


def test_any_masters_pick_and_drop_need_neither_lhd_nor_load_id() -> None:
    """'lhd (string, optional) ... loadId(string, optional)' (6.8.1)."""
    world = World()
    actions = (
        action("pick", "a", loadType="M"),
        action("pick", "b", loadType="S"),
        action("pick", "c", loadType="EPAL", loadId="x"),
        action("pick", "d", loadType="S"),
        action("drop", "e"),
        action("drop", "f", lhd="M1"),
        action("drop", "g", loadId="x"),
        action("drop", "h"),
    )
    world.order(road(1, actions={0: actions}))
    assert world.told(OpenDoor)[0].compartment == "M1"
    world.run_until(80_000)
    opened = [one.compartment for one in world.told(OpenDoor)]
    assert opened == ["M1", "S1", "S2", "M1", "S2", "S1"]
    assert results(world, "d", "e", "h") == ["occupied", "not_there", "unloaded"]
    assert loads(world) == []


def test_one_load_is_not_taken_out_twice() -> None:
    world = World()
    drops = [action("drop", one, "SOFT", loadId="p") for one in "ab"]
    world.order(road(1, actions={0: (pick("p"), *drops)}))
    world.run_until(20_000)
    assert results(world, "a", "b") == ["unloaded", "not_there"]


@pytest.mark.parametrize(
    ("made", "key"),
    [
        (action("pick", "a", lhd="X9"), "lhd"),
        (action("pick", "a", lhd="S1", loadType="M"), "lhd"),
        (action("drop", "a", loadId=7), "loadId"),
        (action("drop", "a", durationMs="soon"), "durationMs"),
        (action("waitForTrigger", "a", timeoutMs=-1), "timeoutMs"),
        (action("signal", "a", kind="siren"), "kind"),
        (handover("p", "X9"), "compartment"),
        (handover("p", direction="up"), "direction"),
        (handover("p", code=None), "digest"),
        (handover("", code="1"), "parcel"),
        (handover("p", wait_ms=-1), "waitMs"),
    ],
)
def test_an_action_that_cannot_be_done_as_asked_is_refused_with_its_order(
    made: Action, key: str
) -> None:
    world = World()
    world.order(road(1, actions={0: (made,)}))
    assert world.state.order_id == ""
    assert world.errors == ["orderError"]
    assert world.references["field"] == f"nodes[0].actions[0].actionParameters.{key}"


def test_more_than_two_digests_are_refused() -> None:
    digest = handover_digest(b"key", "ACME/R7", "p", "S1", 1, "1")
    made = handover("p", code=None)
    for count, is_taken in ((2, True), (3, False)):
        parameters = action("x", "y", digest=" ".join([digest] * count)).action_parameters
        whole = replace(made, action_parameters=(*made.action_parameters, *parameters))
        world = World()
        world.order(road(1, actions={0: (whole,)}))
        assert (world.state.order_id == "o1") is is_taken


def test_a_dock_with_a_sensor_says_what_it_sees() -> None:
    world = World(body=Dock())
    world.order(road(1, actions={0: (pick("p"), pick("q", "S2"), drop("p"))}))

    def serve(compartment: str, occupied: bool, label: str | None = None) -> None:
        world.feed(DoorChanged(compartment, "open"))
        world.feed(ContentsSeen(compartment, occupied, label))
        world.feed(DoorChanged(compartment, "shut"))

    serve("S1", True, "p")
    serve("S2", True, "z")
    assert (world.told(OpenDoor)[-1].parcel, world.told(OpenDoor)[-1].fills) == ("z", False)
    serve("S2", False)
    assert world.action("pick-q").result_description == "wrong_parcel"
    assert loads(world) == ["p"]
    serve("S1", True)
    assert world.action("drop-p").result_description == "occupied", "it is still in there"
    assert loads(world) == ["p"]


def test_a_jammed_door_at_a_dock_fails_the_action() -> None:
    world = World(body=Dock())
    world.order(road(2, actions={0: (pick("p"),)}))
    world.feed(DoorChanged("S1", "jammed"))
    assert world.action("pick-p").result_description == "jammed"
    assert loads(world) == []
    assert world.state.driving, "it is seen shut"


def test_the_door_of_a_dock_waits_long_for_staff_and_opens_again() -> None:
    world = World(body=Dock())
    world.order(road(1, actions={0: (pick("p"),)}))
    world.run_until(599_999)
    assert world.told(LockDoor) == []
    world.run_until(600_000)
    assert len(world.told(OpenDoor)) == 2
    world.open_and_shut("S1")
    assert world.action("pick-p").result_description == "loaded"


def test_a_cancel_locks_a_dock_that_nobody_opened() -> None:
    world = World(body=Dock())
    world.order(road(1, actions={0: (pick("p"), pick("q", "S2"))}))
    world.instant("cancelOrder")
    assert results(world, "pick-p", "pick-q") == ["cancelled", "cancelled"]
    assert world.action("i-cancelOrder").action_status == "FINISHED"
    assert loads(world) == []
    assert world.errors == [], "what the master asked for is no error"


def test_a_cancel_lets_staff_finish_at_an_open_door() -> None:
    world = World(body=Dock())
    world.order(road(1, actions={0: (pick("p"), pick("q", "S2"))}))
    world.feed(DoorChanged("S1", "open"))
    world.instant("cancelOrder")
    assert results(world, "pick-q") == ["cancelled"]
    assert world.action("i-cancelOrder").action_status == "RUNNING"
    world.feed(DoorChanged("S1", "shut"))
    assert results(world, "pick-p") == ["loaded"]
    assert world.action("i-cancelOrder").action_status == "FINISHED"


def test_nobody_empties_the_robot_in_the_street() -> None:
    spec = replace(SPEC, ground=Ground("road", "1", docks=((0, 0),)))
    wait = action("waitForTrigger", "w")
    for actions, is_taken in (
        ((drop("p"),), False),
        ((wait, drop("p")), True),
        ((replace(wait, blocking_type="SOFT"), replace(drop("p"), blocking_type="SOFT")), False),
    ):
        world = World(spec)
        world.order(road(3, actions={2: actions}))
        assert (world.state.order_id == "o1") is is_taken, actions
    world = World(spec)
    world.order(road(3, actions={0: (drop("p"),)}))
    assert world.state.order_id == "o1"


def test_hard_runs_alone_and_holds_back_all_after_it() -> None:
    """'HARD: Action must not be executed in parallel with any other action' (6.12); list order."""
    world = World(body=Dock())
    actions = (
        action("signal", "s1", "SOFT", durationMs=4_000),
        action("signal", "s2", "NONE", kind="horn", durationMs=2_000),
        pick("p"),
        action("signal", "s3", "SOFT", durationMs=1_000),
    )
    world.order(road(2, actions={0: actions}))

    def statuses() -> str:
        return " ".join(one.action_status for one in world.state.action_states)

    assert statuses() == "RUNNING RUNNING WAITING WAITING"
    world.run_until(3_000)
    assert statuses() == "RUNNING FINISHED WAITING WAITING"
    world.run_until(4_000)
    assert statuses() == "FINISHED FINISHED RUNNING WAITING"
    world.open_and_shut("S1")
    assert statuses() == "FINISHED FINISHED FINISHED RUNNING"
    assert not world.state.driving
    world.run_until(5_000)
    assert world.state.driving


def test_an_action_of_blocking_type_none_lets_the_robot_drive() -> None:
    """'NONE: Allows driving and other actions' (6.12)."""
    world = World()
    world.order(road(3, actions={0: (action("signal", "s", "NONE", durationMs=15_000),)}))
    assert world.state.driving
    world.run_until(14_999)
    assert world.action("s").action_status == "RUNNING"
    world.run_until(15_000)
    assert world.action("s").action_status == "FINISHED"
    assert world.told(Signal) == [Signal("light", on=True), Signal("light", on=False)]


def test_an_edge_action_runs_while_on_the_edge_and_ends_with_it() -> None:
    """'the actions that were active on the edge must be finished' (6.10.2)."""
    world = World()
    order = with_edge_action(road(3), 1, action("signal", "s", "NONE", kind="horn"))
    world.order(order)
    world.run_until(9_000)
    assert world.action("s").action_status == "WAITING"
    world.run_until(11_000)
    assert world.action("s").action_status == "RUNNING"
    world.run_until(20_000)
    assert world.action("s").action_status == "FINISHED"
    assert world.told(Signal) == [Signal("horn", on=True), Signal("horn", on=False)]


def test_a_light_that_two_actions_want_stays_on_until_the_last_one_ends() -> None:
    world = World()
    actions = (
        action("signal", "a", "SOFT", durationMs=2_000),
        action("signal", "b", "SOFT", durationMs=4_000),
    )
    world.order(road(1, actions={0: actions}))
    world.run_until(3_000)
    assert world.action("a").action_status == "FINISHED"
    assert Signal("light", on=False) not in world.effects
    world.run_until(4_000)
    assert Signal("light", on=False) in world.effects


def test_charging_has_started_not_ended_when_its_action_is_finished() -> None:
    """'The charging process is started. The AGV reports .batteryState.charging: true' (6.8.2)."""
    world = World(body=Dock())
    world.order(road(1, actions={0: (action("startCharging", "c"),)}))
    assert world.told(Charge) == [Charge(on=True)]
    assert world.action("c").action_status == "RUNNING"
    world.feed(BatteryRead(500, True))
    assert world.action("c").action_status == "FINISHED"
    assert world.state.battery_state.charging


def test_charging_that_does_not_begin_fails_after_a_minute() -> None:
    world = World(body=Dock())
    world.order(road(1, actions={0: (action("startCharging", "c"),)}))
    world.run_until(60_000)
    assert world.action("c").action_status == "FAILED"
    assert world.told(Charge)[-1] == Charge(on=False)
    assert world.errors == ["actionError"]


def test_a_robot_waits_for_a_trigger_and_only_then_goes_on() -> None:
    """'Trigger has been triggered.' (6.8.2)."""
    world = World()
    world.order(road(2, actions={0: (action("waitForTrigger", "w"),)}))
    world.run_until(3_600_000)
    assert world.action("w").action_status == "RUNNING"
    world.instant("trigger", actionId="w")
    assert world.action("w").action_status == "FINISHED"
    assert world.action("i-trigger").action_status == "FINISHED"
    assert world.state.driving
    world.instant("trigger", prefix="again", actionId="w")
    assert world.action("again-trigger").action_status == "FAILED"


def test_a_wait_for_a_trigger_fails_by_its_timeout_or_a_cancel() -> None:
    """'waitForTrigger fails, if order has been canceled.' (6.8.2)."""
    world = World()
    actions = (action("waitForTrigger", "w", timeoutMs=1_000), action("waitForTrigger", "v"))
    world.order(road(1, actions={0: actions}))
    world.run_until(1_000)
    assert world.action("w").result_description == "timeout"
    assert world.action("v").action_status == "RUNNING"
    world.instant("cancelOrder")
    assert world.action("v").action_status == "FAILED"
    assert world.action("i-cancelOrder").action_status == "FINISHED"


def test_fine_positioning_needs_a_known_position() -> None:
    world = World()
    actions = (action("waitForTrigger", "w"), action("finePositioning", "f"))
    world.order(road(1, actions={0: actions}))
    world.feed(Posed(0, 0, 0, localized=False))
    world.instant("trigger", actionId="w")
    assert world.action("f").action_status == "FAILED"
    world.feed(Posed(0, 0, 0))
    world.order(road(1, order_id="o2", actions={0: (action("finePositioning", "g"),)}))
    assert world.action("g").action_status == "FINISHED"


def test_actions_of_a_dropped_horizon_are_forgotten() -> None:
    world = World()
    world.order(road(3, released=2, actions={2: (pick("p"),)}))
    assert world.action("pick-p").action_status == "WAITING"
    world.order(road(1, start=1, update=1))
    assert world.state.action_states == ()
    world.order(road(2, start=1, update=2, actions={2: (pick("p"),)}))
    world.run_until(30_000)
    assert loads(world) == ["p"]
