# SPDX-License-Identifier: Apache-2.0
"""Where plans are computed: a pool of worker processes, or the caller itself.

What must hold: workers share nothing (each is spawned and has its own pipe), so that one that dies,
hangs or is killed fails only what it was doing; no task outlives its deadline. OR-Tools holds the
interpreter's lock while it searches and listens to nobody: only killing the process is sure.
"""

import multiprocessing
import multiprocessing.connection
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

QUEUE_TASKS: Final = 1024
STOP_S: Final = 2.0
IDLE_S: Final = 0.2

Task = tuple["Future[Any]", Callable[..., Any], tuple[Any, ...], dict[str, Any]]


class BrokenWorker(RuntimeError):
    """The process that did this task died of it, or was killed."""


class PoolFull(RuntimeError):
    """More tasks wait than the pool may hold."""


class InlineExecutor(Executor):
    """Runs each task at once, in the caller: for tests and for virtual time. No deadline."""

    def __init__(self) -> None:
        self._closed = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run it; the future is done. Raises RuntimeError after `shutdown`."""
        if self._closed:
            raise RuntimeError("the executor is shut down")
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as fault:  # noqa: BLE001  what a task raises belongs to its future
            future.set_exception(fault)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002
        """Take no more tasks."""
        self._closed = True


def _work(pipe: multiprocessing.connection.Connection) -> None:
    """What a worker process does: tasks from its pipe, until it says stop or is gone."""
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError, KeyboardInterrupt):
            return
        if task is None:
            return
        function, args, kwargs = task
        try:
            answer = (True, function(*args, **kwargs))
        except Exception as fault:  # noqa: BLE001  it is the caller's, on the other side
            answer = (False, fault)
        try:
            pipe.send(answer)
        except (OSError, KeyboardInterrupt):
            return
        except Exception as fault:  # noqa: BLE001  a result that cannot be pickled
            pipe.send((False, TypeError(f"the result of a task cannot be sent back: {fault}")))


class _Worker:
    """One process and this end of its pipe."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        self.tasks = 0

    def kill(self) -> None:
        """End it now."""
        self.process.kill()
        self.process.join(STOP_S)
        self.pipe.close()


class PlannerPool(Executor):
    """Spawned workers, each minded by a thread of its own.

    A task past `deadline_s` fails with TimeoutError, and its worker is killed and replaced; a task
    whose worker dies fails with BrokenWorker. A worker is replaced after `tasks_per_worker`.
    """

    def __init__(
        self,
        workers: int,
        deadline_s: float,
        tasks_per_worker: int = 50,
        queue_tasks: int = QUEUE_TASKS,
    ) -> None:
        if workers < 1 or deadline_s <= 0 or tasks_per_worker < 1 or queue_tasks < 1:
            raise ValueError("workers, deadline_s, tasks_per_worker and queue_tasks are above zero")
        self._deadline_s = deadline_s
        self._tasks_per_worker = tasks_per_worker
        self._queue: queue.Queue[Task] = queue.Queue(maxsize=queue_tasks)
        self._closed = threading.Event()
        self._killed = threading.Event()
        self._lock = threading.Lock()
        self._workers: dict[int, _Worker] = {}
        self._threads = [
            threading.Thread(target=self._mind, args=(i,), name=f"planner-{i}", daemon=True)
            for i in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queue a task. Raises PoolFull, and RuntimeError after `shutdown`."""
        future: Future[T] = Future()
        with self._lock:
            if self._closed.is_set():
                raise RuntimeError("the pool is shut down")
            try:
                self._queue.put_nowait((future, fn, args, kwargs))
            except queue.Full:
                raise PoolFull(f"{self._queue.maxsize} tasks are waiting already") from None
        return future

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
        try:
            while not self._killed.is_set():
                try:
                    task = self._queue.get(timeout=IDLE_S)
                except queue.Empty:
                    if self._closed.is_set():
                        return
                    continue
                if task[0].set_running_or_notify_cancel():
                    self._run(number, task)
        finally:
            self._replace(number)

    def _run(self, number: int, task: Task) -> None:
        future, function, args, kwargs = task
        worker = self._ready(number)
        try:
            worker.pipe.send((function, args, kwargs))
            done, result = self._answer(worker)
        except (EOFError, OSError) as fault:
            self._replace(number)
            if isinstance(fault, TimeoutError):
                future.set_exception(fault)
            else:
                future.set_exception(BrokenWorker("the worker died while it did this task"))
            return
        except Exception as fault:  # noqa: BLE001  a task or an answer that cannot be pickled
            self._replace(number)
            future.set_exception(fault)
            return
        worker.tasks += 1
        if worker.tasks >= self._tasks_per_worker:
            self._replace(number)
        if done:
            future.set_result(result)
        else:
            future.set_exception(result)

    def _answer(self, worker: _Worker) -> tuple[bool, Any]:
        """What the worker says, in time. Raises TimeoutError; EOFError where it died."""
        left_s = self._deadline_s
        while not worker.pipe.poll(min(IDLE_S, left_s)):
            left_s -= IDLE_S
            if self._killed.is_set():
                raise EOFError
            if left_s <= 0:
                raise TimeoutError(f"no answer within {self._deadline_s:g} s: worker killed")
        answer: tuple[bool, Any] = worker.pipe.recv()
        return answer

    def _ready(self, number: int) -> _Worker:
        """The worker, a new one where there is none or it died while it had nothing to do."""
        worker = self._workers.get(number)
        if worker is not None and worker.process.is_alive():
            return worker
        self._replace(number)
        worker = _Worker()
        with self._lock:
            self._workers[number] = worker
        return worker

    def _replace(self, number: int) -> None:
        with self._lock:
            worker = self._workers.pop(number, None)
        if worker is not None:
            worker.kill()
