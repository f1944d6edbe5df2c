# SPDX-License-Identifier: Apache-2.0
"""A robot with an emulated body and people who do as they like, killed at random moments: what it
says of a parcel is what has happened to it."""

import random

import pytest

from robot_agent.core.events import LinkUp, OrderReceived
from robot_agent.core.robot import Robot
from robot_agent.emulation.body import Body
from robot_agent.emulation.faults import Faults
from robot_agent.emulation.people import PeopleParams
from robot_agent.emulation.rig import Rig
from robot_agent.emulation.truth import BodyParams
from tests.robot_agent.core.small_world import SPEC, handover, pick, road

OUT = {"p": "S1", "q": "M1"}
SAID_STILL_ABOARD = ("no_show", "refused", "jammed")
PEOPLE = PeopleParams(no_show_pct=20, prompt_max_ms=30_000, late_max_ms=100_000)
FAULTS = Faults(
    jam_ppm=100_000,
    wrong_parcel_ppm=300_000,
    refuse_ppm=150_000,
    wrong_code_ppm=300_000,
    leave_open_ppm=100_000,
)


class Life:
    """A rig whose mind may be killed at any time; its disk and its body stay."""

    def __init__(self, seed: int, *, sensor: bool) -> None:
        params = BodyParams(
            robot_id=SPEC.robot_id,
            compartments=SPEC.compartments,
            x_mm=0,
            y_mm=0,
            occupancy_sensor=sensor,
            people=PEOPLE,
            faults=FAULTS,
        )
        self.disk = b""
        self.body = Body(params, seed, 0, lambda parcel, _version: parcel * 4)
        self.begin(Robot(SPEC, 0), 0)

    def begin(self, robot: Robot, now_ms: int) -> None:
        self.rig = Rig(robot, self.body, self.save)
        self.rig.start(now_ms)
        self.rig.feed(LinkUp(), now_ms)

    def save(self) -> None:
        if self.rig.robot.must_save:
            self.disk = self.rig.robot.snapshot()

    def crash(self, now_ms: int) -> None:
        self.begin(Robot.restore(SPEC, self.disk, now_ms), now_ms)


def lived(seed: int, crashes: list[int], *, sensor: bool) -> Life:
    life = Life(seed, sensor=sensor)
    picks = tuple(pick(parcel, place) for parcel, place in OUT.items())
    hands = [
        handover(parcel, place, code=parcel * 4, wait_ms=120_000) for parcel, place in OUT.items()
    ]
    hands.append(handover("r", "S2", "in", code="rrrr", wait_ms=120_000))
    life.rig.feed(OrderReceived(road(3, actions={0: picks, 1: tuple(hands)})), 0)
    for now_ms in crashes:
        life.rig.wake(now_ms)
        life.crash(now_ms)
    life.rig.wake(4_000_000)
    return life


@pytest.mark.parametrize("sensor", [True, False])
def test_what_the_robot_says_of_a_parcel_is_so(sensor: bool) -> None:
    words: dict[str, int] = {}
    for seed in range(60):
        luck = random.Random(seed)
        crashes = sorted(luck.randrange(400_000) for _ in range(luck.randrange(4)))
        life = lived(seed, crashes, sensor=sensor)
        kept = life.rig.robot._memory.kept
        assert not kept.nodes, (seed, kept.stop, life.rig.robot._memory.reasons)
        inside = life.body.contents
        for parcel, place in (*OUT.items(), ("r", "S2")):
            run = kept.runs[f"hand-{parcel}"]
            assert run.is_final
            result = run.result or ""
            words[result] = words.get(result, 0) + 1
            is_inside = inside.get(place) == parcel
            if result.startswith("collected"):
                assert not is_inside or not sensor, (seed, parcel, result)
            elif result.startswith("received"):
                assert place in inside, (seed, parcel, result)
                assert is_inside or not sensor, (seed, parcel, result)
            elif result in SAID_STILL_ABOARD and parcel in OUT:
                assert is_inside, (seed, parcel, result)
            elif result in (*SAID_STILL_ABOARD, "wrong_parcel") and sensor:
                assert place not in inside, (seed, parcel, result)
            elif result not in ("interrupted", "not_there", *SAID_STILL_ABOARD):
                raise AssertionError((seed, parcel, result))
    known = "collected" if sensor else "collected presumed"
    assert words[known] > 20, words
    assert words["no_show"] > 5, words
    assert words["interrupted"] > 0, words
