# SPDX-License-Identifier: Apache-2.0
"""Keeps one child process a contender, gives it jobs, and takes what it says.

What must hold: one child computes at a time. A child that has spent its budget and grace is ended
and, as one that died, replaced by a new, warm one when it is needed; what it had told until then
stands, if it came within the budget and its grace.
"""

import contextlib
import math
import multiprocessing
import os
import sys
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
        answers, done = _listen(child, wall_s, job.allowed_s)
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
        done = _listen(child, WARM_S, WARM_S)[1]
        if done is None or done.fault:
            self._end(name)
            code = child.process.exitcode
            raise RuntimeError(
                f"{name}: {done.fault if done else f'it died with exit code {code}'}"
            )
        return child

    def _end(self, name: str) -> None:
        child = self._children.pop(name)
        child.connection.close()
        if child.process.is_alive():
            child.process.kill()
        child.process.join()


def _listen(child: _Child, wall_s: float, cpu_s: float) -> tuple[list[Answer], Done | None]:
    """All answers until it is done; None instead of that: it died, or its time is over."""
    answers: list[Answer] = []
    deadline_s = time.monotonic() + wall_s
    began_s = math.inf  # before its clock begins, only wall time ends it
    while time.monotonic() < deadline_s:
        # Nobody computes faster than time goes by, so it need not be looked at before.
        left_s = cpu_s - (_cpu_s(child.process.pid) - began_s)
        wait_s = min(left_s, deadline_s - time.monotonic())
        if not child.connection.poll(max(0.0, wait_s)):
            if left_s <= 0:
                return answers, None
            continue
        try:
            message = msgspec.msgpack.decode(child.connection.recv_bytes(), type=Message)
        except (EOFError, OSError):
            return answers, None
        if message.done is not None:
            return answers, message.done
        if message.answer is not None:
            answers.append(message.answer)
        else:
            began_s = message.began_s
    return answers, None


def _cpu_s(pid: int | None) -> float:
    """The CPU time of a process; 0 where the system does not tell (its own timer ends it then)."""
    if pid is None or not sys.platform.startswith("linux"):
        return 0.0
    with contextlib.suppress(OSError):
        # The clock of another process, as clock_getcpuclockid(3) makes its number on Linux.
        return time.clock_gettime((~pid << 3) | 2)
    return 0.0
