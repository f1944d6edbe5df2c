# SPDX-License-Identifier: Apache-2.0
"""The books of a demo with boards against the plant's ledger: each lie of either is named."""

from typing import Any

import pytest

from dispatcher.demo.board_books import Books
from robot_agent.board.plant_ledger import ChangedHands

IN = ChangedHands(10, "R1", "S1", True, "thing", "staff", "depot")
OUT = ChangedHands(20, "R1", "S1", False, "thing", "person", "library", ("p-1",))
UNTAKEN = "p-1 is delivered in the books, but nobody took it out"


def parcel(**changes: Any) -> dict[str, Any]:
    facts = {"parcel": "p-1", "state": "delivered", "origin": "depot", "destination": "library"}
    return {**facts, "robot": "", "compartment": "", **changes}


def books() -> Books:
    """Which have seen it aboard."""
    made = Books()
    made.note([parcel(state="riding", robot="drover/R1", compartment="S1")])
    return made


def changed(row: ChangedHands, **facts: Any) -> ChangedHands:
    names = row.__struct_fields__
    return ChangedHands(**{name: facts.get(name, getattr(row, name)) for name in names})


def test_a_delivery_that_both_saw_is_no_fault() -> None:
    assert books().faults([parcel()], [IN, OUT]) == []


@pytest.mark.parametrize(
    "ledger",
    [
        pytest.param([IN], id="nobody came"),
        pytest.param([OUT], id="nobody put it in"),
        pytest.param([IN, changed(OUT, parcels=("p-2",))], id="another code"),
        pytest.param([IN, changed(OUT, place="gym")], id="another stop"),
        pytest.param([IN, changed(OUT, thing="other")], id="another thing"),
        pytest.param(
            [changed(IN, compartment="M1"), changed(OUT, compartment="M1")],
            id="another compartment",
        ),
        pytest.param([changed(IN, place="gym"), OUT], id="loaded elsewhere"),
    ],
)
def test_a_delivery_that_was_none_is_named(ledger: list[ChangedHands]) -> None:
    assert UNTAKEN in books().faults([parcel()], ledger)


def test_one_taking_out_is_not_two_deliveries() -> None:
    both = books()
    both.note([parcel(parcel="p-2", state="riding", robot="drover/R1", compartment="S1")])
    hands = changed(OUT, parcels=("p-1", "p-2"))
    assert len(both.faults([parcel(), parcel(parcel="p-2")], [IN, hands])) == 1


def test_what_was_taken_and_is_returned_in_the_books_is_named() -> None:
    assert books().faults([parcel(state="returned")], [IN, OUT]) == [
        "p-1 was taken out of R1 S1, but is not delivered in the books"
    ]
    assert books().faults([parcel(state="at_stop")], [IN, OUT]) == []
