# SPDX-License-Identifier: Apache-2.0
"""On a kernel of two lines, or of none: the real one takes the compiler many seconds."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dispatcher.planner import compile as kernel_code

PACKAGE = "tiny_kernel"
INNER = '''"""What the outer one calls."""
from numba import njit

@njit("int64(int64)", cache=True)
def inner(x):
    return x + {add}
'''
LOAD = '''"""All that is compiled."""
from tiny_kernel.outer import outer
'''
CALLER = '''"""Compiled with what it calls."""
from numba import njit
from tiny_kernel.inner import inner

@njit("int64(int64)", cache=True)
def outer(x):
    return 2 * inner(x)
'''
COMPILE = f"""
import json, sys
import msgspec
from dispatcher.planner import compile as kernel_code
before = kernel_code.is_compiled({PACKAGE!r})
done = kernel_code.compile_kernel({PACKAGE!r})
print(json.dumps([before, msgspec.to_builtins(done)]))
"""
COMPILE_AND_CALL = f"""
{COMPILE}
from tiny_kernel.outer import outer
print(json.dumps([before, outer(1), sum(outer.stats.cache_hits.values())]))
"""


def write_kernel(folder: Path, add: int) -> None:
    """A package in two modules, one compiled into the other."""
    package = folder / PACKAGE
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").touch()
    (package / "load.py").write_text(LOAD)
    (package / "inner.py").write_text(INNER.format(add=add))
    (package / "outer.py").write_text(CALLER)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a kernel that has nothing to compile, and a home in it."""
    pytest.importorskip("llvmlite", reason="needs numba (a Python that it has wheels for)")
    package = tmp_path / PACKAGE
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "load.py").write_text("import wave")
    (tmp_path / "home").mkdir()
    return tmp_path


def start(place: Path, script: str = COMPILE, **env: str) -> "subprocess.Popen[str]":
    """A process of its own, with the home in `place`."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DROVER_CACHE", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR")
    }
    path = os.pathsep.join([str(place), *filter(None, sys.path)])
    return subprocess.Popen(
        [sys.executable, "-c", script],
        env={**inherited, "HOME": str(place / "home"), "PYTHONPATH": path, **env},
        stdout=subprocess.PIPE,
        text=True,
    )


def answer(process: "subprocess.Popen[str]") -> list:
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return json.loads(out.splitlines()[-1])


def folders(root: Path) -> list[Path]:
    return sorted(root.glob("kernel-*"))


def test_it_is_compiled_once_and_loaded_from_then_on_until_a_called_module_changes(place: Path):
    write_kernel(place, add=1)
    assert answer(start(place, COMPILE_AND_CALL)) == [False, 4, 0]
    assert answer(start(place, COMPILE_AND_CALL)) == [True, 4, 1]
    write_kernel(place, add=2)
    assert answer(start(place, COMPILE_AND_CALL)) == [False, 6, 0]


def test_it_is_kept_in_the_users_cache_folder(place: Path):
    before, first = answer(start(place))
    assert (before, first["cold"], first["note"]) == (False, True, "")
    assert folders(place / "home" / ".cache" / "drover") == [Path(first["folder"])]
    before, second = answer(start(place))
    assert (before, second["cold"], second["folder"]) == (True, False, first["folder"])


def test_another_cpu_gets_code_of_its_own(place: Path):
    here = answer(start(place))[1]["folder"]
    before, there = answer(start(place, NUMBA_CPU_NAME="generic"))
    assert (before, there["folder"] == here) == (False, False)
    assert there["folder"].endswith("-generic")


def test_a_folder_named_by_the_user_is_taken(place: Path):
    _, done = answer(start(place, DROVER_CACHE=str(place / "mine")))
    assert Path(done["folder"]).parent == place / "mine"
    _, done = answer(start(place, XDG_CACHE_HOME=str(place / "xdg")))
    assert Path(done["folder"]).parent == place / "xdg" / "drover"


def test_where_nothing_can_be_kept_it_says_so_and_works(place: Path):
    write_kernel(place, add=1)
    (place / "file").write_text("no folder")
    _, done = answer(start(place, DROVER_CACHE=str(place / "file" / "cache")))
    assert "cannot be used (Not a directory): compiled code is not kept" in done["note"]
    assert done["cold"]
    assert not Path(done["folder"]).exists()


def test_code_that_others_may_have_written_is_not_run(place: Path):
    _, done = answer(start(place))
    Path(done["folder"]).chmod(0o777)
    _, again = answer(start(place))
    assert "others may write in it" in again["note"]
    assert (again["cold"], again["folder"] == done["folder"]) == (True, False)


def test_two_that_compile_at_once_do_no_harm(place: Path):
    write_kernel(place, add=1)
    both = [start(place, COMPILE_AND_CALL), start(place, COMPILE_AND_CALL)]
    assert sorted(answer(process)[1:] for process in both) == [[4, 0], [4, 1]]


def test_code_of_old_versions_is_removed_the_last_used_are_kept(place: Path):
    root = place / "home" / ".cache" / "drover"
    for number in range(7):
        mark = root / f"kernel-0.{number}" / kernel_code.MARK
        mark.parent.mkdir(parents=True)
        mark.write_text("{}")
        os.utime(mark, (number, number))
    new = Path(answer(start(place))[1]["folder"])
    kept = [f"kernel-0.{number}" for number in (3, 4, 5, 6)]
    assert [one.name for one in folders(root)] == sorted([*kept, new.name])


def test_a_worker_loads_what_is_compiled_and_compiles_nothing(place: Path):
    script = f"""
import sys, json
from dispatcher.planner import compile as kernel_code
kernel_code.warm({PACKAGE!r})
print(json.dumps(["wave" in sys.modules]))
"""
    assert answer(start(place, script)) == [False]
    answer(start(place))
    assert answer(start(place, script)) == [True]


def test_without_numba_it_says_so_in_one_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(kernel_code.importlib.util, "find_spec", lambda name: None)
    assert kernel_code.missing().endswith("OR-Tools plans in place of the kernel")
    assert not kernel_code.is_compiled()
