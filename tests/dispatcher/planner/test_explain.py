# SPDX-License-Identifier: Apache-2.0
import msgspec
import pytest
from hypothesis import given, settings

from dispatcher.planner.explain import explain
from dispatcher.planner.problem import FOREVER_MS, Battery, Matrices, Parcel, Problem, Robot
from dispatcher.planner.quick import empty, insert
from tests.dispatcher.planner.random_problems import any_problems

HOUR_MS = 3_600_000
LINE = Matrices(
    ("a", "b", "s", "x"),
    ((0, 60_000, 60_000, -1), (60_000, 0, 120_000, -1), (60_000, 120_000, 0, -1), (-1, -1, -1, 0)),
    (
        (0, 180_000, 180_000, -1),
        (180_000, 0, 360_000, -1),
        (180_000, 360_000, 0, -1),
        (-1, -1, -1, 0),
    ),
)
ROBOT = Robot("R", ("L1", "S1"), "s", 0)


def site(*parcels: Parcel, robot: Robot = ROBOT) -> Problem:
    return Problem(0, parcels, (robot,), ("s",), matrices=LINE)


def delivery(name: str, dropoff: str = "a", size: str = "S", **more) -> Parcel:
    return Parcel(id=name, size=size, pickup="s", dropoff=dropoff, **more)


def planned(problem: Problem, names=None):
    chosen = [parcel.id for parcel in problem.parcels] if names is None else names
    return insert(problem, LINE, empty(problem), chosen)


def why(problem: Problem, name: str, names=None):
    return explain(problem, planned(problem, names), name)


def test_a_parcel_on_time_is_only_told_when():
    found = why(site(delivery("p", dropoff_latest_ms=HOUR_MS)), "p")
    assert (found.state, found.robot, found.blocks) == ("on time", "R", ())
    assert found.sentences == ("p is handed over by R at 00:01, by 01:00",)


def test_a_late_parcel_is_told_by_how_much_and_what_keeps_the_robot():
    busy = msgspec.structs.replace(ROBOT, free_ms=HOUR_MS)
    found = why(site(delivery("p", dropoff_latest_ms=HOUR_MS // 2), robot=busy), "p")
    assert found.state == "late"
    assert found.text == "p is handed over by R at 01:01, 32 min after 00:30"
    (block,) = found.blocks
    assert block.rule == "time"
    assert block.text == "even with nothing else comes 32 min too late: it is free at 01:00"
    kinds = [one.kind for one in found.remedies]
    assert kinds == ["later", "robot"]
    assert found.remedies[0].amount == found.start_ms - found.latest_ms
    assert found.remedies[1].text == "one more robot like R: p at 00:01"


def test_a_full_compartment_is_told_with_who_is_in_it_and_a_larger_one_would_do():
    first = delivery("big", "b", size="L", dropoff_latest_ms=200_000, late_max_ms=0)
    second = delivery("too", "b", size="L", dropoff_latest_ms=240_000, late_max_ms=0)
    found = why(site(first, second), "too")
    assert found.state == "unserved"
    (block,) = found.blocks
    assert block.rule == "compartments"
    assert block.text.startswith("fits only L; all 1 L taken in trips before 00:0")
    assert block.text.endswith("by big")
    kinds = {one.kind: one for one in found.remedies}
    assert kinds["compartment"].text == "one more L compartment on R"
    assert kinds["without"].text.startswith("without parcel big: R at 00:0")
    assert kinds["robot"].robot == "R"
    assert kinds["later"].amount > 0


@pytest.mark.parametrize(
    ("robot", "parcel", "rule", "words"),
    [
        ({"compartments": ("S1",)}, {"size": "L"}, "size", "its compartments are S1"),
        ({"mass_limit_g": 500}, {"mass_g": 900}, "mass", "has 900 g, its limit is 500 g"),
        ({"range_mm": 1000}, {}, "range", "can drive 1 m"),
        ({"shift_end_ms": 30_000}, {}, "shift", "its shift ends at 00:00"),
        ({"battery": Battery(10, 10_000)}, {}, "battery", "battery is too low"),
        ({}, {"dropoff": "x"}, "way", "no road"),
        ({"id": "Q"}, {"pickup": "", "aboard": "R", "compartment": "S1"}, "aboard", "aboard R"),
    ],
)
def test_each_rule_is_named_in_words(robot, parcel, rule, words):
    one = msgspec.structs.replace(delivery("p"), **parcel)
    problem = site(one, robot=msgspec.structs.replace(ROBOT, **robot))
    found = why(problem, "p")
    assert found.state == "unserved"
    assert [block.rule for block in found.blocks] == [rule]
    assert words in found.blocks[0].text


def test_a_parcel_that_is_cheaper_left_out_is_told_its_price():
    (block,) = why(site(delivery("p", skip_cost=5)), "p").blocks
    assert block.rule == "price"
    assert "leaving out 5" in block.text


def test_a_parcel_that_could_simply_be_inserted_says_plan_again():
    found = why(site(delivery("p"), delivery("q")), "q", names=["p"])
    assert found.blocks[0].rule == "none"
    assert "plan again" in found.blocks[0].text


def test_a_parcel_that_is_not_there_is_an_error():
    problem = site(delivery("p"))
    with pytest.raises(ValueError, match="parcel z is not in the problem"):
        explain(problem, planned(problem), "z")


@settings(max_examples=40, deadline=None)
@given(any_problems(max_parcels=8))
def test_every_failure_is_explained_for_every_robot(problem):
    names = [parcel.id for parcel in problem.parcels]
    plan = insert(problem, problem.matrices, empty(problem), names)
    frozen = str([robot.frozen for robot in problem.robots])
    for name in names:
        found = explain(problem, plan, name)
        assert found.sentences[0].startswith(name)
        if found.state == "on time":
            assert found.start_ms <= found.latest_ms <= max(FOREVER_MS, found.start_ms)
        elif f"'{name}'" not in frozen:
            assert [block.robot for block in found.blocks] == [one.id for one in problem.robots]
            assert all(block.text for block in found.blocks)
