# SPDX-License-Identifier: Apache-2.0
"""What the readers make of each family: the cost convention, the problem, the routes."""

import time
from math import dist
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.planner.check import check
from dispatcher.planner.families.distances import raised, rounded, truncated
from dispatcher.planner.families.driving import solution_of
from dispatcher.planner.families.family import FamilyError
from dispatcher.planner.families.published import published_beside, read_routes, routes_text
from dispatcher.planner.families.reading import read_family
from tests.data_sets import data_file
from tests.dispatcher.planner.families.instances import (
    CVRP,
    EXPLICIT,
    LI_LIM,
    SEVERAL_TRIPS,
    SOLOMON,
    WEIGHTS,
    written,
)


def judged(family, routes):
    """The rules that routes break."""
    plan = solution_of(family, routes)
    return [one.rule for one in check(family.problem, family.problem.matrices, plan)]


@pytest.mark.parametrize(
    ("text", "objective", "told", "routes", "cost"),
    [
        (SOLOMON, "family", "solomon", [[1, 3], [2]], 22.8),
        (SOLOMON, "vehicles", "solomon", [[1, 3], [2]], 22.8284),
        (LI_LIM, "family", "li-lim", [[1, 3], [2, 4]], 25.6569),
        (LI_LIM, "distance", "li-lim", [[1, 3], [2, 4]], 25.6569),
        (CVRP, "family", "cvrp", [[1, 3], [2]], 22),
        (CVRP.replace("EUC", "CEIL"), "family", "cvrp", [[1, 3], [2]], 24),
        (SEVERAL_TRIPS, "family", "mtvrptwr", [[1, 0, 2], [3]], 628),
    ],
)
def test_each_family_counts_as_its_solution_files_do(tmp_path, text, objective, told, routes, cost):
    family = read_family(written(tmp_path, text), objective=objective)
    assert (family.format, family.cost_of_routes(routes)) == (told, cost)
    plan = solution_of(family, routes)
    assert check(family.problem, family.problem.matrices, plan) == ()
    assert (family.cost_of(plan), family.routes_of(plan)) == (cost, routes)


@pytest.mark.parametrize("form", WEIGHTS)
def test_a_matrix_is_read_in_every_order_that_it_is_written_in(tmp_path, form):
    text = EXPLICIT.format(comment="none", form=form, weights=WEIGHTS[form])
    family = read_family(written(tmp_path, text))
    assert family.cost_of_routes([[1, 2], [3]]) == 3 + 5 + 4 + 6 + 6
    assert judged(family, [[1, 2], [3]]) == []


def test_the_files_of_christofides_and_eilon_are_written_by_columns(tmp_path):
    text = EXPLICIT.format(
        comment="Christophides and Eilon", form="LOWER_ROW", weights="3 4 6 5 7 8\n"
    )
    assert read_family(written(tmp_path, text)).cost_of_routes([[1, 2], [3]]) == 24


def test_a_file_with_windows_in_vrplib_is_costed_with_one_decimal(tmp_path):
    text = SEVERAL_TRIPS.replace("TYPE: MTVRPTWR", "TYPE: VRPTW")
    head, _, rest = text.partition("RELEASE_TIME_SECTION")
    family = read_family(written(tmp_path, head + "DEPOT" + rest.partition("\nDEPOT")[2]))
    assert (family.format, family.cost_of_routes([[3]])) == ("vrptw", 2.8)
    assert {robot.trips_max for robot in family.problem.robots} == {1}


@pytest.mark.parametrize(
    ("text", "routes", "rule"),
    [
        (SOLOMON, [[1, 2], [3]], "mass"),
        (SOLOMON, [[3, 1], [2]], "late"),
        (SOLOMON, [[1], [2]], ""),
        (SOLOMON.replace("100  ", " 35  "), [[1, 3], [2]], "shift"),
        (SEVERAL_TRIPS, [[2, 0, 1], [3]], "late"),
        (LI_LIM, [[3, 1], [2, 4]], "tasks"),
    ],
)
def test_routes_that_break_a_rule_are_not_mended(tmp_path, text, routes, rule):
    family = read_family(written(tmp_path, text))
    assert judged(family, routes)[:1] == ([rule] if rule else [])
    assert len(solution_of(family, routes).unserved) == (0 if rule else 1)


def test_routes_of_another_instance_are_refused(tmp_path):
    family = read_family(written(tmp_path, SOLOMON))
    with pytest.raises(FamilyError, match="4 routes, but there are 3 vehicles"):
        solution_of(family, [[1], [2], [3], [1]])
    with pytest.raises(FamilyError, match="no node 9"):
        solution_of(family, [[9]])


def test_fewer_vehicles_beat_any_distance_and_leaving_out_beats_nothing(tmp_path):
    family = read_family(written(tmp_path, SOLOMON), objective="vehicles")
    one = solution_of(family, [[1, 3, 2]]).cost.total
    assert one < solution_of(family, [[1], [2, 3]]).cost.total
    assert one < solution_of(family, [[1, 3]]).cost.total


def test_without_a_number_of_vehicles_there_are_enough_for_any_good_plan(tmp_path):
    family = read_family(written(tmp_path, CVRP))
    assert len(family.problem.robots) == 3
    text = CVRP.replace("CAPACITY : 10", "CAPACITY : 10\nVEHICLES : 2")
    assert len(read_family(written(tmp_path, text)).problem.robots) == 2


def test_routes_are_written_as_they_are_read(tmp_path):
    family = read_family(written(tmp_path, SEVERAL_TRIPS, "small.vrp"))
    text = routes_text(family, solution_of(family, [[1, 0, 2], [3]]))
    assert text == "Route #1: 1 0 2\nRoute #2: 3\nCost: 628\n"
    written(tmp_path, text, "small.sol")
    assert published_beside(tmp_path / "small.vrp") == tmp_path / "small.sol"
    assert read_routes(tmp_path / "small.sol") == ([[1, 0, 2], [3]], 628)


def test_the_cost_of_a_best_file_is_in_its_name(tmp_path):
    path = written(tmp_path, "Solution\nRoute 1 : 1 3\nRoute 2 : 2\n", "small.best.2_22.8284.txt")
    assert read_routes(path) == ([[1, 3], [2]], 22.8284)
    assert published_beside(tmp_path / "small.txt") == path
    assert published_beside(tmp_path / "other.txt") is None


POINTS = st.lists(
    st.tuples(st.integers(-1000, 1000), st.integers(-1000, 1000)), min_size=2, max_size=4
)


@given(POINTS)
def test_distances_are_rounded_as_the_families_say(points):
    tables = rounded(points), raised(points), truncated(points, 10), raised(points, 10_000)
    for i, a in enumerate(points):
        for j, b in enumerate(points):
            nearest, up, tenths, fine = (int(table[i, j]) for table in tables)
            square = (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2
            # In whole numbers: d is the square root of `square`.
            assert (2 * nearest - 1) ** 2 <= 4 * square <= (2 * nearest + 1) ** 2 or not square
            assert (up - 1) ** 2 < square <= up**2 or not square
            assert tenths**2 <= 100 * square < (tenths + 1) ** 2
            # What arrives in time on the integer grid arrives in time in double precision.
            assert fine / 10_000 >= dist(a, b)


def test_a_thousand_customers_are_read_in_a_second(tmp_path):
    rows = [f"{n} {n * 37 % 500} {n * 91 % 500} {min(n, 1)} 0 9000 0" for n in range(1001)]
    head, _, _ = SOLOMON.partition("    0   ")
    path = written(tmp_path, "\n".join([head, *rows]))
    begin_s = time.process_time()
    family = read_family(path)
    assert time.process_time() - begin_s < 5  # it takes 0.3 s; a busy machine stretches CPU time
    assert (family.format, len(family.problem.parcels)) == ("homberger", 1000)


@pytest.mark.parametrize(
    ("folder", "least"), [("cvrp", 4), ("mtvrptwr", 27), ("pdptw", 8), ("vrptw", 8)]
)
def test_every_published_solution_is_good_and_costs_what_its_file_says(folder, least):
    seen = 0
    for path in sorted(Path(data_file(f"vrp/{folder}")).iterdir()):
        routes_file = published_beside(path) if path.suffix in {".txt", ".vrp"} else None
        if ".best." in path.name or routes_file is None:
            continue
        family, published = read_family(path), read_routes(routes_file)
        plan = solution_of(family, published.routes)
        assert check(family.problem, family.problem.matrices, plan) == (), path.name
        assert family.cost_of(plan) == published.cost, path.name
        assert family.routes_of(plan) == published.routes, path.name
        assert plan.unserved == (), path.name
        seen += 1
    assert seen >= least
