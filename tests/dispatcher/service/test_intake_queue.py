# SPDX-License-Identifier: Apache-2.0
from dispatcher.core.events import ActionReport, RobotLinked, RobotReported, TimePassed
from dispatcher.service.intake_queue import IntakeQueue, folded


def test_a_full_queue_folds_a_robots_reports_and_loses_nothing_of_them() -> None:
    queue = IntakeQueue(2)
    queue.put(RobotReported("a", battery_pct=50, actions=(ActionReport("x", "RUNNING"),)))
    queue.put(TimePassed())
    assert queue.is_full
    queue.put(RobotReported("a", last_node="n", actions=(ActionReport("x", "FINISHED", "ok"),)))
    queue.put(RobotReported("a", battery_pct=49, actions=(ActionReport("y", "RUNNING"),)))
    assert len(queue) == 2
    assert queue.shed == 2
    assert queue.take() == RobotReported(
        "a",
        battery_pct=49,
        last_node="n",
        actions=(ActionReport("x", "FINISHED", "ok"), ActionReport("y", "RUNNING")),
    )


def test_a_report_is_not_folded_over_a_change_of_the_robots_link() -> None:
    queue = IntakeQueue(1)
    queue.put(RobotReported("a", battery_pct=50))
    queue.put(RobotLinked("a", "offline"))
    queue.put(RobotReported("a", battery_pct=49))
    assert queue.take() == RobotReported("a", battery_pct=50)
    assert queue.take() == RobotLinked("a", "offline")


def test_at_twice_the_limit_events_are_dropped_and_counted() -> None:
    queue = IntakeQueue(2)
    for _ in range(10):
        queue.put(TimePassed())
    assert len(queue) == 4
    assert queue.shed == 6


def test_folding_keeps_what_only_the_older_report_said() -> None:
    old = RobotReported("a", errors=(), x_mm=1, y_mm=2)
    assert folded(old, RobotReported("a", x_mm=3, y_mm=4)) == RobotReported(
        "a", errors=(), x_mm=3, y_mm=4
    )
