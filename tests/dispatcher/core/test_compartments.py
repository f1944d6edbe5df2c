# SPDX-License-Identifier: Apache-2.0
"""What may lie in a compartment whose door was forced, that was loaded in vain, or that a person
has emptied."""

import msgspec
import pytest

from dispatcher.core import events as ev
from dispatcher.core.effects import PublishOrder
from dispatcher.core.record import effects_of
from tests.dispatcher.core.conftest import Fleet
from tests.dispatcher.core.test_mistrust import R0, answer_to, results, ride, run_until


def ride_together(fleet):
    fleet.announce("p0")
    ride(fleet, "p0")
    fleet.announce("p1")
    fleet.announce("p2", size="M")
    both = [fleet.core.state.parcels[name] for name in ("p1", "p2")]
    run_until(fleet, lambda: all(one.state in ("loaded", "riding") for one in both))


def forced(compartment, kind="doorForced", level="FATAL"):
    return ev.ErrorReport(kind, level, f"{compartment} was open", compartment=compartment)


@pytest.mark.parametrize("kind", ["doorForced", "doorOpen"])
def test_what_lies_behind_a_door_that_was_forced_or_unseen_is_in_doubt_and_its_robot_held(
    fleet, kind
):
    ride_together(fleet)
    parcels = fleet.core.state.parcels
    fleet.feed(ev.RobotReported(R0, errors=(forced(parcels["p1"].compartment, kind, "WARNING"),)))
    assert parcels["p1"].custody_known
    fleet.feed(ev.RobotReported(R0, errors=(forced(parcels["p1"].compartment, kind),)))
    assert not parcels["p1"].custody_known
    assert parcels["p2"].custody_known
    assert kind in fleet.core.state.robots[R0].held
    fleet.feed(ev.RobotReported(R0, errors=()))
    fleet.run(1_800)
    # What is said of it afterwards moves nothing: it may have been taken out before.
    assert (fleet.state_of("p2"), parcels["p1"].custody_known) == ("delivered", False)
    assert answer_to(fleet, ev.ParcelDeclared("q", "p1", "delivered")).status == 200


def test_a_second_door_that_is_forced_later_is_heard_of_too(fleet):
    ride_together(fleet)
    parcels = fleet.core.state.parcels
    first, second = (forced(parcels[name].compartment) for name in ("p1", "p2"))
    fleet.feed(ev.RobotReported(R0, errors=(first,)))
    assert parcels["p2"].custody_known
    fleet.feed(ev.RobotReported(R0, errors=(first, second)))
    assert not parcels["p2"].custody_known


def test_a_forced_door_that_is_not_named_puts_everything_aboard_in_doubt(fleet):
    fleet.announce("p1")
    ride(fleet, "p1")
    fleet.feed(ev.RobotReported(R0, errors=(ev.ErrorReport("doorForced", "FATAL"),)))
    assert not fleet.core.state.parcels["p1"].custody_known


def test_a_compartment_that_may_not_be_empty_after_a_failed_loading_is_not_loaded_again(fleet):
    fleet.results = results(pick_p1="broken")
    fleet.announce("p1")
    run_until(fleet, lambda: not fleet.core.state.parcels["p1"].custody_known)
    compartment = fleet.core.state.parcels["p1"].compartment
    for number in range(2, 6):
        fleet.announce(f"p{number}", "s2")
    fleet.run(1_800)
    picks = [
        action.compartment
        for record in fleet.records
        for effect in effects_of(record)
        if isinstance(effect, PublishOrder)
        for node in effect.nodes
        for action in node.actions
        if action.kind == "pick" and action.parcel != "p1"
    ]
    assert set(picks) == {"S2", "M1", "L1"}
    assert compartment == "S1"
    fleet.feed(ev.ParcelDeclared("q", "p1", "at_station", "ida"))
    fleet.results = results()
    fleet.run(1_800)
    assert fleet.state_of("p1") == "delivered"


def test_what_was_taken_out_by_hand_is_no_load_to_the_robot_after_its_next_trip(fleet):
    fleet.announce("p1")
    ride(fleet, "p1")
    compartment = fleet.core.state.parcels["p1"].compartment
    fleet.feed(ev.RobotReported(R0, loads=(ev.LoadReport("p1", compartment),)))
    fleet.feed(ev.RobotHeld("q", R0))
    fleet.feed(ev.ParcelDeclared("q", "p1", "returned", "ida"))
    fleet.feed(ev.RobotReleased("q", R0))
    fleet.announce("p2", "s2")
    fleet.run(1_800)
    assert fleet.state_of("p2") == "delivered"
    actions = [
        (action.kind, action.parcel, action.compartment)
        for record in fleet.records
        for effect in effects_of(record)
        if isinstance(effect, PublishOrder)
        for node in effect.nodes
        for action in node.actions
    ]
    assert ("drop", "", compartment) in actions
    assert ("pick", "p2", compartment) not in actions


def one_compartment(graph):
    """A fleet of one robot with one compartment."""
    fleet = Fleet(graph)
    spec = fleet.core.state.spec()
    entries = tuple(msgspec.structs.replace(one, compartments=("S1",)) for one in spec.robots)
    fleet.feed(ev.SiteConfigured(msgspec.structs.replace(spec, robots=entries)))
    return fleet


def forget_in_its_only_compartment(fleet):
    fleet.announce("p1")
    ride(fleet, "p1")
    fleet.feed(ev.RobotReported(R0, loads=(ev.LoadReport("p1", "S1"),)))
    fleet.feed(ev.RobotHeld("q", R0))
    fleet.feed(ev.ParcelDeclared("q", "p1", "returned", "ida"))
    fleet.run(600)
    # By the books it was empty when its trip ended, and so nothing was unloaded there.
    fleet.feed(ev.RobotReported(R0, loads=(ev.LoadReport("p1", "S1"),)))


def test_a_robot_whose_only_compartment_is_blocked_goes_to_be_emptied_and_works_again(graph):
    fleet = one_compartment(graph)
    forget_in_its_only_compartment(fleet)
    fleet.feed(ev.RobotReleased("q", R0))
    fleet.announce("p2", "s2")
    fleet.run(1_800)
    assert fleet.state_of("p2") == "delivered"
    assert not fleet.core.state.robots[R0].held


def test_a_compartment_that_cannot_be_emptied_holds_its_robot_and_is_not_tried_for_ever(graph):
    fleet = one_compartment(graph)
    fleet.results = lambda action: "broken" if (action.kind, action.parcel) == ("drop", "") else ""
    forget_in_its_only_compartment(fleet)
    fleet.feed(ev.RobotReleased("q", R0))
    fleet.run(1_800)
    robot = fleet.core.state.robots[R0]
    assert "S1 could not be emptied" in robot.held
    assert robot.job is None


@pytest.mark.parametrize("where", ["at_station", "returned", "delivered"])
def test_who_waited_for_a_compartment_is_planned_when_staff_say_that_it_is_free(graph, where):
    fleet = one_compartment(graph)
    fleet.results = results(pick_p1="broken")
    fleet.announce("p1")
    run_until(fleet, lambda: not fleet.core.state.parcels["p1"].custody_known)
    fleet.results = results()
    fleet.announce("p2", "s2")
    fleet.run(100)
    assert fleet.state_of("p2") == "at_station"
    fleet.feed(ev.ParcelDeclared("q", "p1", where, "ida"))
    fleet.run(1_800)
    assert fleet.state_of("p2") == "delivered"
