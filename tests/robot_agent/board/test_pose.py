# SPDX-License-Identifier: Apache-2.0
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.board.clock import BoardClock
from robot_agent.board.drive_messages import DriveFacts
from robot_agent.board.pose import Pose, PoseKeeper, along_arc
from robot_agent.core.events import SetPosition

FACTS = DriveFacts(4_000, 500, 1_670, 1_500, 1_000, 2_000, 3_000)
BOARD = (3, "ab" * 12)
START = SetPosition(1_000, 2_000, 1_571)


class Said(list[str]):
    def __call__(self, sentence: str) -> None:
        self.append(sentence)


def keeper(folder: Path, start: SetPosition | None = START) -> PoseKeeper:
    made = PoseKeeper(folder / "board-pose.json", start, Said())
    made.opened(*BOARD)
    return made


def kept(folder: Path, left: int = 0, right: int = 0) -> PoseKeeper:
    """Put down at the start, having seen these ticks, and saved."""
    made = keeper(folder)
    made.moved(left, right, FACTS)
    made.save(1_000, is_standing=True)
    return made


def test_both_wheels_alike_go_straight_on() -> None:
    there = along_arc(Pose(0, 0, math.pi / 2), 800, 800, 500)
    assert (round(there.x_mm), round(there.y_mm)) == (0, 800)


def test_a_quarter_of_a_circle_ends_where_a_quarter_of_a_circle_ends() -> None:
    radius_mm, track_mm = 2_000, 500
    quarter = math.pi / 2
    left, right = quarter * (radius_mm - track_mm / 2), quarter * (radius_mm + track_mm / 2)
    there = along_arc(Pose(), left, right, track_mm)
    assert math.isclose(there.x_mm, radius_mm)
    assert math.isclose(there.y_mm, radius_mm)
    assert math.isclose(there.heading_rad, quarter)


@settings(max_examples=50)
@given(st.floats(-2_000, 2_000), st.floats(-2_000, 2_000), st.integers(2, 20))
def test_an_arc_in_pieces_is_the_same_arc(left: float, right: float, pieces: int) -> None:
    whole = along_arc(Pose(), left, right, 500)
    there = Pose()
    for _ in range(pieces):
        there = along_arc(there, left / pieces, right / pieces, 500)
    assert math.isclose(there.x_mm, whole.x_mm, abs_tol=1e-6)
    assert math.isclose(there.y_mm, whole.y_mm, abs_tol=1e-6)


@pytest.mark.parametrize("first", [0, (1 << 31) - 50, -(1 << 31), -50])
def test_ticks_wrap_at_32_bits(tmp_path: Path, first: int) -> None:
    made = keeper(tmp_path, SetPosition(0, 0, 0))
    made.moved(first, first, FACTS)
    later = (first + 100 + (1 << 31)) % (1 << 32) - (1 << 31)
    made.moved(later, later, FACTS)
    assert math.isclose(made.pose.x_mm, 25)


def test_an_agent_started_again_adds_what_the_wheels_did_meanwhile(tmp_path: Path) -> None:
    kept(tmp_path)
    again = keeper(tmp_path)
    again.moved(4_000, 4_000, FACTS)
    assert round(again.pose.y_mm) == 3_000
    assert again.trusted


def test_after_a_reset_of_the_board_the_last_place_is_not_trusted(tmp_path: Path) -> None:
    kept(tmp_path)
    again = PoseKeeper(tmp_path / "board-pose.json", START, Said())
    again.opened(4, BOARD[1])
    again.moved(99_999, 5, FACTS)
    assert again.pose == Pose(1_000, 2_000, 1.571)
    assert not again.trusted
    again.trust()
    assert again.trusted


def test_ticks_that_were_held_up_on_their_way_are_no_jump(tmp_path: Path) -> None:
    one = keeper(tmp_path)
    for at_ms in range(0, 1_050, 50):
        one.reported(at_ms, at_ms, "none")
        one.moved(0, 0, FACTS)
    one.reported(1_050, 1_050, "none")
    one.moved(6_000, 6_000, FACTS)  # 1.5 m in a second
    assert one.trusted
    one.reported(1_100, 1_100, "none")
    one.moved(12_000, 12_000, FACTS)  # and the same in 50 ms
    assert not one.trusted


def test_a_doubt_outlives_the_agent(tmp_path: Path) -> None:
    made = kept(tmp_path)
    made.opened(4, BOARD[1])
    made.moved(0, 0, FACTS)
    made.save(9_000, is_standing=True)
    again = PoseKeeper(tmp_path / "board-pose.json", START, Said())
    again.opened(4, BOARD[1])
    again.moved(0, 0, FACTS)
    assert not again.trusted


def test_pushed_far_while_nobody_listened_it_knows_its_place_no_more(tmp_path: Path) -> None:
    kept(tmp_path)
    again = keeper(tmp_path)
    again.moved(40_000, 40_000, FACTS)
    assert not again.trusted


@pytest.mark.parametrize(
    ("t_ms", "now_ms", "cause"),
    [
        # Its clock began anew, or has missed some of the agent's time, or it says that it started.
        (9_000, 100_500, "e_stop"),
        (60_100, 100_000 + 4_000, "e_stop"),
        (70_000, 110_000, "power_on"),
    ],
)
def test_a_start_that_is_not_counted_is_told_by_clock_or_cause(
    tmp_path: Path, t_ms: int, now_ms: int, cause: str
) -> None:
    made = keeper(tmp_path)
    made.reported(60_000, 100_000, "e_stop")
    made.moved(8_000, 8_000, FACTS)
    made.opened(*BOARD)
    made.reported(t_ms, now_ms, cause)
    made.moved(0, 0, FACTS)
    assert not made.trusted
    assert made.pose == Pose(1_000, 2_000, 1.571)


@pytest.mark.parametrize(("t_ms", "cause"), [(9_000, "e_stop"), (70_000, "power_on")])
def test_a_start_that_is_not_counted_is_told_to_an_agent_that_starts_too(
    tmp_path: Path, t_ms: int, cause: str
) -> None:
    made = keeper(tmp_path)
    made.reported(60_000, 100_000, "e_stop")
    made.moved(8_000, 8_000, FACTS)
    made.save(100_000, is_standing=True)
    again = keeper(tmp_path)
    again.reported(t_ms, 500, cause)
    again.moved(0, 0, FACTS)
    assert not again.trusted
    assert again.pose == Pose(1_000, 2_000, 1.571)


def test_a_session_opened_anew_is_no_start(tmp_path: Path) -> None:
    made = keeper(tmp_path)
    made.reported(60_000, 100_000, "none")
    made.moved(0, 0, FACTS)
    made.opened(*BOARD)
    made.reported(62_000, 102_500, "new_session")
    made.moved(400, 400, FACTS)
    assert made.trusted
    assert round(made.pose.y_mm) == 2_100


def test_put_down_nowhere_nobody_can_say_that_it_is_there(tmp_path: Path) -> None:
    made = keeper(tmp_path, None)
    made.trust()
    assert not made.trusted
    made.place(START)
    assert made.trusted


def test_a_file_that_cannot_be_read_is_no_place(tmp_path: Path) -> None:
    said = Said()
    (tmp_path / "board-pose.json").write_bytes(b"{")
    made = PoseKeeper(tmp_path / "board-pose.json", START, said)
    assert not made.trusted
    assert "nobody knows where the robot is" in said[0]


def test_it_is_written_down_once_a_second_and_when_it_comes_to_stand(tmp_path: Path) -> None:
    made = keeper(tmp_path)
    file = tmp_path / "board-pose.json"
    writes = []
    for step in range(40):
        made.moved(step, step, FACTS)
        before = file.read_bytes() if file.exists() else b""
        made.save(1_000 + 50 * step, is_standing=step == 39)
        if file.read_bytes() != before:
            writes.append(step)
    assert writes == [0, 20, 39]


def test_a_clock_that_goes_on_is_written_down_once_a_minute(tmp_path: Path) -> None:
    made = keeper(tmp_path)
    file = tmp_path / "board-pose.json"
    written = set()
    for second in range(1, 130):
        made.reported(1_000 * second, 1_000 * second, "power_on")
        made.moved(0, 0, FACTS)
        made.save(1_000 * second, is_standing=True)
        written.add(file.read_bytes())
    assert len(written) == 3


def test_a_doubt_is_written_down_at_once(tmp_path: Path) -> None:
    made = kept(tmp_path)
    made.doubt()
    made.save(1_050, is_standing=True)
    assert not keeper(tmp_path).trusted


def test_a_disk_that_is_full_is_said_and_stops_nothing(tmp_path: Path) -> None:
    said = Said()
    made = PoseKeeper(tmp_path / "none" / "board-pose.json", START, said)
    made.opened(*BOARD)
    made.moved(0, 0, FACTS)
    made.save(1_000, is_standing=True)
    assert "cannot be written" in said[0]


def test_a_frame_that_waited_in_a_buffer_is_as_old_as_it_is() -> None:
    clock = BoardClock()
    base = 0xFFFF_FFFF - 100
    for step in range(10):
        at = clock.heard((base + 50 * step) & 0xFFFF_FFFF, 10_000 + 50 * step)
        assert at == 10_000 + 50 * step
    late = clock.heard((base + 500) & 0xFFFF_FFFF, 10_900)
    assert 10_500 <= late <= 10_501


def test_a_boards_clock_may_run_slow() -> None:
    clock = BoardClock()
    late_ms = [
        10_000 + 1_001 * second - clock.heard(1_000 * second, 10_000 + 1_001 * second)
        for second in range(600)
    ]
    assert max(late_ms) <= 1
