# SPDX-License-Identifier: Apache-2.0
import os
import signal
import time

import pytest

from dispatcher.planner.budget import Budget
from dispatcher.planner.pool import BrokenWorker, InlineExecutor, PlannerPool, PoolFull
from dispatcher.planner.solve import solve
from tests.dispatcher.planner.problems import draw, posed


@pytest.fixture(params=["inline", "pool"])
def executor(request):
    one = InlineExecutor() if request.param == "inline" else PlannerPool(1, deadline_s=60)
    with one:
        yield one


@pytest.fixture
def pool():
    with PlannerPool(1, deadline_s=60, tasks_per_worker=2, queue_tasks=2) as one:
        yield one


def wait_until(true):
    while not true():
        time.sleep(0.01)


def test_a_plan_is_the_same_wherever_it_is_made(executor):
    problem, travel = draw(2, plain=True)
    there = executor.submit(solve, posed(problem, travel), Budget(iterations=9), 1).result()
    assert there == solve(posed(problem, travel), Budget(iterations=9), 1)


def test_what_a_task_raises_comes_back_and_the_executor_goes_on(executor):
    with pytest.raises(ValueError, match="invalid literal"):
        executor.submit(int, "x").result()
    assert executor.submit(int, "7").result() == 7


def test_after_shutdown_nothing_is_taken(executor):
    executor.shutdown()
    with pytest.raises(RuntimeError, match="shut down"):
        executor.submit(int, "7")


def test_a_worker_killed_at_its_work_fails_that_task_alone(pool):
    assert pool.submit(int, "1").result() == 1
    doomed, next_one = pool.submit(time.sleep, 60), pool.submit(int, "2")
    wait_until(doomed.running)
    (pid,) = pool.pids()
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(BrokenWorker, match="died"):
        doomed.result()
    assert next_one.result() == 2


def test_a_task_past_its_deadline_fails_and_its_worker_is_replaced():
    with PlannerPool(1, deadline_s=3) as pool:
        before = pool.submit(os.getpid).result()
        with pytest.raises(TimeoutError, match="no answer within 3 s"):
            pool.submit(time.sleep, 60).result()
        assert pool.submit(os.getpid).result() != before


def test_a_worker_is_replaced_after_its_share_of_tasks(pool):
    pids = [pool.submit(os.getpid).result() for _ in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]


def test_more_than_the_queue_holds_is_refused(pool):
    running = pool.submit(time.sleep, 0.2)
    wait_until(running.running)
    waiting = [pool.submit(int, "1"), pool.submit(int, "2")]
    with pytest.raises(PoolFull, match="2 tasks are waiting already"):
        pool.submit(int, "3")
    assert [future.result() for future in waiting] == [1, 2]


def test_shutdown_without_waiting_kills_what_runs_and_drops_what_waits():
    pool = PlannerPool(1, deadline_s=60)
    pool.submit(int, "1").result()
    running, waiting = pool.submit(time.sleep, 60), pool.submit(int, "1")
    wait_until(running.running)
    pool.shutdown(wait=False)
    assert isinstance(running.exception(), BrokenWorker)
    assert waiting.cancelled()
    assert pool.pids() == ()
