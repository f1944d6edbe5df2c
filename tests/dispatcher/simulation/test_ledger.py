# SPDX-License-Identifier: Apache-2.0
from dispatcher.core.state import Parcel, State
from dispatcher.simulation.ledger import Ledger
from robot_agent.emulation.truth import Happening


def books(state: str, robot: str = "") -> State:
    parcel = Parcel("p", "delivery", "st", "b", "S", 1, "r", 0, 1, 0, state=state, robot=robot)
    return State(parcels={"p": parcel})


def put_in(ledger: Ledger, robot: str = "A/1", *, at_dock: bool = True) -> None:
    ledger.changed_hands(robot, Happening(0, "p", "S1", put_in=True, at_dock=at_dock, meant="p"))


def taken(ledger: Ledger, meant: str = "p", *, at_dock: bool = False) -> None:
    ledger.changed_hands(
        "A/1", Happening(1_000, "p", "S1", put_in=False, at_dock=at_dock, meant=meant)
    )


def ledger_after_loading() -> Ledger:
    ledger = Ledger()
    ledger.sent("p")
    ledger.brought("p")
    put_in(ledger)
    return ledger


def test_what_agrees_is_no_fault() -> None:
    ledger = ledger_after_loading()
    assert ledger.compare(books("riding", "A/1"), 0) == []
    taken(ledger)
    assert ledger.compare(books("delivered"), 600_000) == []


def test_a_parcel_booked_as_delivered_that_is_still_aboard_is_named() -> None:
    faults = ledger_after_loading().compare(books("delivered"), 600_000)
    assert faults == ["parcel p is booked as delivered, it is in: A/1"]


def test_what_changed_hands_a_moment_ago_may_not_be_in_the_books_yet() -> None:
    ledger = ledger_after_loading()
    taken(ledger)
    assert ledger.compare(books("at_stop", "A/1"), 30_000) == []
    assert ledger.compare(books("at_stop", "A/1"), 600_000) != []


def test_a_parcel_in_two_robots_is_named() -> None:
    ledger = ledger_after_loading()
    put_in(ledger, "A/2")
    assert ledger.faults == ["parcel p was put into A/2, but it was in: A/1"]


def test_a_parcel_taken_twice_is_named() -> None:
    ledger = ledger_after_loading()
    taken(ledger)
    taken(ledger)
    assert ledger.faults == ["parcel p was taken out of A/1, but it was in: recipient"]


def test_a_parcel_taken_by_another_parcels_person_is_named() -> None:
    ledger = ledger_after_loading()
    taken(ledger, meant="q")
    assert ledger.faults == ["parcel p was taken by the person for q, but it was in: A/1"]


def test_a_parcel_in_nobodys_books_is_named() -> None:
    assert ledger_after_loading().compare(State(), 0) == [
        "parcel p is with the A/1, in nobody's books"
    ]


def test_what_a_dock_takes_out_is_at_the_station() -> None:
    ledger = ledger_after_loading()
    taken(ledger, at_dock=True)
    assert ledger.compare(books("at_station"), 600_000) == []


def test_what_nobody_announced_has_no_books() -> None:
    ledger = Ledger()
    put_in(ledger, at_dock=False)
    assert ledger.compare(State(), 0) == []


def test_books_that_say_that_nobody_knows_are_right_wherever_it_is() -> None:
    ledger = ledger_after_loading()
    taken(ledger)
    doubtful = books("at_stop", "A/1")
    assert ledger.compare(doubtful, 600_000) != []
    doubtful.parcels["p"].custody_known = False
    assert ledger.compare(doubtful, 600_000) == []
    assert ledger.where("p") == "recipient"
