# SPDX-License-Identifier: Apache-2.0
"""The people around a robot: they see doors and robots, and know what reached their phones."""

import json
from pathlib import Path

from robot_agent.board.plant import Plant, PlantSpec
from robot_agent.board.plant_doors import NO_COIL
from robot_agent.board.plant_ledger import ChangedHands, PlantLedger, read_ledger
from robot_agent.board.plant_messages import LockerPinsOut
from robot_agent.board.plant_phones import Errand, People, PhoneMessage
from robot_agent.board.plant_street import Street, StreetParams
from robot_agent.emulation.people import PeopleParams

STATION, STOP = (0, 0), (50_000, 0)
PROMPT = PeopleParams(no_show_pct=0, late_pct=0, early_pct=100, service_max_ms=12_000)
NONE = LockerPinsOut(NO_COIL, NO_COIL, 0, 0)
ARRIVED = PhoneMessage("p-1", 1, "arrived", code="246810", recipient="ida")
ERRAND = Errand("p-1", "library")


class World:
    """A street with robots; doors unlock as a test says, and lock by themselves when shut."""

    def __init__(self, *places: tuple[int, int], people: PeopleParams = PROMPT) -> None:
        self.plants = {
            f"R{number}": Plant(
                PlantSpec(name=f"R{number}", compartments=("S1", "M1"), x_mm=x, y_mm=y), 0
            )
            for number, (x, y) in enumerate(places, 1)
        }
        self.ledger: list[ChangedHands] = []
        params = StreetParams(
            seed=1, people=people, stations={"depot": (STATION,)}, stops={"library": (STOP,)}
        )
        self.street = Street(params, self.plants, self.ledger.append)
        self.now_ms = 0
        self.keys = dict.fromkeys(self.plants, "")
        self._down = dict.fromkeys(self.plants, 0)
        self._open: set[tuple[str, str]] = set()

    def let(self, ms: int) -> None:
        until_ms = self.now_ms + ms
        while self.now_ms < until_ms:
            self.now_ms += 20
            for name, plant in self.plants.items():
                plant.advance(self.now_ms)
                key = plant.locker_pins().key
                if key and not self._down[name]:
                    self.keys[name] += chr(key)
                self._down[name] = key
                self._lock_what_was_shut(plant)
            self.street.advance(self.now_ms, 1_000_000 + self.now_ms)

    def unlock(self, robot: str, door: int) -> None:
        self.plants[robot].hear_locker(LockerPinsOut(door, NO_COIL, 0, 0), self.now_ms)
        self.let(100)
        self.plants[robot].hear_locker(NONE, self.now_ms)

    def _lock_what_was_shut(self, plant: Plant) -> None:
        for door in plant.locker.doors:
            at = (plant.spec.name, door.name)
            if not door.closed:
                self._open.add(at)
            elif at in self._open:
                self._open.remove(at)
                door.bolted = True


def test_staff_fill_what_is_empty_and_empty_what_is_full() -> None:
    world = World(STATION)
    world.unlock("R1", 0)
    world.let(2_000)
    assert not world.plants["R1"].locker["S1"].closed
    world.let(5_000)
    door = world.plants["R1"].locker["S1"]
    assert door.closed
    assert door.inside is not None
    world.let(5_000)
    world.unlock("R1", 0)
    world.let(7_000)
    put, taken = world.ledger
    assert (put.by, put.place, put.put_in, put.compartment) == ("staff", "depot", True, "S1")
    assert (taken.put_in, taken.thing, taken.parcels) == (False, put.thing, ())
    assert taken.at_ms > put.at_ms > 1_000_000


def test_nobody_is_where_no_station_is() -> None:
    world = World((10_000, 0))
    world.unlock("R1", 0)
    world.let(10_000)
    assert world.plants["R1"].locker["S1"].closed
    assert world.ledger == []


def test_a_recipient_types_the_code_that_came_and_takes_out_what_lies_there() -> None:
    world = World(STOP)
    world.plants["R1"].locker["M1"].inside = "a book"
    world.street.hear(ARRIVED, ERRAND, world.now_ms)
    world.let(1_500)
    assert world.keys["R1"] == "246810#"
    world.unlock("R1", 1)
    world.let(15_000)
    (taken,) = world.ledger
    assert (taken.by, taken.place, taken.parcels) == ("person", "library", ("p-1",))
    assert (taken.thing, taken.put_in, taken.compartment) == ("a book", False, "M1")
    world.street.hear(PhoneMessage("p-1", 1, "delivered"), None, world.now_ms)
    world.let(30_000)
    assert world.street.waiting == 0
    assert world.keys["R1"] == "246810#"


def test_a_recipient_who_finds_nothing_puts_nothing_in() -> None:
    world = World(STOP)
    world.street.hear(ARRIVED, ERRAND, world.now_ms)
    world.let(1_500)
    world.unlock("R1", 0)
    world.let(15_000)
    assert world.ledger == []


def test_a_sender_puts_in_what_they_brought() -> None:
    world = World(STOP)
    world.street.hear(ARRIVED, Errand("p-1", "library", brings=True), world.now_ms)
    world.let(1_500)
    world.unlock("R1", 0)
    world.let(15_000)
    (put,) = world.ledger
    assert (put.by, put.put_in, put.parcels) == ("person", True, ("p-1",))


def test_nobody_types_at_a_robot_that_drives_or_is_elsewhere() -> None:
    world = World(STATION)
    world.street.hear(ARRIVED, ERRAND, world.now_ms)
    world.let(10_000)
    assert world.keys["R1"] == ""
    world.plants["R1"].carry_to(*STOP, 0)
    world.let(5_000)
    assert world.keys["R1"] == "246810#"


def test_whoever_is_not_let_in_tries_the_next_robot_later() -> None:
    world = World(STOP, (STOP[0] + 5_000, 0))
    world.street.hear(ARRIVED, ERRAND, world.now_ms)
    world.let(15_000)
    assert world.keys == {"R1": "246810#", "R2": ""}
    world.let(25_000)
    assert world.keys == {"R1": "246810#", "R2": "246810#"}


def test_two_parcels_of_one_person_are_taken_one_after_the_other() -> None:
    world = World(STOP)
    for name in ("S1", "M1"):
        world.plants["R1"].locker[name].inside = name
    second = PhoneMessage("p-2", 1, "arrived", code="246810", recipient="ida")
    world.street.hear(ARRIVED, ERRAND, world.now_ms)
    world.street.hear(second, Errand("p-2", "library"), world.now_ms)
    world.let(1_500)
    for door in (0, 1):
        world.unlock("R1", door)
        world.let(14_000)
    assert [(one.thing, one.parcels) for one in world.ledger] == [
        ("S1", ("p-1", "p-2")),
        ("M1", ("p-1", "p-2")),
    ]
    assert world.keys["R1"] == "246810#"


def test_people_who_never_come_never_come() -> None:
    world = World(STOP, people=PeopleParams(no_show_pct=100, late_pct=0))
    world.street.hear(ARRIVED, ERRAND, world.now_ms)
    world.let(2_000)
    assert (world.street.waiting, world.keys["R1"]) == (0, "")


def test_a_message_before_the_robot_has_come_lets_nobody_go() -> None:
    world = World(STOP)
    coming = PhoneMessage("p-1", 1, "coming", code="246810", recipient="ida")
    world.street.hear(coming, ERRAND, world.now_ms)
    world.let(2_000)
    assert world.keys["R1"] == ""


def test_people_read_on_where_they_were(tmp_path: Path) -> None:
    codes, errands = tmp_path / "codes.jsonl", tmp_path / "errands.jsonl"
    people = People(codes, errands)
    assert people.new_messages() == []
    assert people.errand("p-1") is None
    line = {"parcel": "p-1", "version": 1, "code": "246810", "notice": "arrived", "token": "t"}
    codes.write_text(json.dumps({**line, "recipient": "ida", "at_ms": 5}) + '\n{"parc')
    errands.write_text('{"parcel": "p-1", "place": "library"}\n')
    assert people.new_messages() == [ARRIVED]
    assert people.errand("p-1") == ERRAND
    assert people.new_messages() == []


def test_the_ledger_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    ledger = PlantLedger(file)
    what = ChangedHands(1, "R1", "S1", True, "thing", "person", "library", ("p-1",))
    ledger.write(what)
    ledger.close()
    assert read_ledger(file) == [what]
    assert "246810" not in file.read_text()
