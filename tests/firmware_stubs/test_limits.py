# SPDX-License-Identifier: Apache-2.0
"""What a robot's builder may change of core/limits.h: to the safe side, or it does not compile."""

import re
import subprocess

import pytest

from tests.project.source_tree import ROOT
from tests.tools import require_tool

CORE = ROOT / "firmware_stubs/core"
NUMBERS = dict(
    re.findall(r"^#define (\w+) (\d+)u?\b", (CORE / "limits.h").read_text("utf-8"), re.MULTILINE)
)
TOO_FAR = {
    "ACCELERATION_MM_S2": (1_001,),
    "BATTERY_LIMIT_DC": (601,),
    "BATTERY_REFUSE_PERMILLE": (49,),
    "BATTERY_RETURN_PERMILLE": (149,),
    "BATTERY_WARN_PERMILLE": (249,),
    "BROWN_OUT_MS": (51,),
    "COMMAND_FRESH_MS": (251,),
    "COMMAND_TIMEOUT_MS": (251,),
    "DECELERATION_MM_S2": (2_001,),
    "DOOR_LEFT_OPEN_MS": (60_001,),
    "FAULT_LATENCY_MS": (29, 101),
    "KEYPAD_ANSWER_MS": (5_001,),
    "KEYPAD_IDLE_MS": (10_001,),
    "KEYPAD_KEEP_MS": (1_001,),
    "KEYPAD_LOCK_MS": (59_999,),
    "KEYPAD_TRIES": (6,),
    "LOCK_PULSE_MS": (501,),
    "LOCK_REST_FACTOR": (8,),
    "LOCK_SETTLE_MS": (201,),
    "LOCK_TRIES": (4,),
    "MOTOR_LIMIT_DC": (901,),
    "RESET_BUTTON_MS": (299,),
    "SENSOR_DEBOUNCE_MS": (31,),
    "SPEED_LIMIT_MM_S": (1_671,),
    "STANDING_MM_S": (21,),
    "STEP_MAX_MS": (9, 11),
    "STOPPING_SETTLE_MS": (251,),
    "STOP_DECELERATION_MM_S2": (1_999, 3_001),
    "TILT_MS": (101,),
    "TURN_LIMIT_MRAD_S": (1_501,),
    "WATCHDOG_MS": (199, 501),
    "WHEEL_BEHIND_MM": (41,),
}
OF_THE_MACHINE = {
    "BROWN_OUT_MV",
    "KEYPAD_RESEND_MS",
    "MOTOR_FULL_MM_S",
    "MOTOR_LIMIT_MA",
    "TICKS_PER_M",
    "TRACK_MM",
}


def compiled(*options: str) -> subprocess.CompletedProcess[str]:
    """What the compiler says of the limits alone."""
    words = [str(require_tool("gcc")), "-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]
    return subprocess.run(
        [*words, *options, "-I", str(CORE), "-x", "c", "-"],
        input='#include "limits.h"\n',
        capture_output=True,
        text=True,
        check=False,
    )


def test_each_number_has_a_bound_or_is_the_machines_own() -> None:
    assert set(NUMBERS) == set(TOO_FAR) | OF_THE_MACHINE


@pytest.mark.parametrize("name", sorted(TOO_FAR))
def test_a_number_beyond_its_bound_does_not_compile(name: str) -> None:
    for value in TOO_FAR[name]:
        done = compiled(f"-D{name}={value}u")
        assert done.returncode != 0
        assert f"{name} must be at " in done.stderr


def test_slower_sooner_and_of_another_machine_compiles() -> None:
    assert compiled().returncode == 0
    careful = {"SPEED_LIMIT_MM_S": 1_110, "COMMAND_TIMEOUT_MS": 200, "WATCHDOG_MS": 250}
    careful |= {"KEYPAD_TRIES": 3, "KEYPAD_LOCK_MS": 300_000, "LOCK_PULSE_MS": 300}
    careful |= {"BROWN_OUT_MV": 38_000, "MOTOR_LIMIT_MA": 8_000, "TRACK_MM": 420}
    done = compiled(*(f"-D{name}={value}u" for name, value in careful.items()))
    assert done.returncode == 0, done.stderr
