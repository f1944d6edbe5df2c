# SPDX-License-Identifier: Apache-2.0
"""Keeps one child process a contender, gives it jobs, and takes what it says.

What must hold: one child computes at a time. A child that was ended by its CPU timer, or died, is
replaced by a new, warm one; what it had told until then stands, if it came within the budget and
its grace.
"""

import multiprocessing
import os
import time
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import msgspec

from dispatcher.bench.planner_child import Done, Job, Message, serve
from dispatcher.bench.planner_solvers import Answer

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

WARM_S: Final = 300.0
"""So long may importing and compiling take."""
WALL_FACTOR: Final = 30.0
WALL_EXTRA_S: Final = 30.0
"""Beyond so much wall time for its CPU time a child is not computing but stuck."""


class Run(NamedTuple):
    """What came of a job: the answers in their order, and how it ended ("" is well)."""

    answers: tuple[Answer, ...]
    fault: str


class _Child(NamedTuple):
    process: "SpawnProcess"
    connection: "Connection"


class Runner:
    """A context manager: leaving it ends the children."""

    def __init__(self) -> None:
        self._children: dict[str, _Child] = {}
        self._core = max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self._children):
            self._end(name)

    def run(self, name: str, job: Job) -> Run:
        """One job of a contender. Raises RuntimeError where its process does not start."""
        child = self._children.get(name) or self._start(name)
        child.connection.send_bytes(msgspec.msgpack.encode(job))
        wall_s = job.allowed_s * WALL_FACTOR + WALL_EXTRA_S
        answers, done = _listen(child.connection, wall_s)
        if done is None:
            self._end(name)  # it spent its time, and its process with it
        fault = done.fault if done else ""
        late = [a for a in answers if job.seconds and a.cpu_s > job.allowed_s]
        good = tuple(answer for answer in answers if answer not in late)
        if not good and not fault:
            fault = "no answer within the budget"
        return Run(good, fault)

    def _start(self, name: str) -> _Child:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs, name, self._core), daemon=True)
        process.start()
        theirs.close()
        self._children[name] = child = _Child(process, ours)
        done = _listen(ours, WARM_S)[1]
        fault = done.fault if done else "its process did not start"
        if fault:
            self._end(name)
            raise RuntimeError(f"{name}: {fault}")
        return child

    def _end(self, name: str) -> None:
        child = self._children.pop(name)
        child.connection.close()
        if child.process.is_alive():
            child.process.kill()
        child.process.join()


def _listen(connection: "Connection", wall_s: float) -> tuple[list[Answer], Done | None]:
    """All answers until it is done; None instead of that: it died, or the time is over."""
    answers: list[Answer] = []
    deadline_s = time.monotonic() + wall_s
    while connection.poll(max(0.0, deadline_s - time.monotonic())):
        try:
            message = msgspec.msgpack.decode(connection.recv_bytes(), type=Message)
        except (EOFError, OSError):
            return answers, None
        if message.done is not None:
            return answers, message.done
        if message.answer is not None:
            answers.append(message.answer)
    return answers, None
