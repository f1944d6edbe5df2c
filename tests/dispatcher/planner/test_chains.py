# SPDX-License-Identifier: Apache-2.0
"""What the kernel thinks a robot can drive, it can: each trip departs in time for its windows."""

import pytest

from dispatcher.planner.budget import Budget, Purse
from dispatcher.planner.kernel import layout as at
from dispatcher.planner.params import Params
from dispatcher.planner.search_step import Search
from tests.dispatcher.planner.problems import draw, posed


@pytest.mark.parametrize("seed", [0, 2])
def test_every_trip_departs_before_it_is_too_late_for_its_windows(seed: int) -> None:
    """Returns may open their station late: a trip that waits there must not delay the next."""
    search = Search(posed(*draw(seed, robots=8, parcels=60, plain=True)), 2, Params())
    search.begin()
    for _ in range(10):
        search.run(Purse(Budget(iterations=1_000)), 100, 0, lambda: None)
        memory = search.memory
        for number in range(int(memory[at.ROBOTS])):
            robot = int(memory[at.FLEET] + number * memory[at.ROBOT_WIDTH])
            chain = robot + at.ROBOT_COLUMNS
            for trip in memory[chain : chain + int(memory[robot + at.TRIPS])].tolist():
                row = memory[trip : trip + at.TRIP_COLUMNS]
                departs = max(row[at.READY], row[at.FREED]) + row[at.LOADING]
                assert departs <= row[at.LATE_START]
                assert row[at.END] <= row[at.ZEND]
