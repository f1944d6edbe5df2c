# SPDX-License-Identifier: Apache-2.0
"""The judge of what is done with each parcel: all it asks for, in order, where and when.

What must hold: the earliest end of a window is hard; its latest end is soft as far as the parcel
says. A frozen trip is as late as it is.
"""

from itertools import pairwise

from dispatcher.planner.check_case import Case, Drive, Tally
from dispatcher.planner.problem import Parcel
from dispatcher.planner.solution import HAND_IN, HAND_OUT, LOAD, UNLOAD, Task, Visit


def judge_tasks(case: Case, tally: Tally, drive: Drive, *, first: bool) -> None:
    """One trip; `first`: no trip before it carried anything."""
    robot, say = drive.robot, case.found.say
    done: dict[str, list[tuple[int, Visit, Task]]] = {}
    end = 0
    for at, visit in enumerate(drive.trip.visits):
        for task in visit.tasks:
            done.setdefault(task.parcel, []).append((at, visit, task))
            end = at
    for name, tasks in done.items():
        parcel = case.parcels.get(name)
        if parcel is None:
            continue
        tally.robot_of[name] = robot.id
        start_ms = tasks[0][1].start_ms
        wanted = _wanted(case, parcel)
        if [(task.kind, visit.node) for _, visit, task in tasks] != wanted:
            say("tasks", robot.id, name, start_ms, f"parcel {name} needs {wanted}")
            continue
        if any(after[0] <= before[0] for before, after in pairwise(tasks)):
            say("order", robot.id, name, start_ms, f"parcel {name} goes out before it is in")
        for at, visit, task in tasks:
            _when(case, tally, drive, parcel, visit, picks_up=task.kind in (LOAD, HAND_IN))
            if (task.kind == LOAD and at != 0) or (task.kind == UNLOAD and at != end):
                text = f"{task.kind} of parcel {name} in the middle of a trip"
                say("station", robot.id, name, visit.start_ms, text)
        if parcel.aboard and (parcel.aboard != robot.id or not first):
            text = f"parcel {name} is aboard {parcel.aboard}, for its first trip"
            say("aboard", robot.id, name, start_ms, text)


def _wanted(case: Case, parcel: Parcel) -> list[tuple[str, str]]:
    tasks = []
    if not parcel.aboard:
        tasks.append((LOAD if parcel.pickup in case.stations else HAND_IN, parcel.pickup))
    tasks.append((UNLOAD if parcel.dropoff in case.stations else HAND_OUT, parcel.dropoff))
    return tasks


def _when(
    case: Case, tally: Tally, drive: Drive, parcel: Parcel, visit: Visit, *, picks_up: bool
) -> None:
    robot_id, start_ms, say = drive.robot.id, visit.start_ms, case.found.say
    tally.starts_ms[parcel.id, picks_up] = start_ms
    if picks_up:
        earliest_ms, latest_ms = parcel.pickup_earliest_ms, parcel.pickup_latest_ms
        more = parcel.more_pickups
        if start_ms < parcel.ready_ms and not drive.fixed:
            say("ready", robot_id, parcel.id, start_ms, "taken before it is there")
    else:
        earliest_ms, latest_ms = parcel.dropoff_earliest_ms, parcel.dropoff_latest_ms
        more = parcel.more_dropoffs
    too_early = start_ms < earliest_ms
    for window in more:
        too_early = too_early or latest_ms < start_ms < window.earliest_ms
        latest_ms = window.latest_ms
    if too_early and not drive.fixed:
        say("window", robot_id, parcel.id, start_ms, "before a window opens")
    late_ms = start_ms - latest_ms
    if late_ms <= 0:
        return
    tally.weighted_late_ms += parcel.priority * late_ms
    tally.late[parcel.id] = None
    if late_ms > parcel.late_max_ms and not drive.fixed:
        text = f"{late_ms} ms late, where {parcel.late_max_ms} ms are allowed"
        say("late", robot_id, parcel.id, start_ms, text)
