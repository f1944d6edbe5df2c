# SPDX-License-Identifier: Apache-2.0
"""What must hold after every event, asserted. A failure freezes the site (never `python -O`)."""

from dispatcher.core.life_cycles import ABOARD, ENDED
from dispatcher.core.state import State


def check_state(state: State) -> None:
    """Raise AssertionError, naming what is broken, unless the books balance."""
    accepted = state.counters.get("accepted", 0)
    ended = sum(state.counters.get(end, 0) for end in ENDED)
    assert accepted == ended + len(state.parcels), (
        "accepted = delivered + returned + cancelled + open"
    )
    forgotten = state.counters.get("forgotten", 0)
    assert ended == len(state.ended) + forgotten, "ended parcels are counted once"
    _check_jobs(state)
    _check_plans(state)


def _check_jobs(state: State) -> None:
    """A parcel that is assigned or aboard names its robot; a job names only such parcels."""
    for parcel in state.parcels.values():
        carried = parcel.state in (*ABOARD, "assigned")
        assert carried == bool(parcel.robot), f"parcel {parcel.id} is {parcel.state} on no robot"
    for robot in state.robots.values():
        job = robot.job
        if job is None:
            continue
        assert job.at <= job.released <= len(job.visits), f"job {job.id}: base behind the robot"
        assert job.state != "broken", f"job {job.id}: broken jobs are not kept"
        for visit in job.visits[job.at :]:
            for task in visit.tasks:
                held = state.parcels.get(task.parcel)
                if held is not None and not task.result:
                    assert held.robot == robot.id, f"job {job.id}: {held.id} is not on it"


def _check_plans(state: State) -> None:
    """No parcel is planned twice, none is planned that is in a job."""
    planned: set[tuple[str, str]] = set()
    for robot in state.robots.values():
        for trip in robot.trips:
            for visit in trip.visits:
                for task in visit.tasks:
                    key = (task.parcel, task.kind)
                    assert key not in planned, f"parcel {task.parcel} is planned twice"
                    planned.add(key)
