# SPDX-License-Identifier: Apache-2.0
"""What the C tools say of the core and the ports, and how large they are: `make check`, `size`."""

import struct
import subprocess
from pathlib import Path

import pytest

from dispatcher.bench.board_processes import BUILT, FIRMWARE
from tests.tools import find_tool, require_tool

PORT_BYTES = 1_280


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
    done = make("cortexm0plus")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [row.split() for row in done.stdout.splitlines()[1:]]
    needs = max(int(ram) + int(stack) for _, _, _, ram, stack in rows) + PORT_BYTES
    assert needs <= 8_192
    for less in ("M0PLUS_FLASH=4096", f"M0PLUS_RAM={needs - 1}"):
        done = make("cortexm0plus", less)
        assert done.returncode != 0
        assert "too big: at most" in done.stdout


@pytest.mark.parametrize("target", ["host", "mps2", "cppcheck", "clang-tidy", "fuzzers"])
def test_a_missing_tool_is_one_line_that_names_its_package(target: str, tmp_path: Path) -> None:
    require_tool("make")
    for tool in ("make", "git", "mkdir", "cat", "mv", "sh"):
        found = find_tool(tool)
        assert found is not None
        (tmp_path / tool).symlink_to(found)
    words = ["make", "-s", "-C", str(FIRMWARE), target, f"BUILD={tmp_path / 'built'}"]
    path = {"PATH": str(tmp_path)}
    done = subprocess.run(words, env=path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    said, *rest = done.stderr.splitlines()
    assert " is not installed: apt install " in said
    assert all(line.startswith("make") for line in rest)


def test_help_names_each_target_and_clean_leaves_nothing(tmp_path: Path) -> None:
    helped = make("help").stdout
    for target in ("host", "stm32f405", "check", "size", "fuzz", "clean"):
        assert f"make {target}" in helped
    assert "0x08000000" in helped
    built = tmp_path / "built"
    built.mkdir()
    assert make("clean", f"BUILD={built}").returncode == 0
    assert not built.exists()


def test_an_image_to_flash_is_what_the_linker_put_into_flash() -> None:
    require_tool("arm-none-eabi-gcc")
    assert make("stm32f405").returncode == 0
    for kind in ("drive", "locker"):
        image = (BUILT / f"stm32f405/{kind}.bin").read_bytes()
        stack, entry = struct.unpack("<II", image[:8])
        assert stack == 0x2000_0000 + 128 * 1024  # the end of RAM
        assert entry % 2 == 1  # in Thumb
        assert 0x0800_0000 < entry < 0x0800_0000 + len(image)
