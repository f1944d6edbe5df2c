# SPDX-License-Identifier: Apache-2.0
"""Moves of a master, of people and of fate in any order: what must never be, never is."""

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from robot_agent.core.events import OpenDoor
from tests.robot_agent.fuzz.hostile_bytes import FUZZ
from tests.robot_agent.fuzz.master_moves import MasterMoves
from tests.robot_agent.fuzz.walks import walk

EXAMPLES = 60
STEPS = 30
WALKS = 10
MOVES = 300


def test_no_moves_of_a_master_lead_a_robot_astray() -> None:
    """Short ways to a fault, which hypothesis makes shorter still."""
    run_state_machine_as_test(
        MasterMoves, settings=settings(FUZZ, max_examples=EXAMPLES, stateful_step_count=STEPS)
    )


@pytest.mark.parametrize("seed", range(WALKS))
def test_a_long_day_ends_well(seed: int) -> None:
    """Long ways, on which parcels do get picked and handed over, and then it drives again."""
    machine = walk(seed, MOVES)
    assert machine.bench.told(OpenDoor)
    machine.healed_it_can_be_sent_off_again()
    machine.all_is_well()
