# SPDX-License-Identifier: Apache-2.0
"""The project's own files, as the tests of its shape see them: modules, imports, texts."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("dispatcher", "robot_agent")
FOLDERS = (*PACKAGES, "firmware_stubs", "maps", "tests", ".ci")
SUFFIXES = {
    *(".py", ".toml", ".md", ".c", ".h", ".sh", ".service", ".rules", ".ini", ".cfg", ".yaml"),
    *(".html", ".css", ".js"),
}


class Module(NamedTuple):
    """One Python module of ours."""

    name: str
    path: Path
    tree: ast.Module


class Import(NamedTuple):
    """One imported module, by full name; the name taken from it; whether at its module's top."""

    target: str
    name: str
    line: int
    at_top: bool


@cache
def modules() -> dict[str, Module]:
    """Every module of the packages, by its dotted name."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = Module(name, path, ast.parse(path.read_text("utf-8"), str(path)))
    return found


def imports_of(module: Module) -> Iterator[Import]:
    """All imports of a module, those inside functions and under TYPE_CHECKING too."""
    at_top = {id(node) for node in module.tree.body}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, "", node.lineno, id(node) in at_top)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                # `from package import module` names a module, `from module import thing` does not.
                full = f"{node.module}.{alias.name}"
                target = full if full in modules() else node.module
                yield Import(target, alias.name, node.lineno, id(node) in at_top)


@cache
def text_files() -> tuple[Path, ...]:
    """Every file of ours that a person wrote as text; not the licences, not what a tool made."""
    found = [path for path in ROOT.iterdir() if path.suffix in SUFFIXES or path.name == "Makefile"]
    for folder in FOLDERS:
        found += (p for p in (ROOT / folder).rglob("*") if p.suffix in SUFFIXES or folder == ".ci")
    return tuple(sorted(path for path in found if path.is_file()))


def where(path: Path, line: int = 0) -> str:
    """How a fault names its place: the path inside the project and the line."""
    return f"{path.relative_to(ROOT)}:{line}" if line else str(path.relative_to(ROOT))
