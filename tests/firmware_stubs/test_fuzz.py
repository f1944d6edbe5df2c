# SPDX-License-Identifier: Apache-2.0
"""What the fuzzers have learnt so far is played again; `make fuzz` looks for more."""

import runpy
import subprocess
from pathlib import Path

import pytest

from tests.tools import require_tool

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware_stubs"
CORPUS = FIRMWARE / "fuzz/corpus"
FUZZERS = ("frame", "boards")


@pytest.mark.parametrize("name", FUZZERS)
def test_nothing_in_the_corpus_breaks_what_must_hold(name: str, tmp_path: Path) -> None:
    for tool in ("make", "clang"):
        require_tool(tool)
    build = FIRMWARE.parent / "build/firmware"
    made = subprocess.run(
        ["make", "-C", str(FIRMWARE), f"BUILD={build}", f"{build}/fuzz/{name}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    played = subprocess.run(
        [str(build / "fuzz" / name), "-runs=0", str(CORPUS / name)],
        cwd=tmp_path,  # a finding is written here
        capture_output=True,
        text=True,
        check=False,
    )
    assert played.returncode == 0, played.stderr


def test_the_corpus_is_small() -> None:
    files = [path for path in CORPUS.rglob("*") if path.is_file()]
    assert {path.parent.name for path in files} == set(FUZZERS)
    assert len(files) < 200
    assert sum(path.stat().st_size for path in files) < 100_000


def test_the_plays_that_the_fuzzers_set_out_from_are_what_their_script_writes() -> None:
    script = runpy.run_path(str(FIRMWARE / "fuzz/write_corpus.py"))
    for folder, files in (("boards", script["plays"]()), ("frame", script["lines"]())):
        for name, content in files.items():
            assert (CORPUS / folder / name).read_bytes() == content, name
