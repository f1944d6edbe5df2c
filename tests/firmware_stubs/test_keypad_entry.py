# SPDX-License-Identifier: Apache-2.0
"""L4: codes are typed at the board and judged by the agent. Digits leave it in keypad_entry only;
after 5 wrong entries the keypad is locked for 60 s, counted in the board, over resets too."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.board.link_messages import EventAck
from robot_agent.board.locker_messages import KeypadEntry, KeypadResult
from robot_agent.board.words import EndKey, EventKind, LockerInputs, ResetCause, Result
from tests.firmware_stubs.locker_rig import LockerRig

TRIES = 5
LOCK_MS = 60_000
ANSWER_MS = 5_000
NO_SUBJECT = 255


def judge(rig: LockerRig, accepted: bool) -> Result:
    """The agent's word to the newest entry."""
    return rig.board.command(KeypadResult(rig.entries()[-1].entry, int(accepted)))


def type_wrong(rig: LockerRig, times: int) -> None:
    """So many entries that the agent says no to."""
    for number in range(times):
        rig.press(f"{number}#")
        assert judge(rig, accepted=False) == Result.DONE
        rig.step()


def locked_out(**board: Any) -> LockerRig:
    rig = LockerRig(**board)
    type_wrong(rig, TRIES)
    assert rig.told(EventKind.KEYPAD_LOCKED) == [(NO_SUBJECT, LOCK_MS)]
    return rig


@pytest.mark.parametrize(("key", "end_key"), [("#", EndKey.ENTER), ("*", EndKey.REFUSE)])
def test_an_entry_is_what_was_typed_and_how_it_ended(key: str, end_key: EndKey) -> None:
    rig = LockerRig()
    rig.press("204817" + key)
    assert rig.entries() == [KeypadEntry(1, "204817", end_key)]


def test_an_entry_is_said_every_200_ms_until_it_is_answered() -> None:
    rig = LockerRig()
    rig.press("1#")
    rig.wait(1_000)
    said = len(rig.board.all(KeypadEntry))
    assert 5 <= said <= 6
    assert judge(rig, accepted=True) == Result.DONE
    rig.wait(1_000)
    assert len(rig.board.all(KeypadEntry)) == said


def test_an_entry_counts_as_wrong_until_the_agent_accepts_it() -> None:
    rig = LockerRig()
    rig.press("1#")
    rig.wait(300)
    assert rig.report().wrong_entries == 1
    judge(rig, accepted=True)
    rig.wait(300)
    assert rig.report().wrong_entries == 0


def test_l4_no_answer_in_5_s_counts_as_wrong() -> None:
    rig = LockerRig()
    for number in range(TRIES):
        assert not rig.told(EventKind.KEYPAD_LOCKED)
        rig.press(f"{number}#")
        rig.wait(ANSWER_MS)
    assert rig.told(EventKind.KEYPAD_LOCKED) == [(NO_SUBJECT, LOCK_MS)]


def test_l4_an_answer_that_comes_too_late_takes_nothing_back() -> None:
    rig = LockerRig()
    rig.press("1#")
    rig.wait(ANSWER_MS)
    assert judge(rig, accepted=True) == Result.WRONG_STATE
    rig.wait(300)
    assert rig.report().wrong_entries == 1


def test_l4_an_answer_to_another_entry_takes_nothing_back() -> None:
    rig = LockerRig()
    rig.press("1#")
    entry = rig.entries()[-1].entry
    assert rig.board.command(KeypadResult(entry + 1, 1)) == Result.WRONG_STATE
    rig.wait(300)
    assert rig.report().wrong_entries == 1


def test_l4_an_entry_that_is_said_again_does_not_count_twice() -> None:
    rig = LockerRig()
    rig.press("1#")
    rig.wait(4_000)
    assert len(rig.board.all(KeypadEntry)) > 10
    assert rig.report().wrong_entries == 1


def test_l4_an_answer_that_comes_twice_does_not_count_twice() -> None:
    rig = LockerRig()
    rig.press("1#")
    sequence = rig.board.send(KeypadResult(rig.entries()[-1].entry, 0))
    rig.board.send(KeypadResult(rig.entries()[-1].entry, 0), sequence=sequence)
    assert judge(rig, accepted=False) == Result.WRONG_STATE  # said anew, to what is settled
    rig.wait(300)
    assert rig.board.answers(sequence) == [Result.DONE, Result.DONE]
    assert rig.report().wrong_entries == 1


def test_l4_five_wrong_entries_lock_the_keypad_for_60_s() -> None:
    rig = locked_out()
    rig.wait(200)
    assert rig.report().inputs & LockerInputs.KEYPAD_LOCKED
    assert rig.report().wrong_entries == TRIES
    count = len(rig.entries())
    rig.wait(LOCK_MS - 2_000)
    rig.press("77#")
    assert len(rig.entries()) == count
    rig.wait(2_000)
    assert not rig.report().inputs & LockerInputs.KEYPAD_LOCKED
    rig.press("78#")
    assert rig.entries()[-1].digits == "78"


def test_l4_four_wrong_entries_and_a_right_one_begin_the_count_anew() -> None:
    rig = LockerRig()
    type_wrong(rig, TRIES - 1)
    rig.press("1#")
    judge(rig, accepted=True)
    type_wrong(rig, TRIES - 1)
    assert not rig.told(EventKind.KEYPAD_LOCKED)


def test_l4_after_a_lock_out_each_further_wrong_entry_locks_again_until_a_right_one() -> None:
    rig = locked_out()
    for times in (2, 3):
        rig.wait(LOCK_MS + 100)
        type_wrong(rig, 1)
        assert len(rig.told(EventKind.KEYPAD_LOCKED)) == times
    rig.wait(LOCK_MS + 100)
    rig.press("1#")
    judge(rig, accepted=True)
    type_wrong(rig, 1)
    assert len(rig.told(EventKind.KEYPAD_LOCKED)) == 3


def test_l4_the_count_of_wrong_entries_ends_and_does_not_begin_anew() -> None:
    rig = LockerRig()
    for _ in range(260):
        type_wrong(rig, 1)
        rig.step(LOCK_MS)
    rig.step()
    assert rig.report().wrong_entries == 255
    assert len(rig.told(EventKind.KEYPAD_LOCKED)) == 260 - (TRIES - 1)


def test_l4_wrong_entries_are_counted_over_resets() -> None:
    rig = LockerRig()
    for number in range(TRIES):
        rig.restart(ResetCause.POWER_ON)
        rig.events.clear()
        rig.wait(50)
        assert not rig.told(EventKind.KEYPAD_LOCKED)
        rig.press(f"{number}#")
        judge(rig, accepted=False)
        rig.step()
    assert len(rig.told(EventKind.KEYPAD_LOCKED)) == 1


def test_l4_a_power_cut_in_mid_lock_out_gives_no_second_back() -> None:
    rig = locked_out()
    waited_ms = 0
    for cut_after_ms in (700, 1_500, 20_000, 30_000):
        rig.wait(cut_after_ms)
        waited_ms += cut_after_ms
        left_ms = rig.report().keypad_locked_ms
        rig.restart(ResetCause.POWER_ON)
        rig.events.clear()
        rig.wait(50)
        ((_, told_ms),) = rig.told(EventKind.KEYPAD_LOCKED)
        assert left_ms - 250 <= told_ms <= left_ms + 1_000
        assert told_ms >= LOCK_MS - waited_ms
    count = len(rig.entries())
    rig.press("5#")
    assert len(rig.entries()) == count
    rig.wait(LOCK_MS)
    rig.press("5#")
    assert len(rig.entries()) == count + 1


def test_l4_a_power_cut_before_the_fifth_answer_does_not_escape_the_lock_out() -> None:
    rig = LockerRig()
    type_wrong(rig, TRIES - 1)
    rig.press("9#")
    assert not rig.told(EventKind.KEYPAD_LOCKED)
    rig.restart(ResetCause.POWER_ON)
    rig.wait(50)
    assert rig.told(EventKind.KEYPAD_LOCKED) == [(NO_SUBJECT, LOCK_MS)]
    rig.press("9#")
    assert not rig.entries()


def test_l4_a_right_fifth_entry_is_not_locked_out() -> None:
    rig = LockerRig()
    type_wrong(rig, TRIES - 1)
    rig.press("9#")
    judge(rig, accepted=True)
    rig.wait(300)
    assert not rig.told(EventKind.KEYPAD_LOCKED)
    rig.restart(ResetCause.POWER_ON)
    rig.wait(300)
    assert rig.report().keypad_locked_ms == 0


def test_entries_are_numbered_on_over_resets() -> None:
    rig = LockerRig()
    rig.press("1#")
    judge(rig, accepted=True)
    rig.restart()
    rig.wait(50)
    rig.press("1#")
    assert rig.entries()[-1].entry == 2


def test_keys_are_ignored_while_an_entry_waits_for_its_answer() -> None:
    rig = LockerRig()
    rig.press("12#345#")
    assert [one.digits for one in rig.entries()] == ["12"]
    judge(rig, accepted=False)
    rig.press("6#")
    assert [one.digits for one in rig.entries()] == ["12", "6"]


def test_ending_without_digits_is_no_entry() -> None:
    rig = LockerRig()
    rig.press("##*")
    assert not rig.entries()
    assert rig.report().wrong_entries == 0


def test_of_more_than_12_digits_the_first_12_count() -> None:
    rig = LockerRig()
    rig.press("1234567890123456#")
    assert rig.entries()[-1].digits == "123456789012"


def test_a_half_typed_code_is_forgotten_after_10_s() -> None:
    rig = LockerRig()
    rig.press("12")
    rig.wait(9_500)
    rig.press("3")
    rig.wait(10_000)
    rig.press("4#")
    assert rig.entries()[-1].digits == "4"


def test_a_key_that_bounces_counts_once() -> None:
    rig = LockerRig()
    for turn in range(12):
        rig.key = "7" if turn % 2 else ""
        rig.step()
    rig.press("7#")
    assert rig.entries()[-1].digits == "7"


def test_keys_that_follow_without_a_gap_both_count() -> None:
    rig = LockerRig()
    for key in "12":
        rig.key = key
        rig.wait(60)
    rig.key = ""
    rig.wait(60)
    rig.press("#")
    assert rig.entries()[-1].digits == "12"


@pytest.mark.parametrize("key", ["A", "/", ":", "\xff"])
def test_what_is_no_key_is_ignored(key: str) -> None:
    rig = LockerRig()
    rig.press(f"1{key}2#")
    assert rig.entries()[-1].digits == "12"


def test_l4_digits_are_in_keypad_entries_only() -> None:
    rig = LockerRig()
    code = b"90417355"
    rig.press("90417355#")
    kept = rig.kept
    judge(rig, accepted=False)
    rig.press("90417355*")
    rig.wait(ANSWER_MS + 1_000)
    assert rig.entries()
    for frame in rig.board.frames:
        assert frame.type == KeypadEntry.ID or code[:4] not in frame.payload
    assert code[:4] not in kept
    assert code[:4] not in rig.kept


def test_l4_digits_are_forgotten_once_they_were_judged() -> None:
    rig = LockerRig()
    rig.press("904173#")
    judge(rig, accepted=True)
    rig.press("1#")
    assert rig.entries()[-1].digits == "1"


def test_l4_digits_are_not_said_where_no_agent_has_opened_a_session() -> None:
    rig = LockerRig(opens=False)
    rig.press("904173#")
    rig.wait(1_000)
    assert not rig.board.all(KeypadEntry)
    assert rig.report().wrong_entries == 1


def test_an_agent_that_comes_within_5_s_hears_the_entry_that_waits() -> None:
    rig = LockerRig(opens=False)
    rig.press("904173#")
    rig.board.open()
    rig.wait(300)
    assert judge(rig, accepted=True) == Result.DONE


def test_taking_events_is_no_answer_to_an_entry() -> None:
    rig = LockerRig()
    rig.press("1#")
    rig.board.send(EventAck(2**31 - 1))
    rig.wait(300)
    assert rig.report().wrong_entries == 1


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from(["wrong", "silent", "cut", "wait"]), max_size=25))
def test_l4_whatever_resets_nobody_gets_more_than_five_tries_and_one_a_minute(
    steps: list[str],
) -> None:
    rig = LockerRig()
    tries: list[int] = []
    for number, kind in enumerate(steps):
        before = len(rig.entries())
        if kind == "wait":
            rig.step(1_000, 20)
        else:
            rig.press(f"{number}#")
            if len(rig.entries()) > before:
                tries.append(rig.clock_ms)
                if kind == "wrong":
                    judge(rig, accepted=False)
            if kind == "cut":
                rig.restart(ResetCause.POWER_ON)
        rig.step(times=5)
    for number, at_ms in enumerate(tries[TRIES:], TRIES):
        assert at_ms - tries[number - 1] >= LOCK_MS, "L4: a try for nothing"
