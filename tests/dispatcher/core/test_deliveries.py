# SPDX-License-Identifier: Apache-2.0
"""Parcels from the request to their end, with robots that do what they are told."""

import pytest

from dispatcher.core import events as ev
from dispatcher.core.books import by_state, on_time_share, promises_broken
from dispatcher.core.effects import Notify, PublishOrder

HOUR_MS = 3_600_000


def test_a_parcel_is_delivered_and_the_books_add_up(fleet):
    assert fleet.announce("p1") == 201
    fleet.run(600)
    assert fleet.state_of("p1") == "delivered"
    assert fleet.core.summary() == {
        "accepted": 1,
        "delivered": 1,
        "returned": 0,
        "cancelled": 0,
        "open": 0,
    }


def test_many_parcels_in_nested_sizes_are_all_delivered(graph, make_fleet):
    fleet = make_fleet(graph, robots=3)
    for n in range(40):
        fleet.announce(f"p{n:02}", ("s1", "s2")[n % 2], size="SSSM"[n % 4])
        fleet.run(30)
    fleet.run(7_200)
    assert fleet.core.summary()["delivered"] == 40


def test_no_show_goes_back_is_offered_again_with_a_new_code_and_then_given_up(fleet):
    fleet.results = lambda action: "no_show" if action.kind == "out" else ""
    fleet.announce("p1")
    fleet.run(600)
    parcel = fleet.core.state.parcels["p1"]
    assert (parcel.state, parcel.attempts, parcel.version) == ("at_station", 1, 2)
    fleet.run(7_200)
    assert fleet.state_of("p1") == "given_up"
    assert "no_show" in parcel.reason
    assert fleet.core.summary()["open"] == 1


def test_a_given_up_parcel_is_returned_by_the_word_of_staff(fleet):
    fleet.results = lambda action: "no_show" if action.kind == "out" else ""
    fleet.announce("p1")
    fleet.run(9_000)
    fleet.feed(ev.ParcelDeclared("q", "p1", "returned", by="ida"))
    assert fleet.state_of("p1") == "returned"


def test_a_return_is_received_at_its_stop_and_ends_at_the_station(fleet):
    fleet.announce("p1", kind="return", origin="s2", destination="st", at_station=False)
    fleet.run(1_200)
    assert fleet.state_of("p1") == "delivered"


def test_a_transfer_goes_from_stop_to_stop(fleet):
    fleet.announce("p1", kind="transfer", origin="s2", destination="s1", at_station=False)
    fleet.run(1_200)
    assert fleet.state_of("p1") == "delivered"


def test_a_sender_who_never_comes_ends_as_cancelled(fleet):
    fleet.results = lambda action: "no_show" if action.kind == "in" else ""
    fleet.announce("p1", kind="return", origin="s2", destination="st", at_station=False)
    fleet.run(9_000)
    assert fleet.state_of("p1") == "cancelled"


def test_the_next_leg_stays_in_the_horizon_until_the_handover_has_ended(fleet):
    """VDA 5050 6.6: what is released cannot be taken back, so nothing is released early."""
    fleet.announce("p1", "s1")
    fleet.announce("p2", "s2")
    sent = []
    for _ in range(900):
        sent += [effect for effect in fleet.effects if isinstance(effect, PublishOrder)]
        fleet.run(1)
    for order in sent:
        base = [node for node in order.nodes if node.released]
        assert order.nodes[: len(base)] == tuple(base)
        ahead = base if order.update == 0 else base[1:]
        assert sum(1 for node in ahead if node.actions) <= 1
        assert not any(node.actions for node in order.nodes[len(base) :])


def test_a_robot_does_not_arrive_before_the_slot_opens(fleet):
    later = fleet.now_ms + HOUR_MS
    fleet.announce("p1", slot_from_ms=later, slot_until_ms=later + HOUR_MS)
    fleet.run(3_000)
    assert fleet.state_of("p1") in ("at_station", "assigned", "loaded", "riding")
    fleet.run(1_800)
    assert fleet.state_of("p1") == "delivered"


def test_a_delivery_waits_until_it_is_at_the_station(fleet):
    fleet.announce("p1", at_station=False)
    fleet.run(600)
    assert fleet.state_of("p1") == "announced"
    fleet.feed(ev.ParcelDeclared("q", "p1", "at_station"))
    fleet.run(600)
    assert fleet.state_of("p1") == "delivered"


def test_without_any_planner_parcels_keep_moving(graph, make_fleet):
    fleet = make_fleet(graph, robots=2)
    for n in range(12):
        fleet.announce(f"p{n:02}", ("s1", "s2")[n % 2])
    fleet.run(7_200, plans=False)
    assert fleet.core.summary()["delivered"] == 12
    assert fleet.core.state.counters["plans_failed"] > 0


def test_a_low_battery_is_charged_before_more_work(fleet):
    fleet.feed(ev.RobotReported("toy/r0", battery_pct=12))
    fleet.announce("p1")
    fleet.run(120)
    robot = fleet.core.state.robots["toy/r0"]
    assert robot.job is not None
    assert robot.job.kind == "charge"
    fleet.feed(ev.RobotReported("toy/r0", battery_pct=95))
    fleet.run(900)
    assert fleet.state_of("p1") == "delivered"


@pytest.mark.parametrize("notice", ["accepted", "coming", "arrived", "delivered"])
def test_the_recipient_is_told(fleet, notice):
    told: list[str] = []
    fleet.announce("p1")
    for _ in range(600):
        told += [effect.notice for effect in fleet.effects if isinstance(effect, Notify)]
        fleet.run(1)
    assert told.count(notice) == 1


def test_nothing_is_owed_when_all_is_done_but_the_notices(fleet):
    fleet.announce("p1")
    fleet.run(1_200)
    for notice in list(fleet.core.state.notices):
        fleet.feed(ev.NoticeSent(notice))
    owed = fleet.core.outstanding(fleet.now_ms)
    assert [type(effect).__name__ for effect in owed] in ([], ["WakeAt"])


def test_ended_parcels_are_forgotten_after_their_time_and_the_books_keep_them(graph, make_fleet):
    fleet = make_fleet(graph, remember_ended_ms=HOUR_MS)
    fleet.announce("p1")
    fleet.run(1_200)
    assert fleet.state_of("p1") == "delivered"
    fleet.now_ms += 2 * HOUR_MS
    fleet.feed(ev.TimePassed())
    assert fleet.core.state.find("p1") is None
    assert fleet.core.summary()["delivered"] == 1
    assert on_time_share(fleet.core.state) == 1.0
    assert by_state(fleet.core.state) == {"delivered": 1}


def test_a_promise_is_broken_by_lateness_and_by_a_slot_that_passes_but_not_by_who_stays_away(
    graph, make_fleet
):
    fleet = make_fleet(graph, attempts_max=1)
    soon_ms = fleet.now_ms + 1_000
    fleet.announce("late", slot_until_ms=soon_ms)
    fleet.announce("waits", slot_until_ms=soon_ms, at_station=False)
    fleet.announce("absent")
    assert promises_broken(fleet.core.state, fleet.now_ms) == 0
    away = ("out", "absent")
    fleet.results = lambda action: "no_show" if (action.kind, action.parcel) == away else ""
    fleet.run(4 * 3_600)
    states = {name: fleet.state_of(name) for name in ("late", "waits", "absent")}
    assert states == {"late": "delivered", "waits": "announced", "absent": "given_up"}
    assert promises_broken(fleet.core.state, fleet.now_ms) == 2
