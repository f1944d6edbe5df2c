# SPDX-License-Identifier: Apache-2.0
"""The process in which a contender runs: jobs come in by a pipe, answers go out by it.

What must hold: an answer is out before the search goes on, so that one that is stopped in the
middle has told what it had. The parent stops it; should it not be able to see our CPU time, the
system's timer (SIGPROF) does so later: it counts ticks, and ticks err under load.
"""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from typing import Final

import msgspec

from dispatcher.bench.planner_solvers import CONTENDERS, Answer, Contender
from dispatcher.planner.problem import Costs, Matrices, Parcel, Problem, Robot, Service

NICE: Final = 5
GRACE_S: Final = 0.05
GRACE_PART: Final = 0.02
"""An answer may come so much later than the budget ends: the last step of a search is whole."""


TICKS_ERR: Final = 1.5
TICKS_ERR_S: Final = 1.0


class Job(msgspec.Struct, frozen=True):
    """One run. Without a budget (0) the contender runs until it ends by itself, or `cap_s`."""

    problem: Problem
    seconds: float
    seed: int
    cap_s: float

    @property
    def allowed_s(self) -> float:
        """After so much CPU time the process ends."""
        if not self.seconds:
            return self.cap_s
        return self.seconds * (1 + GRACE_PART) + GRACE_S


class Done(msgspec.Struct, frozen=True):
    """The contender ended by itself. `fault` is what it raised."""

    fault: str = ""


class Message(msgspec.Struct, frozen=True):
    """What a child says: when its clock began (CPU time of its process), an answer, or that it is
    done (or warm)."""

    began_s: float = -1.0
    answer: Answer | None = None
    done: Done | None = None


def serve(connection: Connection, name: str, core: int) -> None:
    """Runs jobs until the pipe closes. `core` -1: wherever the system puts it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    os.nice(NICE)
    if core >= 0 and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})
    # Whatever a solver prints must not end up between the bench's own lines.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    contender = CONTENDERS[name]

    def say(message: Message) -> None:
        connection.send_bytes(msgspec.msgpack.encode(message))

    say(Message(done=_done(lambda: contender.warm_up(_small()))))
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            job = msgspec.msgpack.decode(connection.recv_bytes(), type=Job)
            say(Message(done=_done(partial(_run, contender, job, say))))


def _run(contender: Contender, job: Job, say: Callable[[Message], None]) -> None:
    task = contender.task(job.problem, job.seconds, job.seed)
    began_s = time.process_time()
    say(Message(began_s=began_s))
    signal.setitimer(signal.ITIMER_PROF, job.allowed_s * TICKS_ERR + TICKS_ERR_S)

    def tell(answer: Answer) -> None:
        spent_s = time.process_time() - began_s
        say(Message(answer=msgspec.structs.replace(answer, cpu_s=spent_s)))

    try:
        contender.solve(task, tell)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _done(work: Callable[[], None]) -> Done:
    try:
        work()
    except Exception as error:  # noqa: BLE001 - whatever a solver raises is its result
        return Done(f"{type(error).__name__}: {error}")
    return Done()


def _small() -> Problem:
    """Three parcels for two robots: enough to import and load all there is."""
    legs = ((0, 1000, 2000, 3000), (1000, 0, 1000, 2000), (2000, 1000, 0, 1000))
    table = (*legs, (3000, 2000, 1000, 0))
    parcels = tuple(
        Parcel(
            id=name,
            size="",
            pickup="a",
            dropoff=name,
            mass_g=1,
            dropoff_latest_ms=100_000,
            dropoff_ms=0,
            late_max_ms=0,
            skip_cost=1_000_000,
        )
        for name in ("b", "c", "d")
    )
    robots = tuple(
        Robot(name, (), "a", 0, mass_limit_g=2, shift_end_ms=200_000, trips_max=1)
        for name in ("r1", "r2")
    )
    return Problem(
        now_ms=0,
        parcels=parcels,
        robots=robots,
        stations=("a",),
        service=Service(0, 0, 0, 0),
        costs=Costs(per_duty_s=0, per_trip=0, per_late_s=0),
        matrices=Matrices(("a", "b", "c", "d"), table, table),
    )
