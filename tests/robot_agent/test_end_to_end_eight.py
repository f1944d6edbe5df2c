# SPDX-License-Identifier: Apache-2.0
"""Eight recipients at one stop, in any order, two of whom never come: the real dispatcher, the real
robot, emulated people, in virtual time. DESIGN: all handovers of a stop are open together, any of
their codes in any order, doors one at a time; the wait is one for the whole stop.
"""

import random
import sys
from itertools import count

import msgspec
import pytest

from dispatcher.parcel_file import ParcelRow
from dispatcher.simulation.run import NO_HEAD
from dispatcher.simulation.world import World
from robot_agent.emulation.people import PeopleParams, Visit, visit
from tests.dispatcher.service.crooked_campus import crooked_graph
from tests.dispatcher.simulation.small_day import small_day

GRAPH = crooked_graph()
STOP = GRAPH.places("stop")[0]
COMING, ABSENT = 6, 2
SEEDS = range(1, 7)
WITHIN_STEPS = 200_000
CROWD = PeopleParams(no_show_pct=25, late_pct=0, early_pct=10)


class Crowd:
    """Eight people drawn from a seed, and the robot's visit to them."""

    def __init__(self, seed: int) -> None:
        day = msgspec.structs.replace(small_day(0), people=CROWD)
        self.world = World(day, GRAPH, seed, NO_HEAD, lambda _: None)
        self.visits = self._drawn(seed)
        names = sorted(self.visits)
        random.Random(seed).shuffle(names)
        self.world.wishes = tuple(self._row(name) for name in names)
        self.wait_ms = day.policy.handover_wait_ms
        self.came_ms, self.left_ms = self._watch()

    def _drawn(self, seed: int) -> dict[str, Visit]:
        """As many who come, and who do not, as wanted; each has a luck of their own."""
        found: dict[str, Visit] = {}
        wanted = {True: COMING, False: ABSENT}
        for number in count(1):
            name = f"p{number}"
            drawn = visit(seed, name, 1, CROWD)
            comes = drawn.come_after_ms is not None
            if wanted[comes]:
                wanted[comes] -= 1
                found[name] = drawn
            if not any(wanted.values()):
                break
        return found

    def _row(self, parcel: str) -> ParcelRow:
        start_ms = self.world.scenario.start_ms
        return ParcelRow(
            parcel=parcel,
            announced_ms=start_ms,
            at_station_ms=start_ms,
            slot_from_ms=start_ms,
            slot_until_ms=start_ms + 3_600_000,
            size="S",
            mass_g=1_000,
            stop=STOP.id,
            recipient=f"who-{parcel}",
        )

    def _watch(self) -> tuple[int, int]:
        """From when to when a robot stood at the stop, by what the dispatcher heard."""
        world, came_ms = self.world, 0
        world.start()
        for _ in range(WITHIN_STEPS):
            world.time.step()
            for robot in world.dispatcher.state.robots.values():
                visits = robot.job.visits if robot.job is not None else []
                for at, one in enumerate(visits):
                    if one.node != STOP.node or not one.reached:
                        continue
                    came_ms = came_ms or world.time.now_ms
                    assert robot.job is not None
                    if robot.job.at > at:
                        return came_ms, world.time.now_ms
        raise AssertionError("no robot came and went")

    @property
    def order(self) -> tuple[int, ...]:
        """In which they come, counted as their parcels were announced."""
        delays = [self.visits[wish.parcel].come_after_ms for wish in self.world.wishes]
        coming = [(delay, number) for number, delay in enumerate(delays) if delay is not None]
        return tuple(number for _, number in sorted(coming))

    @property
    def stood_ms(self) -> int:
        return self.left_ms - self.came_ms

    @property
    def served_ms(self) -> int:
        return sum(one.service_ms for one in self.visits.values() if one.come_after_ms is not None)

    @property
    def one_after_another_ms(self) -> int:
        """If each were waited for alone, and only then the next."""
        return sum(
            self.wait_ms if one.come_after_ms is None else one.come_after_ms + one.service_ms
            for one in self.visits.values()
        )

    def results(self) -> dict[str, str]:
        """Parcel to how its handover ended."""
        state = self.world.dispatcher.state
        return {
            **{parcel.id: parcel.reason for parcel in state.parcels.values()},
            **{parcel.id: parcel.state for parcel in state.ended.values()},
        }


@pytest.fixture(scope="module", params=SEEDS)
def crowd(request: pytest.FixtureRequest) -> Crowd:
    return Crowd(request.param)


def test_who_comes_gets_their_parcel_whatever_the_order_and_two_are_no_shows(crowd: Crowd) -> None:
    assert crowd.results() == {
        name: "no_show" if one.come_after_ms is None else "delivered"
        for name, one in crowd.visits.items()
    }
    assert crowd.world.dispatcher.state.counters["no_show"] == ABSENT
    assert crowd.world.ledger.faults == []


def test_they_are_waited_for_together_and_not_one_after_another(crowd: Crowd) -> None:
    """The wait stands still while anybody is served, and is as long as for one person alone."""
    margin_ms = 5_000  # Messages, and a state at most once a second.
    least_ms = crowd.wait_ms + crowd.served_ms
    assert least_ms - margin_ms <= crowd.stood_ms <= least_ms + margin_ms
    assert crowd.stood_ms < crowd.one_after_another_ms
    sys.stderr.write(
        f"eight at a stop: {crowd.stood_ms / 1000:.0f} s from arrival to departure, "
        f"one after another {crowd.one_after_another_ms / 1000:.0f} s\n"
    )


def test_they_come_in_another_order_each_time() -> None:
    assert len({Crowd(seed).order for seed in SEEDS}) == len(SEEDS)
