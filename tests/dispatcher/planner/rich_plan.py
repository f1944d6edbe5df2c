# SPDX-License-Identifier: Apache-2.0
"""A problem with everything in it and a good plan for it, both worked out by hand.

All places lie on a line, a minute and 180 m from one to the next; after an hour every way takes
twice as long. A leg of 180 m takes 3600 mWh, 180 mWh for each kg, and 10 mWh for each second.
"""

from dispatcher.planner.problem import (
    Battery,
    Charger,
    Costs,
    Matrices,
    Opening,
    Parcel,
    Problem,
    Robot,
    SlotTable,
    Window,
)
from dispatcher.planner.solution import Cost, RobotPlan, Solution, Task, Trip, Unserved, Visit

HOUR_MS = 3_600_000
NODES = ("s", "a", "b", "c", "z")


def line(step: int) -> tuple[tuple[int, ...], ...]:
    """A table in which neighbours are `step` apart."""
    return tuple(tuple(step * abs(i - j) for j in range(5)) for i in range(5))


TRAVEL = Matrices(
    NODES, line(60_000), line(180_000), (SlotTable(HOUR_MS, line(120_000), line(180_000)),)
)


def visit(node, arrive_ms, start_ms, depart_ms, *tasks, left=-1):
    done = tuple(Task(*task) for task in tasks)
    return Visit(node, done, arrive_ms, start_ms, depart_ms, battery_mwh=left)


FROZEN = Trip(
    0,
    (
        visit("s", 0, 0, 35_000, ("load", "frozen", "S1"), left=39_650),
        visit("a", 95_000, 95_000, 150_000, ("out", "frozen", "S1"), left=34_720),
        visit("s", 210_000, 210_000, 210_000, left=30_340),
    ),
    bay=0,
)
R1 = RobotPlan(
    "R1",
    (
        FROZEN,
        Trip(210_000, (visit("z", 450_000, 450_000, 810_000, left=49_540),), charge_mwh=36_000),
        Trip(
            810_000,
            (
                visit(
                    *("s", 1_050_000, 1_050_000, 1_090_000),
                    *(("load", "big", "L1"), ("load", "bulk", "")),
                    left=31_260,
                ),
                visit("a", 1_150_000, 1_150_000, 1_205_000, ("out", "big", "L1"), left=26_240),
                visit("b", 1_265_000, 1_265_000, 1_300_000, ("out", "bulk", ""), left=21_420),
                visit("s", 1_420_000, 1_420_000, 1_420_000, left=12_480),
            ),
            bay=0,
        ),
    ),
)
R2 = RobotPlan(
    "R2",
    (
        Trip(
            1_090_000,
            (
                visit("s", 1_090_000, 1_090_000, 1_125_000, ("load", "slot", "S1")),
                visit("b", 1_245_000, HOUR_MS, 3_655_000, ("out", "slot", "S1")),
                visit("c", 3_775_000, 3_775_000, 3_830_000, ("in", "way back", "M1")),
                visit("s", 4_190_000, 4_190_000, 4_225_000, ("unload", "way back", "M1")),
            ),
            bay=0,
        ),
        Trip(
            4_225_000,
            (
                visit("a", 4_345_000, 4_345_000, 4_400_000, ("in", "swap", "")),
                visit("c", 4_640_000, 4_640_000, 4_695_000, ("out", "swap", "")),
                visit("s", 5_055_000, 5_055_000, 5_055_000),
                visit("a", 5_175_000, 5_175_000, 5_175_000),
            ),
        ),
    ),
)
R3 = RobotPlan(
    "R3",
    (
        Trip(750_000, (visit("z", 810_000, 810_000, 1_170_000, left=81_440),), charge_mwh=36_000),
        Trip(
            1_170_000,
            (visit("b", 1_290_000, 1_290_000, 1_530_000, left=100_000),),
            charge_mwh=27_680,
        ),
        Trip(
            1_530_000,
            (
                visit("c", 1_590_000, 1_590_000, 1_645_000, ("out", "riding", "S1"), left=94_890),
                visit("s", 1_825_000, 1_825_000, 1_825_000, left=81_210),
            ),
        ),
    ),
)
PLAN = Solution(
    plans=(R1, R2, R3),
    unserved=(Unserved("left", "not worth it"),),
    # 34 steps of 180 m, 6580 s on duty, five trips that carry, "way back" late by 75 s and twice as
    # urgent, "left" left out (which also changes the plan), "swap" moved.
    cost=Cost(
        drive=6120, duty=6580, trips=1000, late=1500, skipped=7000, broken=5000, changed=1400
    ),
)

BATTERY = Battery(
    charge_mwh=40_000,
    capacity_mwh=100_000,
    reserve_mwh=12_000,
    per_km_mwh=20_000,
    per_kg_km_mwh=1_000,
    idle_mw=36_000,
)
PROBLEM = Problem(
    now_ms=0,
    parcels=(
        Parcel(id="big", size="L", pickup="s", dropoff="a", ready_ms=1_000_000, mass_g=500),
        Parcel(id="bulk", size="", pickup="s", dropoff="b", mass_g=1000, dropoff_ms=20_000),
        Parcel(id="frozen", size="S", pickup="s", dropoff="a", mass_g=1000, late_max_ms=0),
        Parcel(
            id="left",
            size="S",
            pickup="s",
            dropoff="b",
            mass_g=2000,
            skip_cost=7000,
            planned_robot="R1",
        ),
        Parcel(id="riding", size="S", dropoff="c", aboard="R3", compartment="S1", mass_g=2000),
        Parcel(
            id="slot",
            size="S",
            pickup="s",
            dropoff="b",
            mass_g=1000,
            dropoff_earliest_ms=0,
            dropoff_latest_ms=600_000,
            more_dropoffs=(Window(HOUR_MS, HOUR_MS + 600_000), Window(2 * HOUR_MS, 3 * HOUR_MS)),
            planned_robot="R2",
            planned_ms=HOUR_MS,
        ),
        Parcel(
            id="swap",
            size="",
            pickup="a",
            dropoff="c",
            mass_g=2500,
            person_pickup=True,
            planned_robot="R2",
            planned_ms=4_000_000,
        ),
        Parcel(
            id="way back",
            size="M",
            pickup="c",
            dropoff="s",
            mass_g=1500,
            person_pickup=True,
            person_dropoff=False,
            pickup_latest_ms=3_700_000,
            late_max_ms=80_000,
            priority=2,
            promise_cost=5000,
        ),
    ),
    robots=(
        Robot(
            id="R1",
            compartments=("L1", "M1", "S1"),
            free_node="s",
            free_ms=0,
            battery=BATTERY,
            frozen=(FROZEN,),
        ),
        Robot(
            id="R2",
            compartments=("M1", "S1", "S2"),
            free_node="s",
            free_ms=1000,
            mass_limit_g=3000,
            range_mm=2_400_000,
            end="a",
            shift_end_ms=5_200_000,
            trips_max=2,
        ),
        Robot(
            id="R3",
            compartments=("S1",),
            free_node="c",
            free_ms=0,
            battery=Battery(50_000, 100_000, 5_000, 20_000, 1_000, 36_000),
        ),
    ),
    stations=("s",),
    horizon_ms=5_180_000,
    costs=Costs(per_change=700),
    bays=(1,),
    chargers=(Charger("b", swap_ms=240_000), Charger("z", power_mw=360_000)),
    openings=(Opening("a", (Window(0, 2_000_000), Window(4_000_000, 6_000_000))),),
    matrices=TRAVEL,
)
