# SPDX-License-Identifier: Apache-2.0
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from dispatcher.planner.check_rules import RULES
from dispatcher.planner.problem import BadProblem, Problem
from dispatcher.planner.problem_file import (
    read_problem,
    read_solution,
    write_problem,
    write_solution,
)
from dispatcher.planner.solution import Solution
from tests.dispatcher.planner.random_problems import any_problems
from tests.dispatcher.planner.rich_plan import PLAN, PROBLEM
from tests.project.source_tree import ROOT

PAGE = (ROOT / "dispatcher/planner/README.md").read_text("utf-8")


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write_problem(tmp_path / "problem.json", PROBLEM)
    write_solution(tmp_path / "plan.json", PLAN)
    assert read_problem(tmp_path / "problem.json") == PROBLEM
    assert read_solution(tmp_path / "plan.json") == PLAN


@settings(max_examples=40, deadline=None)
@given(any_problems())
def test_every_problem_survives_being_written(problem: Problem) -> None:
    assert msgspec.json.decode(msgspec.json.encode(problem), type=Problem) == problem


def fault_of(tmp_path: Path, raw: bytes) -> str:
    path = tmp_path / "problem.json"
    path.write_bytes(raw)
    with pytest.raises(BadProblem) as caught:
        read_problem(path)
    return str(caught.value).replace(f"{path}: ", "FILE: ")


def changed(parcel: int, field: str, value: Any) -> bytes:
    plain = msgspec.json.decode(msgspec.json.encode(PROBLEM))
    plain["parcels"][parcel][field] = value
    return msgspec.json.encode(plain)


def test_a_fault_names_file_and_field(tmp_path: Path) -> None:
    assert fault_of(tmp_path, changed(3, "size", 7)) == (
        "FILE: $.parcels[3].size: expected `str`, got `int`"
    )
    assert fault_of(tmp_path, changed(3, "sise", "S")) == (
        "FILE: $.parcels[3]: object contains unknown field `sise`"
    )
    assert fault_of(tmp_path, changed(3, "size", "XL")) == (
        "FILE: parcel left: size is 'XL', not one of S, M, L or ''"
    )
    assert fault_of(tmp_path, changed(0, "mass_g", 1.5)) == (
        "FILE: $.parcels[0].mass_g: expected `int`, got `float`"
    )
    assert fault_of(tmp_path, b"[]") == "FILE: $: expected `object`, got `array`"


@pytest.mark.parametrize("raw", [b"", b"{", b'{"now_ms": \xff}', b"{" + b'"a":[' * 100_000, b"nul"])
def test_what_is_no_json_is_one_sentence(tmp_path: Path, raw: bytes) -> None:
    assert fault_of(tmp_path, raw).startswith("FILE: ")


def test_a_number_of_any_length_is_one_sentence(tmp_path: Path) -> None:
    raw = changed(0, "mass_g", 0).replace(b'"mass_g":0', b'"mass_g":' + b"9" * 5000)
    assert "mass_g" in fault_of(tmp_path, raw)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadProblem, match=r"nothing.json: cannot be read: No such file"):
        read_problem(tmp_path / "nothing.json")


def test_a_file_that_is_too_long_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dispatcher.planner.problem_file.FILE_BYTES_MAX", 100)
    assert fault_of(tmp_path, b" " * 101) == "FILE: longer than 100 bytes"


def tables() -> dict[str, list[str]]:
    """The fields that the page names, by the heading above them."""
    found = {}
    for part in re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]:
        title, _, text = part.partition("\n")
        cells = [row.split("|")[1] for row in text.splitlines() if row.startswith("| `")]
        found[title] = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
    return found


def test_the_page_names_every_field_of_a_problem_and_a_solution() -> None:
    _, structs = msgspec.json.schema_components([Problem, Solution], ref_template="{name}")
    named = tables()
    assert {name: sorted(named.get(name, ())) for name in structs} == {
        name: sorted(schema["properties"]) for name, schema in structs.items()
    }


def test_the_page_names_every_rule_of_the_judge() -> None:
    rows = [f"| {rule} | {asks} |" for rule, asks in RULES.items()]
    assert "\n".join(rows) in PAGE
