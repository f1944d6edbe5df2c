# SPDX-License-Identifier: Apache-2.0
"""What the pages say is true: their blocks run, and what they name is there."""

import json
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project.page_run import PageRun, lacking
from tests.project.pages import (
    IN_A_SENTENCE,
    LINK,
    Block,
    blocks,
    commands,
    fault_of,
    pages,
)
from tests.project.source_tree import ROOT

SHELL = ("sh", "console", "")
DOES = {"run", "start"}


def all_blocks() -> list[Block]:
    return [block for page in pages() for block in blocks(page)]


def pages_that_run() -> list[Path]:
    return [page for page in pages() if any(DOES & {*block.words} for block in blocks(page))]


@pytest.fixture
def page_run(tmp_path: Path) -> Iterator[PageRun]:
    run = PageRun(tmp_path)
    yield run
    run.end()


@pytest.mark.parametrize("page", pages_that_run(), ids=lambda page: str(page.relative_to(ROOT)))
def test_doing_what_a_page_says_works(page: Path, page_run: PageRun) -> None:
    for block in blocks(page):
        page_run.do(block)


def test_every_command_and_option_on_a_page_exists() -> None:
    faults = [
        f"{block.where}: {' '.join(words)}: {fault}"
        for block in all_blocks()
        if block.language in SHELL
        for words in commands(block)
        if (fault := fault_of(words))
    ]
    assert not faults, "\n".join(faults)


def test_every_command_named_in_a_sentence_exists() -> None:
    faults = [
        f"{page.relative_to(ROOT)}: `{named}`: {fault}"
        for page in pages()
        for named in IN_A_SENTENCE.findall(page.read_text("utf-8"))
        if (fault := fault_of(shlex.split(named)))
    ]
    assert not faults, "\n".join(faults)


def test_every_data_block_is_what_it_says() -> None:
    readers = {"json": json.loads, "toml": tomllib.loads}
    for block in all_blocks():
        if block.language == "python":
            compile(block.text, block.where, "exec")
        if block.language in readers:
            try:
                readers[block.language](block.text)
            except ValueError as error:
                pytest.fail(f"{block.where}: {error}")


def test_every_link_between_pages_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages()
        for target in LINK.findall(page.read_text("utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        ("dispatcher sevre", "no command 'dispatcher sevre'"),
        ("dispatcher serve --confg x", "no option --confg"),
        ("dispatcher map imprt x.osm", "no command 'imprt' in 'dispatcher map'"),
        ("robot-agent emulate --fast", "no option --fast"),
        ("robot-agent fly", "no command 'robot-agent fly'"),
        ("make coffee", "make has no coffee"),
        ("dispatcher serve --config site.toml", ""),
        ("dispatcher map import x.osm -o y.geojson", ""),
        ("ls --whatever", ""),
    ],
)
def test_a_command_that_does_not_exist_is_found(command: str, fault: str) -> None:
    assert fault_of(command.split()) == fault


def test_an_answer_that_lacks_what_the_page_shows_is_found() -> None:
    assert lacking({"a": [{"b": 1}]}, {"a": [{"b": 2, "c": 3}]}) == []
    assert lacking({"a": [{"b": 1}], "x": 1}, {"a": [{"c": 3}]}) == ["x", "b"]
