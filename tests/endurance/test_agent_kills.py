# SPDX-License-Identifier: Apache-2.0
"""Agents killed a hundred times in the middle of their work, daemon and broker a few times too:
what the dispatcher's books say at the end, what the robots remember, and what really happened.
"""

import os
import sys
from pathlib import Path

import pytest

from tests.endurance.kill_rounds import KillRound, rightly_ended
from tests.endurance.live_site import live_site
from tests.tools import require_tool

pytestmark = pytest.mark.endurance

ROUNDS = int(os.environ.get("DROVER_KILL_ROUNDS", "10"))
KILLS = 10
SEED = int(os.environ.get("DROVER_KILL_SEED", "1"))
SPEED = 60.0


@pytest.mark.parametrize("seed", range(SEED, SEED + ROUNDS))
def test_agents_killed_at_any_moment_lose_no_parcel_and_give_none_twice(
    tmp_path: Path, seed: int
) -> None:
    require_tool("mosquitto")
    with live_site(tmp_path, robots=2, speed=SPEED) as site:
        run = KillRound(site, seed)
        try:
            run.agent.start()
            for number in range(KILLS):
                run.keep_busy()
                run.kill_agent("door" if number % 2 else "any")
                run.put_right()
                if number == 3:
                    run.kill_daemon()
                if number == 6:
                    run.kill_broker()
            run.settle(site_s=4 * 3600)
            ends = rightly_ended(run)
        finally:
            run.agent.stop()
    told = {"seed": seed, **run.counts, "parcels": len(run.kinds), **ends}
    sys.stderr.write(f"kills: {told}\n")
