# SPDX-License-Identifier: Apache-2.0
"""Files that are not as they must be get one sentence with file, line and section."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatcher.planner.families.published import read_routes
from dispatcher.planner.families.reading import read_family
from dispatcher.planner.families.source import NODES_MAX, BadFamilyFile
from tests.dispatcher.planner.families.instances import TEXTS, written

JUNK = ["x", "-1", "0", "1e99", "nan", "٣", "9" * 25, "1.5", "EOF", ":", "\x1b[2J", "ï", "0.1e1"]


def refusal(path: Path, name: str = "auto", objective: str = "family") -> str:
    with pytest.raises(BadFamilyFile) as caught:
        read_family(path, name, objective)
    said = str(caught.value)
    assert "\n" not in said
    assert said.startswith(str(path))
    return said.removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("family", "old", "new", "said"),
    [
        ("solomon", "    2      1  ", "    2      one", "line 12, CUSTOMER: x is 'one', not a num"),
        ("solomon", "          6    ", "         -6    ", "demand is -6, it must not be negative"),
        ("solomon", "          6    ", "        6.5    ", "demand is 6.5, it must be a whole num"),
        (
            "solomon",
            "    2      1  ",
            "    1      1  ",
            "line 12, CUSTOMER: customer 1 is there tw",
        ),
        ("solomon", "    2      1  ", "    3      1  ", "customer 3 comes where 2 must be"),
        ("solomon", "20         30 ", "40         30 ", "due date 30 is before ready time 40"),
        ("solomon", "          0         20          2", "", "4 values where there must be 7"),
        ("solomon", "CUSTOMER\n", "", "at its end, CUSTOMER: the section is missing"),
        ("solomon", "VEHICLE\n", "", "at its end, VEHICLE: the section is missing"),
        ("solomon", "  3         10\n", "  0         10\n", "line 5, VEHICLE: there is no vehicle"),
        ("li-lim", "2\t10\t1\n", "2\t10\t3\n", "line 1, vehicles: speed is 3, only 1 is support"),
        ("li-lim", "\t0\t3\n", "\t0\t4\n", "line 3, tasks: task 1 names task 4, which does not"),
        ("li-lim", "\t0\t3\n", "\t0\t9\n", "line 3, tasks: task 9 is not in the file"),
        ("li-lim", "\t-6\t", "\t-7\t", "tasks 2 and 4 do not move the same amount"),
        ("li-lim", "\t0\t3\n", "\t3\t3\n", "task 1 must name a pick-up or a delivery, and not"),
        ("cvrp", "3 1 1\n", "", "line 10, NODE_COORD_SECTION: node 3 is missing"),
        ("cvrp", "3 1 1\n", "2 1 1\n", "line 10, NODE_COORD_SECTION: node 2 is there twice"),
        ("cvrp", "3 1 1\n", "7 1 1\n", "node 7, but there are nodes 1 to 4"),
        ("cvrp", "3 6\n", "3 -6\n", "line 15, DEMAND_SECTION: demand is -6, it must not be neg"),
        ("cvrp", "1 0\n2 5", "1 4\n2 5", "the depot has a demand"),
        ("cvrp", "DEPOT_SECTION\n 1\n -1\n", "", "DEPOT_SECTION: the section is missing or em"),
        ("cvrp", " 1\n -1", " 1\n 2\n -1", "DEPOT_SECTION: 2 depots, there must be one"),
        ("cvrp", "CAPACITY : 10\n", "", "head: CAPACITY is missing"),
        ("cvrp", "CAPACITY : 10", "CAPACITY : ten", "line 6, head: CAPACITY is 'ten', not a num"),
        ("cvrp", "EUC_2D", "GEO", "line 5, head: EDGE_WEIGHT_TYPE is GEO, there are: EUC_2D, CEIL"),
        ("cvrp", "CAPACITY", "DISTANCE : 200\nCAPACITY", "line 6, head: 'DISTANCE' is not a key"),
        ("cvrp", "DEMAND_SECTION", "PRIZE_SECTION\n1 2\nDEMAND_SECTION", "PRIZE_SECTION: this s"),
        ("cvrp", "NAME :", ": :", "line 1, head: ':' where a key must be"),
        ("cvrp", ": CVRP", ": TSP", "line 3, head: TYPE is 'TSP', there are: CVRP, VRPTW, CVRPTW"),
        ("cvrp", "DIMENSION : 4", "DIMENSION : 10001", f"10,001 nodes, the limit is {NODES_MAX:,}"),
        ("explicit", "6 7 8\n", "6 7\n", "line 12, EDGE_WEIGHT_SECTION: 5 weights where there mu"),
        ("explicit", "LOWER_ROW", "FUNCTION", "EDGE_WEIGHT_FORMAT is FUNCTION, there are: FULL_"),
        ("mtvrptwr", "4\t60\t70", "4\t80\t70", "TIME_WINDOW_SECTION: latest 70 is before earli"),
        ("mtvrptwr", "2\t1\nDEPOT", "DEPOT", "it must have vehicles 1 to 2"),
        ("mtvrptwr", "2\t1\nDEPOT", "2\t3\nDEPOT", "it must be the depot, node 1"),
        ("mtvrptwr", "TYPE: MTVRPTWR", "TYPE: VRPTW", "a file of type VRPTW has no such section"),
        ("mtvrptwr", "TYPE: MTVRPTWR", "TYPE: CVRP", "has no such section"),
    ],
)
def test_a_fault_is_told_with_its_line_and_section(tmp_path, family, old, new, said):
    text = TEXTS[family]
    assert old in text
    path = written(tmp_path, text.replace(old, new, 1))
    assert said in refusal(path)


def test_what_is_no_benchmark_file_is_told_what_there_is(tmp_path):
    assert refusal(written(tmp_path, " \n\n")) == "the file is empty"
    assert "say which it is, of: solomon, homberger" in refusal(written(tmp_path, "hello\n"))
    assert refusal(tmp_path) == "Is a directory"
    assert refusal(tmp_path / "none") == "No such file or directory"
    wide = tmp_path / "wide.txt"
    wide.write_bytes(TEXTS["cvrp"].encode("utf-16"))
    assert "not a UTF-8 text file" in refusal(wide)
    path = written(tmp_path, TEXTS["cvrp"])
    assert refusal(path, "mtvrptwr") == "the file is of type cvrp, not mtvrptwr"
    assert "vehicles do not come first" in refusal(path, objective="vehicles")
    assert "CUSTOMER" in refusal(path, "solomon") or "VEHICLE" in refusal(path, "solomon")
    assert "3 values" in refusal(path, "li-lim") or "vehicles" in refusal(path, "li-lim")


@pytest.mark.parametrize("family", ["solomon", "li-lim"])
def test_more_nodes_than_can_be_held_are_refused(tmp_path, family):
    text = TEXTS[family].rstrip("\n") + "\n"
    last = text.splitlines()[-1].split()
    more = [" ".join([str(n), *last[1:]]) for n in range(int(last[0]) + 1, 10_002)]
    assert f"more than {NODES_MAX:,} nodes" in refusal(written(tmp_path, text + "\n".join(more)))


def test_a_file_without_routes_is_refused(tmp_path):
    with pytest.raises(BadFamilyFile, match="no route"):
        read_routes(written(tmp_path, "Cost 12\n"))
    with pytest.raises(BadFamilyFile, match="line 1, routes: node is 'x', not a number"):
        read_routes(written(tmp_path, "Route #1: 1 x\n"))


@st.composite
def broken(draw):
    """A file of a family with a few things wrong."""
    text = TEXTS[draw(st.sampled_from(sorted(TEXTS)))]
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["cut", "drop", "twice", "word", "swap"]))
        lines = text.splitlines()
        at = draw(st.integers(0, max(0, len(lines) - 1)))
        if kind == "cut":
            text = text[: draw(st.integers(0, len(text)))]
        elif not lines:
            continue
        elif kind == "drop":
            text = "\n".join([*lines[:at], *lines[at + 1 :]])
        elif kind == "twice":
            text = "\n".join([*lines[:at], lines[at], *lines[at:]])
        elif kind == "swap":
            other = draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], lines[at]
            text = "\n".join(lines)
        else:
            words = re.split(r"(\s+)", lines[at])
            words[draw(st.integers(0, len(words) - 1))] = draw(st.sampled_from(JUNK))
            lines[at] = "".join(words)
            text = "\n".join(lines)
    return text


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(broken(), st.sampled_from(["auto", "solomon", "li-lim", "vrplib"]))
def test_whatever_is_wrong_with_a_file_it_is_read_or_refused_in_one_sentence(tmp_path, text, name):
    path = written(tmp_path, text)
    try:
        family = read_family(path, name)
        said = ""
    except BadFamilyFile as error:
        family, said = None, str(error)
    assert family.problem.parcels if family else said.startswith(f"{path}: ")
    assert "\n" not in said
