# SPDX-License-Identifier: Apache-2.0
"""How long CP-SAT may search.

What must hold: one worker, so that with a limit of work alone the same call gives the same answer.
"""

from typing import NamedTuple

from ortools.sat.python import cp_model


class Effort(NamedTuple):
    """`work_ms` is CP-SAT's deterministic time, `wall_ms` the clock's; what ends first, ends it."""

    work_ms: int
    wall_ms: int
    seed: int = 0


def limited(effort: Effort) -> cp_model.CpSolver:
    """A solver that keeps to it."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = effort.seed & 0x7FFFFFFF
    solver.parameters.max_deterministic_time = effort.work_ms / 1000
    solver.parameters.max_time_in_seconds = effort.wall_ms / 1000
    return solver
