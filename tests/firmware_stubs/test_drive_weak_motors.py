# SPDX-License-Identifier: Apache-2.0
"""Motors that are weaker or stronger than limits.h says, as with an empty battery or on a slope: it
needs no longer way to stop for it."""

import pytest

from robot_agent.board.drive_messages import Disarm, Stop
from robot_agent.board.words import DriveState, Result
from tests.firmware_stubs.drive_rig import DriveRig, armed_rig

FIRM_MM = {"disarm": 780, "stop": 600}


def rig_with_motors(percent: int) -> DriveRig:
    """Of what is put out so much comes out."""
    rig = armed_rig()
    roll = rig.chassis.roll

    def weakly(ms: int) -> float:
        for wheel in rig.wheels:
            wheel.output_permille = wheel.output_permille * percent // 100
        return roll(ms)

    rig.chassis.roll = weakly  # type: ignore[method-assign]
    return rig


@pytest.mark.parametrize("percent", [77, 90, 100, 110, 130])
@pytest.mark.parametrize("message", [Disarm(), Stop()], ids=["disarm", "stop"])
def test_d8_motors_of_another_strength_need_no_longer_way_to_stop(
    message: Disarm | Stop, percent: int
) -> None:
    rig = rig_with_motors(percent)
    rig.drive(1_400, for_ms=5_000)
    assert rig.chassis.speed_mm_s == pytest.approx(1_400, rel=0.06)
    before_mm = rig.chassis.x_mm
    assert rig.board.command(message) == Result.DONE
    rig.step(times=200)
    assert rig.state == DriveState.DISARMED
    assert rig.chassis.x_mm - before_mm <= FIRM_MM[type(message).__name__.lower()]


@pytest.mark.parametrize("percent", [77, 130])
def test_d8_a_slower_speed_is_reached_from_above_whatever_the_motors(percent: int) -> None:
    rig = rig_with_motors(percent)
    rig.drive(1_400, for_ms=4_000)
    rig.drive(400, for_ms=1_500)
    assert rig.chassis.speed_mm_s == pytest.approx(400, rel=0.15)
