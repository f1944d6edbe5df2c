# SPDX-License-Identifier: Apache-2.0
from robot_agent.service.contest import FORGOTTEN_AFTER_S, LAST_PAUSE_S, Contest


def test_who_is_thrown_out_twice_within_a_minute_stays_away_longer_each_time() -> None:
    contest, now_s, pauses = Contest(), 100.0, []
    for _ in range(9):
        contest.taken(now_s)
        pauses.append(contest.pause_s)
        now_s += max(0.5, contest.pause_s) + 0.5
    assert pauses[:5] == [0, 30, 60, 120, 240]
    assert pauses[-1] == LAST_PAUSE_S


def test_two_incidents_far_apart_cost_nothing() -> None:
    contest = Contest()
    for now_s in (0.0, 61.0, 4_000.0):
        contest.taken(now_s)
        assert contest.pause_s == 0


def test_a_contest_of_long_ago_is_forgotten() -> None:
    contest = Contest()
    contest.taken(0.0)
    contest.taken(1.0)
    contest.taken(1.0 + contest.pause_s + FORGOTTEN_AFTER_S)
    assert contest.pause_s == 0
