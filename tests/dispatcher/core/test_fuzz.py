# SPDX-License-Identifier: Apache-2.0
"""Whatever robots, people and planners say, in any order: the core takes it and stays whole."""

import msgspec
import pytest

from dispatcher.core import events as ev
from dispatcher.core.dispatcher import Dispatcher
from tests.dispatcher.core.crowd import Crowd
from tests.dispatcher.core.crowd_sites import GRAPHS, SITES

STEPS = 350
SEEDS = 8


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_anybody_says_the_core_takes_it_and_stays_whole(site, seed):
    graph = GRAPHS[site]
    crowd = Crowd(graph, seed)
    cut = crowd.draw.randrange(STEPS)
    snapshot, at = b"", 0
    for number in range(STEPS):
        crowd.step()
        if number == cut:
            snapshot, at = crowd.core.snapshot(), len(crowd.fed)
    again = Dispatcher.restore(graph, snapshot)
    for event, now_ms, effects in crowd.fed[at:]:
        assert msgspec.json.encode(again.handle(event, now_ms)) == effects
    assert again.state_hash() == crowd.core.state_hash()


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("seed", range(3))
def test_when_all_calms_down_every_parcel_comes_to_its_end(site, seed):
    """Nothing that happened before keeps a parcel from being carried, once staff has looked."""
    crowd = Crowd(GRAPHS[site], seed)
    for _ in range(STEPS):
        crowd.step()
    crowd.calm_down()
    crowd.work(900)
    left = [parcel for parcel in crowd.core.state.parcels.values() if parcel.state != "given_up"]
    assert [p for p in left if p.kind != "delivery" or p.state != "announced"] == []


@pytest.mark.parametrize("site", SITES)
def test_left_alone_the_core_does_not_spin(site):
    crowd = Crowd(GRAPHS[site], 1)
    for _ in range(STEPS):
        crowd.step()
    start_ms, wakes = crowd.now_ms, 0
    while crowd.core.state.wake_ms and wakes < 200:
        crowd.now_ms = crowd.core.state.wake_ms
        crowd.feed(ev.TimePassed())
        wakes += 1
    assert crowd.now_ms - start_ms >= wakes * 1_000
