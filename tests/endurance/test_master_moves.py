# SPDX-License-Identifier: Apache-2.0
"""The moves of tests/robot_agent/fuzz for as long as wanted: DROVER_WALKS days of 1,000 moves."""

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.robot_agent.fuzz.master_moves import MasterMoves
from tests.robot_agent.fuzz.walks import walk

pytestmark = pytest.mark.endurance
WALKS = int(os.environ.get("DROVER_WALKS", "500"))
MOVES = 1_000


def test_no_moves_of_a_master_lead_a_robot_astray() -> None:
    run_state_machine_as_test(
        MasterMoves,
        settings=settings(
            max_examples=5 * WALKS,
            stateful_step_count=60,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_long_days_end_well() -> None:
    for seed in range(10_000, 10_000 + WALKS):
        machine = walk(seed, MOVES)
        machine.healed_it_can_be_sent_off_again()
        machine.all_is_well()
