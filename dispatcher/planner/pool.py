# SPDX-License-Identifier: Apache-2.0
"""Where plans are computed: a pool of worker processes, or the caller itself.

What must hold: workers share nothing (each is spawned and has its own pipe), so that one that dies,
hangs or is killed fails only what it was doing; no task outlives its deadline, and what it reported
until then is not lost. OR-Tools holds the interpreter's lock while it searches and listens to
nobody: only killing the process is sure.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, Final, ParamSpec, TypeVar

from dispatcher.planner.worker import (
    DONE,
    REPORTED,
    Worker,
    asks_for_report,
    nothing,
)

P = ParamSpec("P")
T = TypeVar("T")

QUEUE_TASKS: Final = 1024
IDLE_S: Final = 0.2


class Answer(Future[T]):
    """The future of a task that may report answers on its way to the best one.

    `incumbent` is the last that was reported, `reports` counts them. Where the worker did not come
    to the end of the task, `result()` is the incumbent and `unfinished` says why; it is empty where
    the result is what the task returned.
    """

    def __init__(self) -> None:
        super().__init__()
        self.incumbent: T | None = None
        self.reports = 0
        self.unfinished = ""

    def take_report(self, value: T) -> None:
        """Keep a report; the one before it is forgotten."""
        self.incumbent = value
        self.reports += 1

    def end_early(self, fault: Exception) -> None:
        """Done with what was reported; where that is nothing, failed."""
        if self.incumbent is None:
            self.set_exception(fault)
        else:
            self.unfinished = str(fault)
            self.set_result(self.incumbent)


Task = tuple[Answer[Any], Callable[..., Any], tuple[Any, ...], dict[str, Any]]


class BrokenWorker(RuntimeError):
    """The process that did this task died of it, or was killed."""


class PoolFull(RuntimeError):
    """More tasks wait than the pool may hold."""


class InlineExecutor(Executor):
    """Runs each task at once, in the caller: for tests and for virtual time. No deadline."""

    def __init__(self) -> None:
        self._closed = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Answer[T]:
        """Run it; the future is done. Raises RuntimeError after `shutdown`."""
        if self._closed:
            raise RuntimeError("the executor is shut down")
        answer: Answer[T] = Answer()
        given: dict[str, Any] = dict(kwargs)
        if asks_for_report(fn):
            given["report"] = answer.take_report
        try:
            answer.set_result(fn(*args, **given))
        except Exception as fault:  # noqa: BLE001  what a task raises belongs to its future
            answer.set_exception(fault)
        return answer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002
        """Take no more tasks."""
        self._closed = True


class PlannerPool(Executor):
    """Spawned workers, each minded by a thread of its own, each ready before a task comes.

    A function with a parameter `report` is given one: a callable that takes an answer as good as
    its result, to be had where the task never ends. A task past `deadline_s` (from its start on a
    ready worker) ends with that, or with TimeoutError, and its worker is killed and replaced; so
    does a task whose worker dies, with BrokenWorker. A worker is replaced after `tasks_per_worker`.
    """

    def __init__(
        self,
        workers: int,
        deadline_s: float,
        tasks_per_worker: int = 50,
        queue_tasks: int = QUEUE_TASKS,
        warm: Callable[[], object] = nothing,
    ) -> None:
        """`warm` is called once in each worker, before its first task, and must not raise."""
        if workers < 1 or deadline_s <= 0 or tasks_per_worker < 1 or queue_tasks < 1:
            raise ValueError("workers, deadline_s, tasks_per_worker and queue_tasks are above zero")
        self._deadline_s = deadline_s
        self._tasks_per_worker = tasks_per_worker
        self._warm = warm
        self._generation = 0
        self._queue: queue.Queue[Task] = queue.Queue(maxsize=queue_tasks)
        self._closed = threading.Event()
        self._killed = threading.Event()
        self._lock = threading.Lock()
        self._workers: dict[int, Worker] = {}
        self._threads = [
            threading.Thread(target=self._mind, args=(i,), name=f"planner-{i}", daemon=True)
            for i in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Answer[T]:
        """Queue a task. Raises PoolFull, and RuntimeError after `shutdown`."""
        answer: Answer[T] = Answer()
        with self._lock:
            if self._closed.is_set():
                raise RuntimeError("the pool is shut down")
            try:
                self._queue.put_nowait((answer, fn, args, kwargs))
            except queue.Full:
                raise PoolFull(f"{self._queue.maxsize} tasks are waiting already") from None
        return answer

    def renew(self) -> None:
        """Replace every worker before its next task: there is something new to be loaded."""
        with self._lock:
            self._generation += 1

    def pids(self) -> tuple[int, ...]:
        """The processes of the workers that are alive."""
        with self._lock:
            pids = [worker.process.pid for _, worker in sorted(self._workers.items())]
        return tuple(pid for pid in pids if pid is not None)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more tasks. `wait`: until all are done; else workers are killed at their work."""
        with self._lock:
            self._closed.set()
            if not wait:
                self._killed.set()
                for worker in self._workers.values():
                    worker.kill()
        if cancel_futures or not wait:
            self._drop_waiting()
        for thread in self._threads:
            thread.join()

    def _drop_waiting(self) -> None:
        while True:
            try:
                self._queue.get_nowait()[0].cancel()
            except queue.Empty:
                return

    def _mind(self, number: int) -> None:
        """One worker's keeper: starts it, gives it tasks, replaces it."""
        ready = True
        try:
            while not self._killed.is_set():
                # One that could not be started is tried again when there is something to do.
                ready = ready and self._ready(number) is not None
                try:
                    task = self._queue.get(timeout=IDLE_S)
                except queue.Empty:
                    if self._closed.is_set():
                        return
                    continue
                if task[0].set_running_or_notify_cancel():
                    self._run(number, task)
                ready = True
        finally:
            self._forget(number)

    def _run(self, number: int, task: Task) -> None:
        answer, function, args, kwargs = task
        worker = self._ready(number)
        if worker is None:
            answer.set_exception(BrokenWorker("no worker could be started"))
            return
        timer = worker.end_after(self._deadline_s)
        try:
            worker.pipe.send((function, args, kwargs))
            kind, result = worker.pipe.recv()
            while kind == REPORTED:
                answer.take_report(result)
                kind, result = worker.pipe.recv()
        except (EOFError, OSError):
            answer.end_early(self._why_it_ended(worker))
            self._forget(number)
            return
        except Exception as fault:  # noqa: BLE001  a task or an answer that cannot be pickled
            answer.set_exception(fault)
            self._forget(number)
            return
        finally:
            timer.cancel()
        worker.tasks += 1
        if worker.tasks >= self._tasks_per_worker:
            self._forget(number)
        if kind == DONE:
            answer.set_result(result)
        else:
            answer.set_exception(result)

    def _why_it_ended(self, worker: Worker) -> Exception:
        if worker.late:
            return TimeoutError(f"no answer within {self._deadline_s:g} s: worker killed")
        return BrokenWorker("the worker died while it did this task")

    def _ready(self, number: int) -> Worker | None:
        """The worker, a new one where there is none, it died idle or is of an older generation;
        None where none can be had."""
        worker = self._workers.get(number)
        if worker is not None:
            if worker.process.is_alive() and worker.generation == self._generation:
                return worker
            self._forget(number)
        try:
            worker = Worker(self._warm, self._generation)
        except OSError:
            return None
        with self._lock:
            self._workers[number] = worker
            if self._killed.is_set():
                worker.kill()
        if worker.await_ready():
            return worker
        self._forget(number)
        return None

    def _forget(self, number: int) -> None:
        with self._lock:
            worker = self._workers.pop(number, None)
        if worker is not None:
            worker.close()
