# SPDX-License-Identifier: Apache-2.0
"""Who may import whom: the table below is the law, and these tests are its judge.

Read from the source (every import, also inside functions), then seen at work: each package is
imported in a fresh interpreter, and what came along is looked at.
"""

import ast
import graphlib
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.project.source_tree import PACKAGES, ROOT, Module, imports_of, modules, where


class Row(NamedTuple):
    """What one package may import: own packages (but never some), foreign ones; must it be pure?"""

    own: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    pure: bool = False
    never: tuple[str, ...] = ()


CAMPUS = tuple(
    f"robot_agent.campus{part}"
    for part in ("", "_features", "_format", "_frame", "_hours", "_joining", "_model")
)
ROADS = ("dispatcher.roads",)
# What makes, mends, judges and draws maps is for people at a desk, not for the core.
BESIDE_ROADS = tuple(
    f"dispatcher.roads.{name}"
    for name in ("editing", "exporters", "faults", "importers", "show", "traffic")
)
PLAN_WORDS = ("dispatcher.planner.problem", "dispatcher.planner.solution")
QUICK = tuple(
    f"dispatcher.planner.{name}"
    for name in (
        "costs",
        "draft",
        "draft_robot",
        "draft_trip",
        "energy",
        "frozen",
        "legs",
        "places",
        "prefix",
        "quick",
        "reasons",
        "resources",
        "rooms",
        "schedule",
        "stands",
        "timing",
    )
)
CHECK = tuple(
    f"dispatcher.planner.{name}"
    for name in (
        "check",
        "check_battery",
        "check_case",
        "check_cost",
        "check_load",
        "check_resources",
        "check_rules",
        "check_tasks",
        "check_trips",
        "validate",
        "validate_numbers",
    )
)
# Who sees the roads may see the map that they were read from.
DECIDING = ("dispatcher.core", *ROADS, *CAMPUS, "dispatcher.planner")
NUMBERS = ("networkx", "numpy", "scipy", "shapely")
EVERYTHING = Row(("dispatcher", "robot_agent"), ("*",))

# The row with the longest name that a module's name starts with holds for the module.
TABLE = {
    "dispatcher": Row(),
    "dispatcher.bench": EVERYTHING,
    "dispatcher.cli": EVERYTHING,
    "dispatcher.config": Row(("dispatcher.config_keys", "dispatcher.core.site"), ("msgspec",)),
    "dispatcher.config_keys": Row(
        ("dispatcher.core.site", "dispatcher.planner.params"), ("msgspec",)
    ),
    "dispatcher.console": Row(
        ("dispatcher.console", "dispatcher.replay", *ROADS),
        ("msgspec", "nicegui"),
        never=("dispatcher.replay.importers", "dispatcher.replay.whatif"),
    ),
    "dispatcher.core": Row(
        ("dispatcher.core", *ROADS, *PLAN_WORDS, *CHECK, *QUICK),
        ("msgspec",),
        pure=True,
        never=BESIDE_ROADS,
    ),
    "dispatcher.data_files": Row(),
    "dispatcher.demo": EVERYTHING,
    "dispatcher.planner": Row(
        ("dispatcher.planner", *ROADS), ("llvmlite", "msgspec", "numba", "numpy", "ortools")
    ),
    # The judge of plans shares no code with what makes them.
    **dict.fromkeys((*PLAN_WORDS, *CHECK), Row(PLAN_WORDS + CHECK, ("msgspec",), pure=True)),
    **dict.fromkeys(QUICK, Row(PLAN_WORDS + QUICK, ("msgspec",), pure=True)),
    "dispatcher.parcel_file": Row((), ("msgspec",)),
    "dispatcher.provisioning": Row(
        ("dispatcher.core.site", "dispatcher.provisioning", "robot_agent.vda5050.topics"),
        ("cryptography", "msgspec"),
    ),
    "dispatcher.replay": Row(("dispatcher.replay", *DECIDING), ("msgspec", "pyarrow", "zstandard")),
    "dispatcher.replay.importers": Row(
        ("dispatcher.parcel_file", "dispatcher.replay", *DECIDING), ("msgspec", "zstandard")
    ),
    "dispatcher.replay.whatif": Row(
        ("dispatcher.replay", "dispatcher.simulation", *DECIDING), ("msgspec", "pyarrow")
    ),
    "dispatcher.roads": Row((*ROADS, *CAMPUS), ("msgspec", *NUMBERS)),
    "dispatcher.roads.importers": Row((*ROADS, *CAMPUS), ("msgspec", "osmium", "tzfpy", *NUMBERS)),
    "dispatcher.service": Row(
        (
            "dispatcher.config",
            "dispatcher.provisioning",
            "dispatcher.service",
            "robot_agent.vda5050",
            *DECIDING,
        ),
        (
            "distributed",
            "litestar",
            "msgspec",
            "paho",
            "prometheus_client",
            "psycopg",
            "structlog",
            "uvicorn",
            "uvloop",
            "zstandard",
        ),
    ),
    "dispatcher.simulation": Row(
        (
            "dispatcher.data_files",
            "dispatcher.parcel_file",
            "dispatcher.service.inbound",
            "dispatcher.service.telemetry",
            "dispatcher.service.translation",
            "dispatcher.simulation",
            "robot_agent.core",
            "robot_agent.emulated_fleet",
            "robot_agent.emulation",
            "robot_agent.service.ground",
            "robot_agent.vda5050",
            *DECIDING,
        ),
        ("msgspec",),
    ),
    "robot_agent": Row(("robot_agent",), ("msgspec", "paho", "serial", "uvloop")),
    "robot_agent.board.update": Row(("robot_agent",), ("msgspec", "serial", "smpclient")),
    "robot_agent.core": Row(("robot_agent.core", "robot_agent.vda5050"), ("msgspec",), pure=True),
    "robot_agent.emulation": Row(
        ("robot_agent.core", "robot_agent.emulation", "robot_agent.vda5050"),
        ("msgspec",),
        pure=True,
    ),
    "robot_agent.vda5050": Row(("robot_agent.vda5050",), ("msgspec",), pure=True),
}

# A pure module decides from its arguments alone. `from random import Random` is allowed: a seeded
# generator is a value; the functions of the module `random` share a hidden one.
# fmt: off
IO_MODULES = {
    "asyncio", "concurrent", "ctypes", "fcntl", "glob", "http", "io", "logging", "mmap",
    "multiprocessing", "os", "pathlib", "queue", "random", "secrets", "select", "selectors",
    "shutil", "signal", "smtplib", "socket", "socketserver", "sqlite3", "ssl", "subprocess",
    "sys", "tempfile", "threading", "time", "urllib", "uuid",
}
# fmt: on
IO_CALLS = {"hash", "id", "input", "open", "print"}
CLOCK_METHODS = {"now", "today", "utcnow"}
NO_SOCKETS = ("dispatcher.simulation",)
SOCKET_MODULES = {"asyncio", "http", "select", "selectors", "socket", "socketserver", "ssl"}
HEAVY = {"amqtt", "litestar", "nicegui", "ortools", "scipy", "shapely", "networkx", "numpy"}

# What must not come along when a whole package is imported in a fresh interpreter.
STRANGERS = {
    "robot_agent": HEAVY | {"dispatcher", "rich", "typer", "uvicorn"},
    "robot_agent.core": HEAVY | {"dispatcher", "rich", "paho", "serial", "asyncio", "socket"},
    "robot_agent.emulation": HEAVY | {"dispatcher", "rich", "paho", "serial", "asyncio", "socket"},
    "robot_agent.vda5050": HEAVY | {"dispatcher", "rich", "paho", "serial", "asyncio", "socket"},
    "dispatcher": HEAVY | {"msgspec", "rich", "typer"},
    "dispatcher.cli.main": HEAVY | {"msgspec", "paho", "rich", "typer", "uvicorn"},
    "dispatcher.core": {"amqtt", "litestar", "nicegui", "ortools", "paho", "rich", "typer"},
    "dispatcher.planner": {"amqtt", "litestar", "nicegui", "paho", "rich", "typer"},
    "dispatcher.roads": {"amqtt", "litestar", "nicegui", "ortools", "paho", "rich", "typer"},
    # structlog brings rich along where it is installed.
    "dispatcher.service": {"amqtt", "nicegui", "typer"},
    "dispatcher.simulation": {"amqtt", "litestar", "nicegui", "paho", "rich", "typer", "uvicorn"},
    "dispatcher.replay": {"amqtt", "litestar", "nicegui", "paho", "rich", "typer", "uvicorn"},
    "dispatcher.console": {"amqtt", "litestar", "ortools", "paho", "typer"},
}


def inside(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def row_of(module: Module) -> Row | None:
    names = [name for name in TABLE if inside(module.name, (name,))]
    longest = max(names, key=len)
    if longest == "dispatcher" and module.name != "dispatcher":
        return None
    return TABLE[longest]


def faults(module: Module) -> Iterator[str]:
    """Each import of the module that its row does not allow."""
    row = row_of(module)
    if row is None:
        yield f"{where(module.path)}: {module.name} has no row in the table"
        return
    for found in imports_of(module):
        top = found.target.partition(".")[0]
        place = f"{where(module.path, found.line)} imports {found.target}"
        if top in PACKAGES:
            if not inside(found.target, row.own) or inside(found.target, row.never):
                yield place
        elif top in sys.stdlib_module_names:
            if row.pure and top in IO_MODULES and found.name != "Random":
                yield f"{place}: it must be pure"
            if inside(module.name, NO_SOCKETS) and top in SOCKET_MODULES:
                yield f"{place}: it must not reach the network"
        elif "*" in row.foreign:
            if found.at_top and top in HEAVY:
                yield f"{place} at its top: heavy imports belong inside functions here"
        elif top not in row.foreign:
            yield place


def test_every_import_is_in_the_table() -> None:
    found = dict.fromkeys(fault for module in modules().values() for fault in faults(module))
    assert not found, "\n".join(found)


def test_pure_modules_call_nothing_that_depends_on_the_machine() -> None:
    calls = []
    for module in modules().values():
        row = row_of(module)
        if row is None or not row.pure:
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if called in IO_CALLS or called.rpartition(".")[2] in CLOCK_METHODS:
                    calls.append(f"{where(module.path, node.lineno)} calls {called}")
    assert not calls, "\n".join(calls)


@pytest.mark.parametrize("package", sorted(set(STRANGERS) & set(modules())))
def test_importing_a_package_brings_no_stranger_along(package: str) -> None:
    names = [n for n in modules() if inside(n, (package,)) and not n.endswith("__main__")]
    if package == "dispatcher":
        names = [package]
    program = (
        "import importlib, json, sys\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert STRANGERS[package] & set(json.loads(done.stdout)) == set()


def test_no_module_imports_itself_by_a_detour() -> None:
    assert find_ring({m.name: [i.target for i in imports_of(m)] for m in modules().values()}) == []


def test_a_ring_of_imports_would_be_found() -> None:
    assert find_ring({"a": ["b"], "b": ["c"], "c": []}) == []
    assert set(find_ring({"a": ["b", "c"], "b": [], "c": ["d"], "d": ["c"]})) == {"c", "d"}


def find_ring(graph: dict[str, list[str]]) -> list[str]:
    """The modules of one ring of imports, the first again at the end; or nothing."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []
