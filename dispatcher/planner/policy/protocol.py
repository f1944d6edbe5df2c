# SPDX-License-Identifier: Apache-2.0
"""What a dispatch policy is, and a stream of parcels that may still come.

What must hold: a policy answers with a plan that passes `check`, makes nobody late who was not,
leaves nothing out that was in a trip, and says the same to the same question. The core obeys
`depart_not_before_ms`, and nothing else of it.
"""

from random import Random
from typing import Protocol

from dispatcher.planner.problem import Parcel, Problem
from dispatcher.planner.solution import Solution


class Policy(Protocol):
    """Decides how long planned trips wait."""

    def hold(self, problem: Problem, plan: Solution, /) -> Solution:
        """A plan with later departures where waiting is worth it.

        Raises ValueError for a problem without matrices.
        """


class Stream(Protocol):
    """Says what may still come; whoever draws gives the generator, so a seed gives one future."""

    def draw(self, problem: Problem, rng: Random) -> tuple[Parcel, ...]:
        """Parcels that are not there yet (`ready_ms` after now), at nodes of the matrices."""
