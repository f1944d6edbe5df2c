# SPDX-License-Identifier: Apache-2.0
"""One problem, one budget of work, one seed: one plan, byte for byte, wherever it is made."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from dispatcher.planner.params import ENGINES

SMALL, LARGE = "small", "large"
SCRIPT = """
import sys
import msgspec
from dispatcher.planner.budget import Budget
from dispatcher.planner.params import Params
from dispatcher.planner.solve import solve
from tests.dispatcher.planner.random_problems import draw_any

large = sys.argv[1] == "large"
for engine in sys.argv[2:]:
    for seed in (5, 6, 7, 8) if large else (5,):
        parcels = {"kernel": 60, "ortools": 20, "quick": 60}[engine] if large else 15
        problem = draw_any(seed, robots=5 if large else 3, parcels=parcels, stations=2)
        work = {"kernel": 20_000, "ortools": 40, "quick": 1}[engine] // (1 if large else 20) + 1
        plan = solve(problem, Budget(iterations=work), 7, params=Params(engine=engine))
        log = tuple(msgspec.structs.replace(step, cpu_ms=0) for step in plan.log)
        plan = msgspec.structs.replace(plan, log=log)
        sys.stdout.buffer.write(msgspec.json.encode(plan) + b"\\n")
"""
SECOND_PYTHON = "DROVER_SECOND_PYTHON"
"""Names an interpreter of another version that has this project's dependencies."""


def plans(
    size: str,
    engines: tuple[str, ...] = ENGINES,
    python: str = sys.executable,
    env: Mapping[str, str] | None = None,
) -> bytes:
    """What a process of its own plans."""
    path = str(Path.cwd()) if python != sys.executable else os.pathsep.join(filter(None, sys.path))
    return subprocess.run(
        [python, "-c", SCRIPT, size, *engines],
        env={**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": path, **(env or {})},
        stdout=subprocess.PIPE,
        check=True,
    ).stdout


@contextmanager
def a_busy_machine() -> Iterator[None]:
    """Every core has something else to do."""
    with ExitStack() as stack:
        for _ in range(os.cpu_count() or 1):
            busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
            stack.callback(busy.wait)
            stack.callback(busy.kill)
        yield


@pytest.mark.parametrize("engine", ENGINES)
def test_the_same_under_another_hash_seed(engine: str) -> None:
    here = plans(SMALL, (engine,))
    assert here
    assert plans(SMALL, (engine,), env={"PYTHONHASHSEED": "2"}) == here


@pytest.fixture(scope="module")
def reference() -> bytes:
    return plans(LARGE)


@pytest.mark.endurance
@pytest.mark.parametrize(
    "env",
    [
        {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-FMA,-AVX2"},
        {"NUMBA_CPU_NAME": "generic"},
        {"PYTHONHASHSEED": "2"},
        {"OMP_NUM_THREADS": "1", "LC_ALL": "C", "TZ": "Pacific/Auckland"},
    ],
    ids=",".join,
)
def test_the_same_with_another_environment(reference: bytes, env: dict[str, str]) -> None:
    assert plans(LARGE, env=env) == reference


@pytest.mark.endurance
def test_the_same_on_a_busy_machine(reference: bytes) -> None:
    with a_busy_machine():
        assert plans(LARGE) == reference


@pytest.mark.endurance
def test_the_same_where_the_kernel_is_compiled_anew(reference: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert plans(LARGE, env={"DROVER_CACHE": folder}) == reference


@pytest.mark.endurance
def test_the_same_with_another_python(reference: bytes) -> None:
    python = os.environ.get(SECOND_PYTHON, "")
    if not Path(python).is_file():
        pytest.skip(f"needs {SECOND_PYTHON} (another interpreter with the dependencies)")
    assert plans(LARGE, python=python) == reference
