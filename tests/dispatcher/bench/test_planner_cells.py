# SPDX-License-Identifier: Apache-2.0
"""What a bench keeps: every finished run; what it says: means beside how many runs they are of."""

from pathlib import Path

import msgspec
import pytest

from dispatcher.bench.planner_cells import (
    BadCells,
    Cell,
    append_cell,
    fingerprint_of,
    mend_end,
    read_cells,
)
from dispatcher.bench.planner_references import Store, keep_best, read_store, stored, write_store
from dispatcher.bench.planner_summary import summary_of
from dispatcher.bench.planner_table import table_of
from dispatcher.bench.stopwatch import machine
from tests.dispatcher.bench.tiny_instances import line


def cell(solver: str, seed: int, driven: int, instance: str = "one", **more: object) -> Cell:
    facts = {"cpu_s": 1.0, "cost": driven, "driven": driven, "known_cost": 1000} | more
    blank = Cell("public", instance, solver, 1.0, seed, "print", 10)
    return msgspec.structs.replace(blank, **facts)


def test_cells_come_back_from_their_file_and_a_cut_line_is_run_again(tmp_path: Path) -> None:
    path = tmp_path / "cells.jsonl"
    first, second = cell("ours", 1, 1010), cell("ours", 2, 1020)
    append_cell(path, first)
    append_cell(path, second)
    path.write_bytes(path.read_bytes()[:-9])
    assert list(read_cells(path).values()) == [first]
    mend_end(path)
    append_cell(path, second)
    assert list(read_cells(path).values()) == [first, second]


def test_a_line_that_is_no_cell_is_named(tmp_path: Path) -> None:
    path = tmp_path / "cells.jsonl"
    append_cell(path, cell("ours", 1, 1010))
    path.write_text(path.read_text() + '{"set": 1}\n')
    with pytest.raises(BadCells, match=r"cells\.jsonl:2: not a cell"):
        read_cells(path)


def test_a_gap_is_a_mean_with_the_least_and_greatest_seed() -> None:
    cells = [
        cell("ours", 1, 1010),
        cell("ours", 2, 1030),
        cell("pyvrp", 1, 1100),
        cell("pyvrp", 2, 1100, fault="mass: r1"),
        cell("vroom-5", 1, -1, fault="n/a: releases", cost=-1),
    ]
    summary = summary_of("public", cells)
    ours, pyvrp, vroom = summary.rows
    assert ours.gap == pytest.approx(2.0)
    assert (ours.gap_least, ours.gap_greatest) == (pytest.approx(1.0), pytest.approx(3.0))
    assert ours.beside == pytest.approx(100 * (1010 / 1100 - 1))
    assert ours.beside_pairs == 1
    assert (pyvrp.runs, pyvrp.feasible, pyvrp.infeasible) == (2, 1, 1)
    assert (vroom.runs, vroom.not_asked) == (0, "releases")
    table = table_of(summary, machine(0.5, ("numpy",)))
    assert "1 of 2" in table
    assert "n/a: releases" in table
    assert "load 0.5 before" in table


def test_without_a_known_cost_the_best_of_the_run_stands_in_and_that_is_said() -> None:
    cells = [cell("ours", 1, 200, known_cost=-1), cell("pyvrp", 1, 210, known_cost=-1)]
    summary = summary_of("campus", cells)
    assert summary.not_known == 1
    assert summary.rows[1].gap == pytest.approx(5.0)
    assert "best plan of this run" in table_of(summary, machine(0, ()))


def test_a_reference_is_the_cheapest_feasible_plan_and_only_for_its_own_problem(
    tmp_path: Path,
) -> None:
    store = Store()
    runs = [cell("ours", 1, 1010), cell("pyvrp", 1, 900, unserved=1), cell("ours", 2, 1005)]
    assert keep_best(store, runs, "how")
    assert not keep_best(store, runs[:1], "how")
    path = tmp_path / "references.json"
    write_store(store, path)
    again = read_store(path)
    found = stored(again, "public", "one", "print")
    assert found is not None
    assert found.cost == 1005
    assert stored(again, "public", "one", "another print") is None


def test_another_problem_has_another_fingerprint() -> None:
    assert fingerprint_of(line(2)) == fingerprint_of(line(2))
    assert fingerprint_of(line(2)) != fingerprint_of(line(3))


def test_where_vehicles_come_first_gaps_are_of_plans_with_no_more_of_them() -> None:
    few, many = (
        Cell("lilim", name, "ours", 1.0, 1, "print", 10, 1.0, driven, driven, vehicles, 0, 5)
        for name, driven, vehicles in (("a", 1010, 3), ("b", 500, 4))
    )
    known = {"known_cost": 1000, "known_vehicles": 3}
    cells = [msgspec.structs.replace(one, **known) for one in (few, many)]
    row = summary_of("lilim", cells).rows[0]
    assert (row.gap, row.gap_of, row.vehicles_more) == (pytest.approx(1.0), 1, 1)
