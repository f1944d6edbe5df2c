# SPDX-License-Identifier: Apache-2.0
"""Three kills of the agent with fixed seeds; tests/endurance does it a hundred times."""

from pathlib import Path

import pytest

from tests.endurance.kill_rounds import KillRound, rightly_ended
from tests.endurance.live_site import live_site
from tests.tools import require_tool

SEED = 7
MOMENTS = ("any", "door", "door")


@pytest.mark.slow
def test_an_agent_killed_while_doors_are_open_loses_no_parcel_and_gives_none_twice(
    tmp_path: Path,
) -> None:
    require_tool("mosquitto")
    with live_site(tmp_path, speed=120.0) as site:
        run = KillRound(site, SEED)
        try:
            run.stops = ["stop-hasel", "stop-holunder"]
            run.agent.start()
            for kind in ("delivery", "return", "transfer"):
                run.announce(kind)
            for moment in MOMENTS:
                run.kill_agent(moment, within_s=8)
            run.settle(site_s=2 * 3600)
            ends = rightly_ended(run)
        finally:
            run.agent.stop()
    assert run.counts["agent"] == len(MOMENTS)
    assert run.counts["door open"] >= 1
    assert ends["delivered"] == 3
