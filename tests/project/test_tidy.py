# SPDX-License-Identifier: Apache-2.0
"""The style that ruff cannot see: sizes, headers, names, and what has no place in a project."""

import ast
import re
from pathlib import Path

from tests.project.source_tree import PACKAGES, ROOT, modules, text_files, where

LINES_MAX = 400
FUNCTION_LINES_MAX = 70
WIDTH_MAX = 100
VAGUE_NAMES = {"utils.py", "util.py", "helpers.py", "common.py", "misc.py"}
# The brackets keep this file from being found by its own patterns (and by the `reuse` tool).
LICENCE = re.compile(r"SPDX-License-Identifie[r]: \S")
UNFINISHED = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X]|HAC[K]|NotImplementedErro[r])\b")
DATA_FOLDER = re.compile(r"\.\./share[d]")
HOME_FOLDER = re.compile(r"(?<![\w.])/(home|root|Users)/\w")
CODE = {".py", ".c", ".h", ".toml", ".sh", ".html", ".css", ".js"}


def python_files() -> list[Path]:
    return [path for path in text_files() if path.suffix == ".py"]


def code_files() -> list[Path]:
    return [path for path in text_files() if path.suffix in CODE or path.suffix == ""]


def test_modules_are_short_enough_to_read_at_once() -> None:
    long = {where(path): len(path.read_text("utf-8").splitlines()) for path in python_files()}
    assert {name: lines for name, lines in long.items() if lines > LINES_MAX} == {}


def test_functions_are_short_enough_to_read_at_once() -> None:
    long = []
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    long.append(f"{where(path, node.lineno)} {node.name}: {lines} lines")
    assert not long, "\n".join(long)


def test_lines_of_code_fit_the_width() -> None:
    wide = [
        where(path, number)
        for path in code_files()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if len(line) > WIDTH_MAX
    ]
    assert not wide, "\n".join(wide)


def test_every_module_opens_with_what_it_is() -> None:
    assert [m.name for m in modules().values() if not ast.get_docstring(m.tree)] == []


def test_every_source_file_names_its_licence() -> None:
    bare = [
        where(path)
        for path in code_files()
        if not LICENCE.search("\n".join(path.read_text("utf-8").split("\n")[:3]))
    ]
    assert bare == []


def test_every_package_folder_is_a_package() -> None:
    folders = {path.parent for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    assert sorted(where(f) for f in folders if not (f / "__init__.py").is_file()) == []


def test_test_folders_are_not_packages() -> None:
    # With pytest's importlib mode test files may share names; an __init__.py would end that.
    assert sorted((ROOT / "tests").rglob("__init__.py")) == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [where(path) for path in python_files() if path.name in VAGUE_NAMES] == []


def test_nothing_is_left_unfinished() -> None:
    assert found_in_texts(UNFINISHED) == []


def test_no_path_of_somebodys_machine() -> None:
    assert found_in_texts(HOME_FOLDER) == []


def test_real_inputs_are_found_through_the_environment_only() -> None:
    found = found_in_texts(DATA_FOLDER)
    assert [place for place in found if not place.startswith(".ci/run:")] == []


def found_in_texts(pattern: re.Pattern[str]) -> list[str]:
    """Where the pattern stands in any text of ours."""
    return [
        f"{where(path, number)} {match[0]}"
        for path in text_files()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if (match := pattern.search(line))
    ]
