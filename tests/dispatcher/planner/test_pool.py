# SPDX-License-Identifier: Apache-2.0
import os
import random
import signal
import threading
import time

import msgspec
import pytest

from dispatcher.planner.budget import Budget
from dispatcher.planner.pool import BrokenWorker, InlineExecutor, PlannerPool, PoolFull
from dispatcher.planner.solve import solve
from tests.dispatcher.planner import pool_tasks
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


def untimed(plan):
    """All of a plan but how long its steps took."""
    log = tuple(msgspec.structs.replace(step, cpu_ms=0) for step in plan.log)
    return msgspec.structs.replace(plan, log=log)


def test_a_plan_is_the_same_wherever_it_is_made(executor):
    problem, travel = draw(2, plain=True)
    there = executor.submit(solve, posed(problem, travel), Budget(iterations=9), 1).result()
    here = solve(posed(problem, travel), Budget(iterations=9), 1)
    assert untimed(there) == untimed(here)


def test_what_a_task_raises_comes_back_and_the_executor_goes_on(executor):
    with pytest.raises(ValueError, match="invalid literal"):
        executor.submit(int, "x").result()
    assert executor.submit(int, "7").result() == 7


def test_a_task_that_asks_for_it_reports_on_its_way_and_its_own_answer_counts(executor):
    answer = executor.submit(pool_tasks.climb, 4)
    assert (answer.result(), answer.incumbent, answer.reports) == (4, 3, 3)
    assert answer.unfinished == ""


def test_a_fault_is_a_fault_whatever_was_reported_before(executor):
    answer = executor.submit(pool_tasks.climb_and_raise, 2)
    with pytest.raises(ValueError, match="fell"):
        answer.result()


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
    with PlannerPool(1, deadline_s=1) as pool:
        before = pool.submit(os.getpid).result()
        with pytest.raises(TimeoutError, match="no answer within 1 s"):
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


def test_past_its_deadline_a_task_ends_with_the_best_it_reported():
    with PlannerPool(1, deadline_s=1) as pool:
        answer = pool.submit(pool_tasks.climb_and_hang, 3)
        assert answer.result() == 3
        assert answer.unfinished == "no answer within 1 s: worker killed"
        assert pool.submit(int, "7").result() == 7


def test_a_worker_that_dies_leaves_the_best_it_reported(pool):
    answer = pool.submit(pool_tasks.climb_and_die, 2)
    assert answer.result() == 2
    assert answer.unfinished == "the worker died while it did this task"


def test_a_worker_stopped_in_the_middle_of_a_message_holds_nobody_up():
    with PlannerPool(1, deadline_s=2) as pool:
        answer = pool.submit(pool_tasks.stop_in_the_middle_of_a_report)
        assert answer.result() in ("short", "long" * 1_000_000)
        assert answer.unfinished
        assert pool.submit(int, "7").result() == 7


def test_workers_killed_at_random_lose_nothing_but_their_own_task():
    tasks, rng, over = 30, random.Random(4), threading.Event()
    killed = []

    def kill():
        while not over.wait(0.1) and len(killed) < 8:
            pids = pool.pids()
            if pids:
                killed.append(rng.choice(pids))
                os.kill(killed[-1], signal.SIGKILL)

    with PlannerPool(2, deadline_s=60) as pool:
        killer = threading.Thread(target=kill)
        killer.start()
        answers = [pool.submit(pool_tasks.double_slowly, i) for i in range(tasks)]
        faults = {i: answer.exception() for i, answer in enumerate(answers)}
        over.set()
        killer.join()
        assert pool.submit(int, "7").result() == 7
    lost = {i: fault for i, fault in faults.items() if fault is not None}
    assert all(isinstance(fault, BrokenWorker) for fault in lost.values())
    assert len(lost) <= len(killed)
    assert all(answers[i].result() == 2 * i for i in range(tasks) if i not in lost)


def test_a_worker_is_warm_before_its_first_task_and_a_new_one_as_well():
    with PlannerPool(1, deadline_s=60, warm=pool_tasks.load_a_module) as pool:
        assert pool.submit(pool_tasks.has_loaded_it).result()
        (before,) = pool.pids()
        pool.renew()
        assert pool.submit(pool_tasks.has_loaded_it).result()
        assert before not in pool.pids()


def test_where_no_worker_comes_up_tasks_fail_and_the_parent_lives():
    with PlannerPool(1, deadline_s=60, warm=pool_tasks.die_at_once) as pool:
        for _ in range(2):
            with pytest.raises(BrokenWorker, match="no worker could be started"):
                pool.submit(int, "1").result()
