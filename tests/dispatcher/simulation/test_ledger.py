# SPDX-License-Identifier: Apache-2.0
from dispatcher.core.state import Parcel, State
from dispatcher.simulation.ledger import Ledger


def books(state: str, robot: str = "") -> State:
    parcel = Parcel("p", "delivery", "st", "b", "S", 1, "r", 0, 1, 0, state=state, robot=robot)
    return State(parcels={"p": parcel})


def ledger_after_loading() -> Ledger:
    ledger = Ledger()
    ledger.sent("p")
    ledger.brought("p")
    ledger.carries("A/1", ["p"])
    return ledger


def test_what_agrees_is_no_fault() -> None:
    ledger = ledger_after_loading()
    assert ledger.compare(books("riding", "A/1"), 0) == []
    ledger.opened("h", "p", "out")
    ledger.closed("A/1", "h", "collected", 1_000)
    ledger.carries("A/1", [])
    assert ledger.compare(books("delivered"), 60_000) == []


def test_a_parcel_booked_as_delivered_that_is_still_aboard_is_named() -> None:
    faults = ledger_after_loading().compare(books("delivered"), 0)
    assert faults == ["parcel p is booked as delivered, it is in: A/1"]


def test_a_parcel_in_two_robots_is_named() -> None:
    ledger = ledger_after_loading()
    ledger.carries("A/2", ["p"])
    assert ledger.faults == ["parcel p lies in A/2, but it was in: A/1"]


def test_a_parcel_taken_twice_is_named() -> None:
    ledger = ledger_after_loading()
    for action in ("h1", "h2"):
        ledger.opened(action, "p", "out")
        ledger.closed("A/1", action, "collected", 0)
    assert ledger.faults == ["parcel p was taken out of A/1, but it was in: recipient"]


def test_a_parcel_in_nobodys_books_is_named() -> None:
    assert ledger_after_loading().compare(State(), 0) == [
        "parcel p is with the A/1, in nobody's books"
    ]


def test_what_a_dock_takes_out_is_at_the_station() -> None:
    ledger = ledger_after_loading()
    ledger.carries("A/1", [])
    assert ledger.compare(books("at_station"), 0) == []
