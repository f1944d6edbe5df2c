# SPDX-License-Identifier: Apache-2.0
"""What really happened in the street, read from the files of the emulated bodies, and the hands of
the staff who put right what is in doubt.

What must hold: nothing in here asks the dispatcher or a robot's mind; a person who takes a parcel
out of a robot does so while the robot is switched off.
"""

from pathlib import Path

import msgspec

from dispatcher.simulation.ledger import Ledger
from robot_agent.core.memory import Kept
from robot_agent.emulation.truth import Happening, Truth


def truths(state_dir: Path) -> dict[str, Truth]:
    """The bodies, by serial."""
    files = sorted(state_dir.glob("*.body"))
    return {file.stem: msgspec.json.decode(file.read_bytes(), type=Truth) for file in files}


def minds(state_dir: Path) -> dict[str, Kept]:
    """What the robots have written down, by serial."""
    files = sorted(state_dir.glob("*.json"))
    return {file.stem: msgspec.json.decode(file.read_bytes(), type=Kept) for file in files}


def contents(truth: Truth) -> dict[str, str]:
    """What lies in which compartment."""
    inside = ((name, one.parcel) for name, one in truth.compartments.items())
    return {name: parcel for name, parcel in inside if parcel is not None}


def any_door_open(state_dir: Path) -> bool:
    """Whether somebody is being served somewhere."""
    return any(
        one.door == "open"
        for truth in truths(state_dir).values()
        for one in truth.compartments.values()
    )


def any_door_of_a_person_open(state_dir: Path) -> bool:
    """Whether a recipient or sender stands at an open door."""
    return any(
        one.door == "open" and one.opening is not None and not one.opening.at_dock
        for truth in truths(state_dir).values()
        for one in truth.compartments.values()
    )


def take_out(state_dir: Path, serial: str, compartment: str) -> None:
    """Staff open a robot that is switched off and take out what lies there."""
    truth = truths(state_dir)[serial]
    parcel = truth.compartments[compartment].parcel
    assert parcel is not None
    truth.compartments[compartment].parcel = None
    hands = Happening(truth.now_ms, parcel, compartment, put_in=False, at_dock=True, meant=parcel)
    truth.happened(hands)
    (state_dir / f"{serial}.body").write_bytes(msgspec.json.encode(truth))


def push_back(state_dir: Path, serial: str) -> None:
    """Staff push a robot that is switched off to where it knows to have been last."""
    truth, place = truths(state_dir)[serial], minds(state_dir)[serial].last_place
    assert place is not None
    truth.x_mm, truth.y_mm = place
    (state_dir / f"{serial}.body").write_bytes(msgspec.json.encode(truth))


def world_ledger(state_dir: Path, manufacturer: str, kinds: dict[str, str]) -> Ledger:
    """The world's books of these parcels (id to kind) after all that happened so far."""
    ledger = Ledger()
    for parcel, kind in kinds.items():
        ledger.sent(parcel)
        if kind == "delivery":
            ledger.brought(parcel)
    happened = [
        (what.at_ms, serial, number, what)
        for serial, truth in truths(state_dir).items()
        for number, what in enumerate(truth.happenings)
    ]
    for _, serial, _, what in sorted(happened, key=lambda one: one[:3]):
        ledger.changed_hands(f"{manufacturer}/{serial}", what)
    return ledger
