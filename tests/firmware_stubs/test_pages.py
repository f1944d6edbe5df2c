# SPDX-License-Identifier: Apache-2.0
"""What the pages of the boards say in numbers is what the code does."""

import re

import pytest

from robot_agent.board.codec import encode_frame, frame_of
from robot_agent.board.link_messages import Ping
from tests.project.source_tree import ROOT

FOLDER = ROOT / "firmware_stubs"
LIMITS = dict(
    re.findall(
        r"^#define (\w+) (-?\d+)", (FOLDER / "core/limits.h").read_text("utf-8"), re.MULTILINE
    )
)
ROLL = re.compile(r"^\| ([\d.]+) m/s[^|]*\|[^|]*\| ([\d.]+) m \| ([\d.]+) m \|$", re.MULTILINE)
ACTS_S = 0.1


def test_the_frame_shown_in_the_protocol_is_the_one_that_is_sent() -> None:
    page = (FOLDER / "PROTOCOL.md").read_text("utf-8")
    shown = re.search(r"^wire\s+([0-9a-f ]+)$", page, re.MULTILINE)
    assert shown is not None
    assert bytes.fromhex(shown[1]) == encode_frame(frame_of(Ping(), 1, 2, 3))


def test_the_stopping_distances_follow_from_the_boards_own_numbers() -> None:
    rows = ROLL.findall((FOLDER / "README.md").read_text("utf-8"))
    assert len(rows) == 4
    hard = int(LIMITS["STOP_DECELERATION_MM_S2"]) / 1000
    service = int(LIMITS["DECELERATION_MM_S2"]) / 1000
    late_s = int(LIMITS["COMMAND_TIMEOUT_MS"]) / 1000 + ACTS_S
    for speed, *shown in rows:
        for brake, metres in zip((hard, service), shown, strict=True):
            v = float(speed)
            rolled = v * late_s + v * v / (2 * brake)
            assert float(metres) == pytest.approx(rolled, abs=0.006), speed
    assert float(rows[0][0]) == int(LIMITS["SPEED_LIMIT_MM_S"]) / 1000


def test_each_requirement_on_the_page_has_tests_named_after_it() -> None:
    rows = re.findall(r"^\| ([DLC]\d+) \|", (FOLDER / "README.md").read_text("utf-8"), re.MULTILINE)
    assert len(rows) == len(set(rows)) == 21
    tests = "".join(
        path.read_text("utf-8") for path in (ROOT / "tests/firmware_stubs").glob("test_*.py")
    )
    missing = [row for row in rows if f"def test_{row.lower()}_" not in tests]
    assert not missing
