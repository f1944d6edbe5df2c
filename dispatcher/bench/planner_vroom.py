# SPDX-License-Identifier: Apache-2.0
"""VROOM (through pyvroom) on a view: one thread, the exploration level as asked.

What must hold: VROOM has no budget worth the name (its time-out is wall time and it ends by
itself), so it runs to its end and its CPU time is told beside its cost. It has neither several
trips nor releases: such problems it is not asked.
"""

from typing import Any

from dispatcher.bench.planner_tours import Tours
from dispatcher.bench.planner_view import Stop, Vehicles, View

PROFILE = "car"
LATEST_S = (1 << 32) - 2
"""The largest moment that it can hold; our ms are its seconds."""


def solve_vroom(view: View, level: int) -> Tours:
    """Its routes. Raises OverflowError for lengths that 32 bits do not hold."""
    import vroom

    problem = vroom.Input()
    problem.set_durations_matrix(PROFILE, view.times_ms)
    if int(view.lengths.max()) > LATEST_S:
        raise OverflowError("lengths that 32 bits do not hold")
    problem.set_costs_matrix(PROFILE, view.lengths)
    problem.add_vehicle(_vehicles(view))
    problem.add_job(_jobs(view))
    solution = problem.solve(exploration_level=level, nb_threads=1)
    return _tours(view, solution.to_dict())


def _vehicles(view: View) -> list[Any]:
    import vroom

    def vehicle(robot: int, kind: Vehicles) -> Any:
        return vroom.Vehicle(
            robot,
            start=view.depot,
            end=view.depot,
            profile=PROFILE,
            capacity=[kind.mass_limit_g],
            time_window=_window(kind.free_ms, kind.end_ms),
            costs=vroom.VehicleCosts(fixed=view.fixed),
        )

    return [vehicle(robot, kind) for kind in view.fleet for robot in kind.robots]


def _jobs(view: View) -> list[Any]:
    """Their ids: the order's number, of a pick-up as of the handing out."""
    import vroom

    def step(number: int, stop: Stop) -> Any:
        windows = [_window(stop.earliest_ms, stop.latest_ms)]
        return vroom.ShipmentStep(
            number, stop.node, default_service=stop.service_ms, time_windows=windows
        )

    jobs: list[Any] = []
    for number, order in enumerate(view.orders):
        stop = order.dropoff
        if order.pickup is None:
            jobs.append(
                vroom.Job(
                    number,
                    stop.node,
                    default_service=stop.service_ms,
                    delivery=[order.mass_g],
                    time_windows=[_window(stop.earliest_ms, stop.latest_ms)],
                )
            )
        else:
            steps = step(number, order.pickup), step(number, stop)
            jobs.append(vroom.Shipment(*steps, amount=[order.mass_g]))
    return jobs


def _window(earliest_ms: int, latest_ms: int) -> Any:
    import vroom

    return vroom.TimeWindow(earliest_ms, min(latest_ms, LATEST_S))


def _tours(view: View, answer: dict[str, Any]) -> Tours:
    tours: Tours = [[] for _ in range(view.robots)]
    for route in answer["routes"]:
        steps = [step for step in route["steps"] if step["type"] not in ("start", "end")]
        signs = [-1 if step["type"] == "pickup" else 1 for step in steps]
        tour = [sign * (step["id"] + 1) for sign, step in zip(signs, steps, strict=True)]
        tours[route["vehicle"]].append(tour)
    return tours
