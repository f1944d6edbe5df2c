# SPDX-License-Identifier: Apache-2.0
"""What the C tools say of the core and the ports, and how large they are: `make check`, `size`."""

import subprocess

import pytest

from dispatcher.bench.board_processes import FIRMWARE
from tests.tools import require_tool


def make(target: str, *variables: str) -> subprocess.CompletedProcess[str]:
    require_tool("make")
    words = ["make", "-s", "-j2", "-C", str(FIRMWARE), target, *variables]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("target", "tool"),
    [("cppcheck", "cppcheck"), ("clang-tidy", "clang-tidy"), ("analyzer", "gcc")],
)
def test_a_tool_finds_nothing(target: str, tool: str) -> None:
    require_tool(tool)
    done = make(target)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_sizes_of_all_ports_are_told_with_their_worst_stack() -> None:
    require_tool("arm-none-eabi-gcc")
    done = make("size")
    assert done.returncode == 0, done.stderr
    head, *rows = done.stdout.splitlines()
    assert head.split() == ["port", "board", "flash", "RAM", "worst", "stack", "bytes"]
    assert len(rows) == 6
    for row in rows:
        flash, ram, stack = (int(word) for word in row.split()[2:])
        # The linker leaves 2 KB for it.
        assert 500 < stack < 2048 < min(flash, ram)


def test_a_cortex_m0plus_has_room_and_one_with_less_is_refused() -> None:
    require_tool("arm-none-eabi-gcc")
    assert make("cortexm0plus").returncode == 0
    done = make("cortexm0plus", "M0PLUS_FLASH=4096")
    assert done.returncode != 0
    assert "too big: at most 4096 of flash" in done.stdout
