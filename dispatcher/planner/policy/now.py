# SPDX-License-Identifier: Apache-2.0
"""The policy that holds nothing back: every trip leaves as planned."""

from dispatcher.planner.problem import Problem
from dispatcher.planner.solution import Solution


class Now:
    """Everything leaves as planned."""

    def hold(self, _problem: Problem, plan: Solution, /) -> Solution:
        """The plan as it is."""
        return plan
