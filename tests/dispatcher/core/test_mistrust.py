# SPDX-License-Identifier: Apache-2.0
"""A robot is not trusted: what it does wrong leads to a state, never to an error or a loss."""

import pytest

from dispatcher.core import events as ev
from dispatcher.core.effects import Alarm, Answer, PublishInstant, PublishOrder
from dispatcher.core.site import RobotEntry, SiteSpec

R0 = "toy/r0"


def answer_to(fleet, event):
    return next(effect for effect in fleet.feed(event) if isinstance(effect, Answer))


def run_until(fleet, true, seconds=1_200):
    for _ in range(seconds):
        if true():
            return
        fleet.run(1)
    pytest.fail("it never came to that")


def ride(fleet, parcel):
    run_until(fleet, lambda: fleet.state_of(parcel) in ("loaded", "riding"))


def results(**words):
    """How actions end, by kind and parcel: `results(pick_p1="broken")`."""
    return lambda action: words.get(f"{action.kind}_{action.parcel}", "")


def test_a_robot_at_a_node_that_is_not_on_the_map_gets_no_work_until_it_is_back(fleet):
    fleet.feed(ev.RobotReported(R0, last_node="moon"))
    fleet.announce("p1")
    fleet.run(300)
    assert fleet.state_of("p1") == "at_station"
    fleet.feed(ev.RobotReported(R0, last_node="a"))
    fleet.run(900)
    assert fleet.state_of("p1") == "delivered"


def test_a_robot_that_leaves_the_map_during_its_job_can_come_back(fleet):
    fleet.announce("p1")
    ride(fleet, "p1")
    fleet.feed(ev.RobotReported(R0, last_node="moon"))
    fleet.run(900)
    assert fleet.state_of("p1") == "delivered"


def test_huge_numbers_are_not_believed(fleet):
    huge = 1 << 70
    fleet.feed(
        ev.RobotReported(
            R0, update=huge, last_sequence=huge, nodes_left=huge, battery_pct=huge, x_mm=huge,
            y_mm=-huge,
        )
    )  # fmt: skip
    robot = fleet.core.state.robots[R0]
    assert (robot.battery_pct, robot.nodes_left, robot.x_mm) == (90, 0, 0)
    assert fleet.core.snapshot()


def test_of_two_senders_at_one_stop_the_first_does_not_come(fleet):
    for name in ("p1", "p2"):
        fleet.announce(
            name,
            kind="return",
            origin="s2",
            destination="st",
            at_station=False,
            slot_from_ms=fleet.now_ms + 600_000,
        )
    run_until(fleet, lambda: fleet.state_of("p2") == "assigned")
    order = fleet.orders[R0][0]
    base = [node for node in order.nodes if node.released][-1]
    first, second = base.actions
    at = {"order": order.order, "update": 0, "last_node": base.node, "nodes_left": 1}
    at["last_sequence"] = base.sequence
    fleet.feed(
        ev.RobotReported(R0, actions=(ev.ActionReport(first.id, "FAILED", "no_show"),), **at)
    )
    assert fleet.state_of(first.parcel) == "announced"
    fleet.feed(ev.RobotReported(R0, actions=(ev.ActionReport(second.id, "FINISHED", "received"),)))
    fleet.run(3_600)
    assert fleet.core.summary()["delivered"] == 2


def test_what_could_not_be_loaded_is_declared_while_its_robot_is_on_its_way(fleet):
    fleet.results = results(pick_p1="broken")
    fleet.announce("p1", "s1")
    fleet.announce("p2", "s2")
    ride(fleet, "p2")
    assert not fleet.core.state.parcels["p1"].custody_known
    assert answer_to(fleet, ev.ParcelDeclared("q", "p1", "at_station")).status == 200
    fleet.results = results()
    fleet.run(1_800)
    assert fleet.core.summary()["delivered"] == 2


def test_what_a_robot_says_to_have_done_before_it_was_there_is_not_believed(fleet):
    fleet.announce("p1")
    ride(fleet, "p1")
    run_until(fleet, lambda: fleet.orders[R0])
    order = fleet.orders[R0].pop()
    action = [node for node in order.nodes if node.released][-1].actions[0]
    said = ev.ActionReport(action.id, "FINISHED", "collected")
    fleet.feed(ev.RobotReported(R0, order=order.order, update=order.update, actions=(said,)))
    assert not fleet.core.state.parcels["p1"].custody_known
    assert "before the robot was there" in fleet.core.state.robots[R0].held


def test_a_compartment_in_doubt_is_given_to_nobody(fleet):
    """Else a recipient would open it and find somebody else's parcel."""
    fleet.results = results(in_p1="broken")
    fleet.announce("p1", kind="return", origin="s2", destination="st", at_station=False)
    run_until(fleet, lambda: not fleet.core.state.parcels["p1"].custody_known)
    doubtful = fleet.core.state.parcels["p1"].compartment
    for n in range(2, 8):
        fleet.announce(f"p{n}")
    used = set()
    for _ in range(3_600):
        fleet.run(1)
        used |= {p.compartment for p in fleet.core.state.parcels.values() if p.id != "p1"}
    assert doubtful not in used
    assert fleet.core.summary()["delivered"] == 6


def test_staff_can_take_parcels_from_a_robot_that_is_gone_and_its_later_word_moves_nothing(
    graph, make_fleet
):
    fleet = make_fleet(graph, robots=2)
    fleet.announce("p1")
    ride(fleet, "p1")
    robot = fleet.core.state.parcels["p1"].robot
    run_until(fleet, lambda: fleet.orders[robot])
    old, fleet.orders[robot] = fleet.orders[robot], []
    assert answer_to(fleet, ev.ParcelDeclared("q", "p1", "at_station")).status == 409
    fleet.feed(ev.RobotLinked(robot, "silent"))
    assert answer_to(fleet, ev.ParcelDeclared("q", "p1", "at_station")).status == 200
    run_until(fleet, lambda: fleet.core.state.parcels["p1"].robot not in ("", robot))
    fleet.orders[robot] = old
    fleet.feed(ev.RobotLinked(robot, "online"))
    fleet.run(1)
    assert fleet.state_of("p1") != "delivered"
    fleet.run(900)
    assert fleet.state_of("p1") == "delivered"
    assert fleet.core.state.robots[robot].held


def test_a_robot_taken_off_the_list_gets_nothing_and_its_parcels_are_in_doubt(fleet):
    fleet.announce("p1")
    ride(fleet, "p1")
    fleet.orders.clear()
    fleet.feed(ev.SiteConfigured(SiteSpec("toy", ())))
    assert "off the list" in fleet.core.state.parcels["p1"].reason
    fleet.effects.clear()
    fleet.run(60)
    assert not [effect for effect in fleet.effects if isinstance(effect, PublishOrder)]
    assert not [e for e in fleet.core.outstanding(fleet.now_ms) if isinstance(e, PublishOrder)]
    assert answer_to(fleet, ev.ParcelDeclared("q", "p1", "returned")).status == 200


def test_an_update_that_a_robot_has_lost_again_is_sent_again(fleet):
    fleet.announce("p1")
    ride(fleet, "p1")
    run_until(fleet, lambda: fleet.orders[R0])
    order = fleet.orders[R0].pop()
    fleet.feed(ev.RobotReported(R0, order=order.order, update=order.update))
    fleet.feed(ev.RobotReported(R0, order=order.order, update=order.update - 1))
    fleet.effects.clear()
    fleet.now_ms += 6_000
    assert order in fleet.feed(ev.TimePassed())


def test_an_update_that_was_never_sent_holds_the_robot(fleet):
    fleet.announce("p1")
    ride(fleet, "p1")
    order = fleet.core.state.robots[R0].session.order
    fleet.feed(ev.RobotReported(R0, order=order, update=7))
    assert "not ours" in fleet.core.state.robots[R0].held


def test_an_error_that_stays_does_not_hide_that_the_order_is_lost(fleet):
    fleet.announce("p1")
    ride(fleet, "p1")
    run_until(fleet, lambda: fleet.orders[R0])
    order = fleet.orders[R0].pop()
    error = ev.ErrorReport("orderError", "WARNING", order=order.order)
    fleet.feed(ev.RobotReported(R0, order=order.order, update=order.update))
    fleet.feed(ev.RobotReported(R0, errors=(error,)))
    fleet.feed(ev.RobotReported(R0, order="", update=0))
    assert not fleet.core.state.parcels["p1"].custody_known


def test_a_return_called_off_on_the_way_to_its_sender_is_not_offered_again(fleet):
    fleet.results = results(in_p1="no_show")
    fleet.announce("p1", kind="return", origin="s2", destination="st", at_station=False)
    run_until(fleet, lambda: fleet.state_of("p1") == "assigned")
    assert answer_to(fleet, ev.ParcelCancelled("q", "p1")).status == 202
    fleet.run(300)
    assert fleet.state_of("p1") == "cancelled"


def test_a_transfer_nobody_took_goes_on_from_the_station_where_it_is(fleet):
    fleet.results = results(out_p1="no_show")
    fleet.announce("p1", kind="transfer", origin="s2", destination="s1", at_station=False)
    run_until(fleet, lambda: fleet.state_of("p1") == "at_station")
    fleet.results = results(in_p1="no_show")
    fleet.run(7_200)
    assert fleet.state_of("p1") == "delivered"


def test_without_a_station_a_person_takes_out_what_nobody_takes(stationless, make_fleet):
    fleet = make_fleet(stationless)
    fleet.results = results(out_p1="no_show")
    fleet.announce("p1", kind="transfer", origin="s2", destination="s1", at_station=False)
    fleet.run(3_600)
    assert "must take out parcel p1" in fleet.core.state.robots[R0].held
    assert fleet.core.state.parcels["p1"].attempts == 2
    assert answer_to(fleet, ev.ParcelDeclared("q", "p1", "returned")).status == 200
    assert answer_to(fleet, ev.RobotReleased("q", R0)).status == 200


def test_a_charger_that_does_not_charge_is_not_tried_for_ever(fleet):
    fleet.results = lambda action: "broken" if action.kind == "charge" else ""
    fleet.feed(ev.RobotReported(R0, battery_pct=12))
    fleet.run(60)
    fleet.feed(ev.RobotReported(R0, charging=False))
    fleet.run(3_600)
    assert "ended charging at 12 %" in fleet.core.state.robots[R0].held
    assert fleet.core.state.counters["charges_done"] == 1


def test_a_robot_that_only_says_it_stops_charging_is_not_asked_as_fast_as_it_answers(fleet):
    fleet.feed(ev.RobotReported(R0, charging=True))
    sent = 0
    for _ in range(100):
        asked = [e for e in fleet.effects if isinstance(e, PublishInstant)]
        fleet.effects.clear()
        sent += len(asked)
        fleet.now_ms += 100
        done = tuple(ev.ActionReport(effect.id, "FINISHED") for effect in asked)
        fleet.feed(ev.RobotReported(R0, actions=done))
    assert 1 <= sent <= 3


def test_a_factsheet_stays_narrow_when_the_site_is_configured_anew(fleet):
    fleet.feed(ev.RobotDescribed(R0, compartments=("S1", "L1")))
    fleet.feed(ev.SiteConfigured(SiteSpec("toy", (RobotEntry(R0, ("S1", "S2", "M1", "L1")),))))
    assert fleet.core.state.robots[R0].compartments == ("S1", "L1")
    fleet.feed(ev.RobotDescribed(R0, compartments=("S1", "S2", "L1")))
    assert fleet.core.state.robots[R0].compartments == ("S1", "S2", "L1")


def test_a_planner_that_never_answers_is_asked_again(fleet):
    later = fleet.now_ms + 7_200_000
    fleet.announce("p1", slot_from_ms=later, slot_until_ms=later + 600_000)
    fleet.effects.clear()
    fleet.run(700)
    assert fleet.core.state.counters["plans_asked"] == 2


def test_only_what_a_lost_order_asked_for_is_in_doubt(fleet):
    """A sender whom the robot was not sent to yet still has the parcel."""
    later = {"slot_from_ms": fleet.now_ms + 600_000}
    fleet.announce("p1", "s1", **later)
    fleet.announce("p2", kind="return", origin="s2", destination="st", at_station=False, **later)
    ride(fleet, "p1")
    parcels = fleet.core.state.parcels
    assert parcels["p2"].state == "assigned"
    fleet.orders.clear()
    fleet.feed(ev.RobotReported(R0, order="", update=0))
    assert not parcels["p1"].custody_known
    assert parcels["p2"].custody_known
    assert parcels["p2"].state == "announced"


def test_an_order_that_was_sent_may_have_been_taken_by_a_robot_off_the_list(fleet):
    fleet.deaf = True
    fleet.announce("p1")
    fleet.run(3)
    assert fleet.core.state.robots[R0].job.state == "given"
    fleet.feed(ev.SiteConfigured(SiteSpec("toy", ())))
    assert not fleet.core.state.parcels["p1"].custody_known


def test_a_robot_that_came_up_anew_gets_no_update_before_it_was_heard(fleet):
    """It would take an update of a forgotten order for a new one, and load its parcel again."""
    fleet.announce("p1")
    while fleet.core.state.robots[R0].session.update == 0:
        fleet.run(1)
    fleet.deaf = True
    fleet.feed(ev.RobotLinked(R0, "broken"))
    sent = fleet.feed(ev.RobotLinked(R0, "online"))
    fleet.now_ms += 60_000
    sent += fleet.feed(ev.TimePassed())
    assert not [effect for effect in sent if isinstance(effect, PublishOrder)]
    assert not [e for e in fleet.core.outstanding(fleet.now_ms) if isinstance(e, PublishOrder)]
    sent = fleet.feed(ev.RobotReported(R0, order="", update=0, nodes_left=0))
    assert not [effect for effect in sent if isinstance(effect, PublishOrder)]
    assert "lost order" in fleet.core.state.robots[R0].held


def test_an_update_is_owed_again_once_the_robot_shows_that_it_knows_the_order(fleet):
    fleet.announce("p1")
    while fleet.core.state.robots[R0].session.update == 0:
        fleet.run(1)
    robot = fleet.core.state.robots[R0]
    order, fleet.deaf = robot.session.order, True
    fleet.feed(ev.RobotLinked(R0, "broken"))
    fleet.feed(ev.RobotLinked(R0, "online"))
    sent = fleet.feed(ev.RobotReported(R0, order=order, update=0))
    assert [effect.update for effect in sent if isinstance(effect, PublishOrder)] == [1]


def test_a_new_order_is_not_given_to_a_robot_that_was_not_heard_since_the_restart(fleet):
    spec = fleet.core.state.site
    asked = fleet.feed(ev.SiteConfigured(spec))
    assert [e.kind for e in asked if isinstance(e, PublishInstant)] == ["stateRequest"]
    fleet.effects.clear()
    fleet.announce("p1")
    fleet.feed(ev.TimePassed())
    assert fleet.state_of("p1") == "at_station"
    fleet.run(600)
    assert fleet.state_of("p1") == "delivered"


def test_what_a_robot_says_late_of_an_order_given_up_is_an_alarm(fleet):
    fleet.announce("p1")
    ride(fleet, "p1")
    job = fleet.core.state.robots[R0].job
    action = next(t.action for v in job.visits for t in v.tasks if t.kind == "out")
    fleet.deaf = True
    fleet.feed(ev.RobotReported(R0, order="", update=0, nodes_left=0))
    late = ev.RobotReported(
        R0, order=job.id, actions=(ev.ActionReport(action, "FINISHED", "collected"),)
    )
    alarms = [effect for effect in fleet.feed(late) if isinstance(effect, Alarm)]
    assert any("'collected'" in alarm.text and alarm.parcel == "p1" for alarm in alarms)
    assert fleet.state_of("p1") != "delivered"


def test_a_robot_that_still_executes_an_order_is_told_to_cancel_it_before_it_is_released(fleet):
    fleet.feed(ev.RobotReported(R0, order="other-7", update=0, nodes_left=5))
    effects = fleet.feed(ev.RobotReleased("q", R0, "ida"))
    assert [e.kind for e in effects if isinstance(e, PublishInstant)] == ["cancelOrder"]
    assert [e.status for e in effects if isinstance(e, Answer)] == [409]
    fleet.feed(ev.RobotReported(R0, nodes_left=0))
    effects = fleet.feed(ev.RobotReleased("q", R0, "ida"))
    assert [e.status for e in effects if isinstance(e, Answer)] == [200]


def test_a_robot_that_is_no_longer_registered_is_not_asked_for_anything(fleet):
    bare = SiteSpec("toy", (RobotEntry("toy/other", compartments=("S1",)),))
    for _ in range(2):
        sent = fleet.feed(ev.SiteConfigured(bare))
        assert not [effect for effect in sent if isinstance(effect, PublishInstant)]


@pytest.mark.parametrize(
    ("status", "word"),
    [("FINISHED", ""), ("FINISHED", "done"), ("FINISHED", "no_show"), ("FAILED", "collected")],
)
def test_only_finished_with_the_word_collected_is_a_delivery(fleet, status, word):
    """A robot of another make may end a handover without our words: nobody knows then."""
    fleet.announce("p1")
    ride(fleet, "p1")
    robot = fleet.core.state.robots[R0]
    out = next(t for v in robot.job.visits for t in v.tasks if t.kind == "out")
    last = robot.session.message.nodes
    stop = next(node for node in last if any(a.id == out.action for a in node.actions))
    fleet.deaf = True
    fleet.feed(
        ev.RobotReported(
            R0,
            update=robot.session.update,
            last_node=stop.node,
            last_sequence=stop.sequence,
            actions=(ev.ActionReport(out.action, status, word),),
        )
    )
    assert fleet.state_of("p1") == "riding"
    assert not fleet.core.state.parcels["p1"].custody_known


def test_a_slot_that_ends_before_it_begins_is_named(fleet):
    until_ms = fleet.now_ms
    announced = ev.ParcelAnnounced(
        "q", "p1", "delivery", "st", "s1", "S", "who", until_ms + 1, until_ms
    )
    assert "slot_until: must not be earlier" in answer_to(fleet, announced).text
