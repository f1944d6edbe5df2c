# SPDX-License-Identifier: Apache-2.0
"""What a dispatch policy is, and a stream of parcels that may still come.

What must hold: a policy changes times only (who carries what, and in which order, stays), makes
nobody late who was not, and answers the same to the same question.
"""

from random import Random
from typing import Protocol

from dispatcher.planner.problem import Parcel, Problem
from dispatcher.planner.solution import Solution


class Policy(Protocol):
    """Decides how long planned trips wait."""

    def hold(self, problem: Problem, plan: Solution, /) -> Solution:
        """The plan with later departures where waiting is worth it.

        Raises ValueError for a problem without matrices.
        """


class Stream(Protocol):
    """Says what may still come; whoever draws gives the generator, so a seed gives one future."""

    def draw(self, problem: Problem, rng: Random) -> tuple[Parcel, ...]:
        """Parcels that are not there yet (`ready_ms` after now), at nodes of the matrices."""
