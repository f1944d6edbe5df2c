# SPDX-License-Identifier: Apache-2.0
"""What must hold on every port, shown on the real programs: no fake clock, no harness.

A machine under load may stop a board at any time, as it may a real one; then it is released and
driven on. Nothing here says how soon, but for limits so wide that only never is beyond them, and
for the soonest of some trials: load makes none of them shorter.
"""

from random import Random

import pytest

from dispatcher.bench.board_rig import BoardRig, clock_ms
from robot_agent.board.drive_messages import Arm, DriveStateReport
from robot_agent.board.link_messages import LinkReport, Ping
from robot_agent.board.locker_messages import LockerReport, Unlock
from robot_agent.board.plant_messages import DrivePinsOut
from robot_agent.board.words import (
    Authority,
    BoardKind,
    DoorState,
    DriveState,
    EventKind,
    Injection,
    ResetCause,
    Result,
    StopCause,
)
from tests.firmware_stubs.port_rigs import (
    HOST,
    MPS2,
    PORTS,
    STM32,
    agent_process,
    on_the_bench,
    reset_by_supply,
)

on_each_port = pytest.mark.parametrize("port", PORTS)
SPEED_MM_S = 300
TRIALS = 6
STANDING = DrivePinsOut(0, 0, 0, 0, 1, 0, 0, 0)


def answer_to_arm(rig: BoardRig, authority: Authority, cause: StopCause) -> Result | None:
    """Asked again while the wheels still turn, or the board does not know yet that they stand."""
    answers: list[Result | None] = []

    def is_answered() -> bool:
        if answers and answers[-1] != Result.WRONG_STATE:
            return True
        if not rig.session.is_waiting:
            rig.session.command(Arm(authority, cause), answers.append, int(clock_ms()))
        return False

    rig.run_until(is_answered, "arm is answered")
    return answers[-1]


def report_of(rig: BoardRig) -> DriveStateReport:
    rig.run_until(lambda: rig.last is not None, "a report comes")
    assert rig.last is not None
    return rig.last


@on_each_port
def test_d5_boots_disarmed_with_the_motors_off_and_the_brake_on__iso_3691_4(port: str) -> None:
    with on_the_bench(port) as (_, rig):
        rig.run_until(lambda: rig.is_open, "a session opens")
        report = report_of(rig)
        assert report.drive_state == DriveState.DISARMED
        assert report.stop_cause == StopCause.POWER_ON
        assert (rig.hellos[0].reset_cause, rig.hellos[0].boot_count) == (ResetCause.POWER_ON, 1)
        assert answer_to_arm(rig, Authority.AGENT, StopCause.POWER_ON) == Result.NOT_AUTHORISED
        assert not rig.changes


def off_after_ms(rig: BoardRig, injection: Injection) -> float:
    """From a fault in motion to motors off by a reset, as the plant sees it."""
    rig.drive(SPEED_MM_S)
    # The agent falls silent too.
    rig.wants_mm_s = None
    rig.changes.clear()
    boots = rig.hellos[-1].boot_count
    begun_ms = clock_ms()
    rig.inject(injection)
    rig.run_until(lambda: not rig.motors_on, "motors go off")
    rig.run_until(lambda: rig.is_open and rig.hellos[-1].boot_count > boots, "it is back")
    assert rig.hellos[-1].boot_count == boots + 1
    assert rig.hellos[-1].reset_cause == ResetCause.WATCHDOG
    assert report_of(rig).stop_cause == StopCause.WATCHDOG
    return rig.changes[-1].heard_ms - begun_ms


def is_off_within(rig: BoardRig, injection: Injection, least_ms: int, most_ms: int) -> bool:
    """Once at least: a loaded machine takes longer, or has tripped the board beforehand."""
    return any(least_ms < off_after_ms(rig, injection) < most_ms for _ in range(TRIALS))


@on_each_port
def test_d6_a_hung_board_is_reset_with_its_motors_off_and_says_so__watchdog(port: str) -> None:
    with on_the_bench(port) as (_, rig):
        # 500 ms, a new start of the program, and two lines; not the 250 ms of a silent agent.
        assert is_off_within(rig, Injection.HANG, 350, 900)
        for authority in (Authority.AGENT, Authority.POSITION_CHECKED):
            assert answer_to_arm(rig, authority, StopCause.WATCHDOG) == Result.NOT_AUTHORISED
        rig.drive(SPEED_MM_S)


def test_d6_a_fault_of_the_processor_resets_it_before_the_watchdog_would__mps2() -> None:
    with on_the_bench(MPS2) as (_, rig):
        assert is_off_within(rig, Injection.FAULT, 0, 240)
        assert answer_to_arm(rig, Authority.AGENT, StopCause.WATCHDOG) == Result.NOT_AUTHORISED
        rig.drive(SPEED_MM_S)


@on_each_port
def test_a_reset_keeps_the_count_of_events_and_says_its_cause(port: str) -> None:
    with on_the_bench(port) as (_, rig):
        rig.run_until(lambda: bool(rig.events), "its start is an event")
        rig.inject(Injection.RESET)
        first = rig.events[0]
        # The first is told again to a session that was opened anew before the reset, as under load.
        rig.run_until(lambda: rig.events[-1].number != first.number, "so is its next start")
        then = rig.events[-1]
        assert (first.event_kind, first.value) == (EventKind.BOOTED, ResetCause.POWER_ON)
        assert (then.event_kind, then.value) == (EventKind.BOOTED, ResetCause.SOFTWARE)
        assert then.number == first.number + 1
        assert rig.hellos[-1].boot_count == 2


@on_each_port
def test_d1_a_silent_agent_has_the_motors_off__axol_pr_263(port: str) -> None:
    with on_the_bench(port) as (_, rig):
        rig.drive(SPEED_MM_S)
        rig.wants_mm_s = None
        rig.run_until(lambda: not rig.motors_on, "motors go off", within_s=5)
        rig.run_until(lambda: report_of(rig).drive_state == DriveState.DISARMED, "it stands")
        assert report_of(rig).stop_cause == StopCause.COMMAND_TIMEOUT
        # The agent is back, and drives on by its own word.
        rig.drive(SPEED_MM_S)


@on_each_port
def test_d1_the_agent_killed_in_motion_has_the_motors_off__axol_pr_263(port: str) -> None:
    with on_the_bench(port) as (board, rig):
        rig.unplug()
        with agent_process(board, SPEED_MM_S) as agent:

            def rolls() -> bool:
                rig.press_reset_now_and_then()
                return rig.motors_on and rig.plant.chassis.speed_mm_s > SPEED_MM_S / 2

            rig.run_until(rolls, "the other agent drives it")
            agent.kill()
            agent.wait()
            rig.run_until(lambda: not rig.motors_on, "motors go off", within_s=5)
            rig.run_until(lambda: rig.plant.stands, "it stands")
        rig.plug()
        rig.drive(SPEED_MM_S)


@on_each_port
def test_d1_the_agents_cable_out_in_motion_has_the_motors_off__axol_pr_263(port: str) -> None:
    with on_the_bench(port) as (_, rig):
        rig.drive(SPEED_MM_S)
        rig.unplug()
        rig.run_until(lambda: not rig.motors_on, "motors go off", within_s=5)
        rig.run_until(lambda: rig.plant.stands, "it stands")
        sessions = {hello.session for hello in rig.hellos}
        rig.plug()
        rig.run_until(lambda: rig.is_open, "a session opens")
        assert rig.hellos[-1].session not in sessions
        rig.drive(SPEED_MM_S)


@on_each_port
def test_d2_noise_pings_and_replayed_frames_do_not_keep_the_motors_on__lizard_283(
    port: str,
) -> None:
    luck = Random(1)
    with on_the_bench(port) as (_, rig):
        rig.drive(SPEED_MM_S)
        rig.last_words(rig.command(SPEED_MM_S), Ping())
        last = rig.sent

        def chatter() -> bool:
            rig.send_bytes(last + b"\0" + luck.randbytes(8) + b"\0")
            rig.session.command(Ping(), lambda _: None, int(clock_ms()))
            return not rig.motors_on

        rig.run_until(chatter, "motors go off", within_s=5)
        rig.drive(SPEED_MM_S)


@on_each_port
def test_d3_a_cut_wire_to_the_pins_latches_until_a_person_resets__iso_13850(port: str) -> None:
    with on_the_bench(port) as (_, rig):
        rig.drive(SPEED_MM_S)
        rig.wants_mm_s = None
        end, rig.plant_end = rig.plant_end, None
        rig.run_until(lambda: report_of(rig).drive_state == DriveState.E_STOP_LATCHED, "it latches")
        assert report_of(rig).stop_cause == StopCause.E_STOP
        rig.plant_end = end
        rig.run_for(200)
        assert report_of(rig).stop_cause == StopCause.E_STOP
        assert not rig.motors_on
        rig.drive(SPEED_MM_S)  # somebody presses the reset button


@on_each_port
def test_a_lockers_door_unlocks_and_locks_again(port: str) -> None:
    with on_the_bench(port, BoardKind.LOCKER) as (_, rig):
        rig.plant.hear_drive(STANDING, int(clock_ms()))

        def door() -> int | None:
            report = rig.latest.get(LockerReport)
            return report.doors[0] if isinstance(report, LockerReport) else None

        answers: list[Result | None] = []
        rig.run_until(lambda: door() == DoorState.LOCKED, "its doors are locked")
        rig.session.command(Unlock(0, 1_000), answers.append, int(clock_ms()))
        rig.run_until(lambda: door() == DoorState.CLOSED_UNLOCKED, "it unlocks")
        rig.run_until(lambda: door() == DoorState.LOCKED, "nobody comes: it locks")
        assert answers == [Result.DONE]


def test_d10_a_cut_of_the_supply_is_told_from_other_resets__mps2() -> None:
    with on_the_bench(MPS2) as (board, rig):
        rig.drive(SPEED_MM_S)
        rig.wants_mm_s = None
        boots = rig.hellos[-1].boot_count
        reset_by_supply(board)
        rig.run_until(lambda: not rig.motors_on, "motors go off")
        rig.run_until(lambda: rig.is_open and rig.hellos[-1].boot_count > boots, "it is back")
        assert rig.hellos[-1].boot_count == boots + 1
        assert rig.hellos[-1].reset_cause == ResetCause.BROWN_OUT
        assert report_of(rig).stop_cause == StopCause.BROWN_OUT
        rig.drive(SPEED_MM_S)


def test_d2_an_overrun_is_counted_and_keeps_no_motor_on__lizard_283() -> None:
    with on_the_bench(HOST) as (_, rig):
        rig.drive(SPEED_MM_S)
        rig.wants_mm_s = None

        def flood() -> bool:
            rig.send_bytes(b"\x01" * 3_900)  # in one write: more than the ring takes in one turn
            rig.send_bytes(b"\0")
            return not rig.motors_on

        rig.run_until(flood, "motors go off", within_s=5)

        def overruns() -> int:
            report = rig.latest.get(LinkReport)
            return report.overruns if isinstance(report, LinkReport) else 0

        rig.run_until(lambda: overruns() > 0, "it is counted")
        answers: list[Result | None] = []
        rig.session.command(Ping(), answers.append, int(clock_ms()))
        rig.run_until(lambda: bool(answers), "a ping is answered")
        rig.drive(SPEED_MM_S)
        assert rig.hellos[-1].boot_count == 1


@pytest.mark.parametrize("kind", list(BoardKind), ids=lambda kind: kind.name.lower())
def test_a_stm32_says_who_it_is_and_answers(kind: BoardKind) -> None:
    with on_the_bench(STM32, kind) as (_, rig):
        answers: list[Result | None] = []
        rig.run_until(lambda: rig.is_open, "a session opens")
        rig.session.command(Ping(), answers.append, int(clock_ms()))
        rig.run_until(lambda: bool(answers), "a ping is answered")
        assert answers == [Result.DONE]
        assert rig.hellos[-1].board_kind == kind
