# SPDX-License-Identifier: Apache-2.0
"""How OR-Tools' routing searches: first solution, guided or not, and how long.

What must hold: every limit is set by its name, `lns_time_limit` too. Guided search does not end by
itself and may never see its last solution, so where work is counted and no clock looked at, the
search goes down to the first local optimum, and failures end it.
"""

from typing import Any, Final, NamedTuple

from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from dispatcher.planner.budget import Budget

SAFETY_MS: Final = 60_000
"""The end of a search whose budget is a number of solutions; it ends by itself long before."""
FAILURES_MIN: Final = 300
FAILURES_A_SOLUTION: Final = 10
"""A search that finds no more solutions must end by work, too, or its end is a matter of time."""
FEW_STOPS: Final = 8
"""Below this a search that never stops by itself only repeats itself."""


class Search(NamedTuple):
    """`first` is OR-Tools' name of a first solution strategy; `guided`: go on from local optima for
    as long as there is time."""

    budget: Budget
    guided: bool = True
    first: str = "PATH_CHEAPEST_ARC"


def parameters_of(search: Search, stops: int) -> Any:
    """OR-Tools' parameters for a model with so many stops."""
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    first = routing_enums_pb2.FirstSolutionStrategy.Value.Value(search.first)
    parameters.first_solution_strategy = first
    budget = search.budget
    if search.guided and not budget.iterations and stops >= FEW_STOPS:
        kinds = routing_enums_pb2.LocalSearchMetaheuristic
        parameters.local_search_metaheuristic = kinds.GUIDED_LOCAL_SEARCH
    limit_ms = SAFETY_MS if budget.iterations else max(1, budget.wall_ms)
    parameters.time_limit.FromMilliseconds(limit_ms)
    parameters.lns_time_limit.FromMilliseconds(limit_ms)
    if budget.iterations:
        parameters.solution_limit = budget.iterations
    return parameters


def limit_failures(model: pywrapcp.RoutingModel, search: Search) -> None:
    """End a search without more solutions by work."""
    if search.budget.iterations:
        failures = FAILURES_MIN + FAILURES_A_SOLUTION * search.budget.iterations
        model.AddSearchMonitor(model.solver().FailuresLimit(failures))
