# SPDX-License-Identifier: Apache-2.0
"""The pages of documentation as tests see them: their code blocks, and the commands in them.

The words after a block's language, which readers of the page do not see, say how it is tested:
`sh run` is run and must succeed; `sh start WORD` is started and goes on running once it has printed
WORD (where it runs already, it is killed first); `toml NAME`, `csv NAME` and `json NAME` become the
file NAME; `python run` is run; `json like` must have the shape of what the block before it printed
last. Every other `sh` block is looked at: each command and option of ours in it must exist.
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import typer.main

from dispatcher.cli import main as root
from robot_agent import cli as agent
from tests.project.source_tree import ROOT

BLOCK = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
IN_A_SENTENCE = re.compile(r"`((?:dispatcher|robot-agent|make) [^`]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
TARGET = re.compile(r"^([a-z0-9_-]+):", re.MULTILINE)
OURS = ("dispatcher", "robot-agent", "make", ".ci/run")


class Block(NamedTuple):
    """One fenced block: where it stands, its language, the words after it, its text."""

    page: Path
    line: int
    language: str
    words: tuple[str, ...]
    text: str

    @property
    def where(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    """Every page of the project."""
    folders = ("dispatcher", "robot_agent", "maps", "firmware_stubs", "tests")
    inner = (path for folder in folders for path in (ROOT / folder).rglob("*.md"))
    return sorted([*ROOT.glob("*.md"), *inner])


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text("utf-8")
    found = []
    for match in BLOCK.finditer(text):
        language, *words = match[1].split() or [""]
        line = text.count("\n", 0, match.start()) + 1
        found.append(Block(page, line, language, tuple(words), match[2]))
    return found


def commands(block: Block) -> Iterator[list[str]]:
    """The words of each command in a shell block; of a `console` block, of what stands after $."""
    text = block.text.replace("\\\n", " ")
    for line in text.splitlines():
        if block.language == "console":
            if not line.startswith("$ "):
                continue
            line = line[2:]
        try:
            words = shlex.split(line, comments=True)
        except ValueError:  # a quoted text over several lines
            words = line.split()
        for part in split_at_pipes(words):
            while part and re.fullmatch(r"[A-Z_]+=.*", part[0]):
                part = part[1:]
            if part:
                yield part


def split_at_pipes(words: list[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for word in [*words, ";"]:
        if word in (";", "|", "&", "&&", "||"):
            yield part
            part = []
        else:
            part.append(word)


def fault_of(words: list[str]) -> str:
    """What a command names that does not exist; empty where all is there, or it is not ours."""
    program = Path(words[0]).name if words[0].startswith(".venv/bin/") else words[0]
    if program not in OURS:
        return ""
    if program == ".ci/run":
        return "" if (ROOT / ".ci" / "run").is_file() else "no .ci/run"
    if program == "make":
        folder, words = (words[2], words[2:]) if words[1:2] == ["-C"] else (".", words)
        files = [ROOT / folder / "Makefile", *sorted((ROOT / folder).glob("*/*.mk"))]
        targets = {word for file in files for word in TARGET.findall(file.read_text("utf-8"))}
        named = [word for word in words[1:] if "=" not in word and not word.startswith("-")]
        return ", ".join(f"make has no {word}" for word in named if word not in targets)
    if len(words) == 1 or words[1].startswith("-"):
        return ""
    return dispatcher_fault(words[1:]) if program == "dispatcher" else agent_fault(words[1:])


def dispatcher_fault(words: list[str]) -> str:
    entry = root.COMMANDS.get(words[0])
    if entry is None:
        return f"no command 'dispatcher {words[0]}'"
    module = __import__(entry.module, fromlist=[entry.attribute])
    found = getattr(module, entry.attribute)
    app = found if isinstance(found, typer.Typer) else typer.Typer()
    if app is not found:
        app.command()(found)
    command: Any = typer.main.get_command(app)
    for word in words[1:]:
        below = getattr(command, "commands", {})
        if word in below:
            command = below[word]
        elif below and not word.startswith("-"):
            return f"no command {word!r} in 'dispatcher {words[0]}'"
    known = {name for one in command.params for name in one.opts} | {"--help"}
    return unknown_options(words, known)


def agent_fault(words: list[str]) -> str:
    parser: Any = agent._parser()
    said = ["robot-agent"]
    for word in words:
        below = [one.choices for one in parser._actions if one.choices and not one.option_strings]
        if not below:
            break
        if word not in below[0]:
            return f"no command '{' '.join((*said, word))}'"
        parser = below[0][word]
        said.append(word)
    return unknown_options(words, set(parser._option_string_actions))


def unknown_options(words: list[str], known: set[str]) -> str:
    given = [word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)]
    return ", ".join(f"no option {word}" for word in given if word not in known)
