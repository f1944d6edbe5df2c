# SPDX-License-Identifier: Apache-2.0
"""A robot's mind on its body: a pick, a drive and three handovers, also with the mind killed."""

import pytest
from msgspec.structs import replace

from robot_agent.core.events import LinkUp, OrderReceived, Publish
from robot_agent.core.robot import Robot
from robot_agent.emulation.body import Body
from robot_agent.emulation.faults import Faults
from robot_agent.emulation.people import PeopleParams
from robot_agent.emulation.rig import HostEffect, Rig
from robot_agent.emulation.truth import BodyParams, Happening
from robot_agent.vda5050.actions import handover_digest
from robot_agent.vda5050.order import Action, Order
from robot_agent.vda5050.state import State
from tests.robot_agent.core.small_world import SPEC, action, road

PARAMS = BodyParams(
    robot_id=SPEC.robot_id,
    compartments=SPEC.compartments,
    x_mm=0,
    y_mm=0,
    speed_mm_s=SPEC.speed_mm_s,
    people=PeopleParams(no_show_pct=0),
)
PARCELS = {"S1": "p1", "S2": "p2", "M1": "p3"}
END_MS = 1_200_000
SEED = 3


def phones(parcel: str, version: int) -> str:
    """Two of the three are the same person's."""
    return "4711" if parcel in ("p1", "p2") else "0815"


class Host:
    """Keeps what robot and body want kept, and what was published; may die and start again."""

    def __init__(self, params: BodyParams = PARAMS) -> None:
        self.params = params
        self.kept = self.truth = b""
        self.saves = 0
        self.dies_at = -1
        self.states: list[State] = []
        self.hands: list[Happening] = []
        self.now_ms = 0
        self.rig = Rig(Robot(SPEC, 0), Body(params, SEED, 0, phones), self.save)
        self.take(self.rig.start(0))
        self.take(self.rig.feed(LinkUp(), 0))

    def save(self) -> None:
        if self.saves == self.dies_at:
            raise KeyboardInterrupt
        self.saves += 1
        if self.rig.body.unsaved:
            self.truth = self.rig.body.snapshot()
        if self.rig.robot.must_save:
            self.kept = self.rig.robot.snapshot()

    def take(self, effects: list[HostEffect]) -> None:
        self.hands += self.rig.body.take_happenings()
        for effect in effects:
            if isinstance(effect, Publish) and isinstance(effect.message, State):
                self.states.append(effect.message)

    def run(self, until_ms: int = END_MS, late_ms: int = 0) -> None:
        while (wake_ms := self.rig.next_wake_ms) is not None and wake_ms <= until_ms:
            self.now_ms = max(self.now_ms, wake_ms + late_ms)
            self.take(self.rig.wake(self.now_ms))

    def start_again(self) -> None:
        """From what was on the disk, a second later."""
        self.dies_at, self.now_ms = -1, self.now_ms + 1_000
        self.rig = Rig(
            Robot.restore(SPEC, self.kept, self.now_ms),
            Body.restore(self.params, SEED, self.truth, self.now_ms, phones),
            self.save,
        )
        self.take(self.rig.start(self.now_ms))
        self.take(self.rig.feed(LinkUp(), self.now_ms))


def handover(compartment: str, parcel: str) -> Action:
    digest = handover_digest(b"key", SPEC.robot_id, parcel, compartment, 1, phones(parcel, 1))
    return action(
        "handover",
        f"hand-{parcel}",
        "SOFT",
        direction="out",
        compartment=compartment,
        parcel=parcel,
        codeVersion=1,
        waitMs=600_000,
        digest=digest,
    )


def job() -> Order:
    picks = tuple(
        action(
            "pick", f"pick-{parcel}", loadId=parcel, loadType=name[0], lhd=name, durationMs=2_000
        )
        for name, parcel in PARCELS.items()
    )
    hands = tuple(handover(*one) for one in PARCELS.items())
    return road(4, actions={0: picks, 2: hands})


def results(state: State) -> dict[str, str | None]:
    return {one.action_id: one.result_description for one in state.action_states}


def test_a_job_is_done_and_everybody_has_their_parcel() -> None:
    host = Host()
    host.take(host.rig.feed(OrderReceived(job()), 1_000))
    host.run()
    last = host.states[-1]
    assert (last.last_node_id, last.node_states, last.loads) == ("n3", (), ())
    for parcel in PARCELS.values():
        assert results(last)[f"hand-{parcel}"] == "collected presumed"
    assert [one.parcel for one in host.hands if one.put_in] == list(PARCELS.values())
    assert sorted(one.parcel for one in host.hands if not one.put_in) == ["p1", "p2", "p3"]
    assert all(one.meant == one.parcel for one in host.hands)
    assert host.rig.body.contents == {}


def test_a_host_that_comes_late_changes_nothing_of_what_happens() -> None:
    hands = []
    for late_ms in (0, 700):
        host = Host()
        host.take(host.rig.feed(OrderReceived(job()), 1_000))
        host.run(late_ms=late_ms)
        hands.append(host.hands)
    assert hands[0] == hands[1]


@pytest.mark.parametrize("faults", [{}, {"jam_ppm": 300_000}, {"wrong_code_ppm": 1_000_000}])
def test_killed_anywhere_a_parcel_ends_once_or_nobody_knows(faults: dict[str, int]) -> None:
    params = replace(PARAMS, faults=Faults(**faults))
    whole = Host(params)
    whole.take(whole.rig.feed(OrderReceived(job()), 1_000))
    whole.run()
    for dies_at in range(whole.saves // 10, whole.saves, 7):
        host = Host(params)
        host.dies_at = dies_at
        try:
            host.take(host.rig.feed(OrderReceived(job()), 1_000))
            host.run()
        except KeyboardInterrupt:
            host.start_again()
            host.run()
        check_books(host, dies_at)


def check_books(host: Host, dies_at: int) -> None:
    last = host.states[-1]
    done, aboard = results(last), {load.load_id for load in last.loads or ()}
    inside = set(host.rig.body.contents.values())
    for parcel in PARCELS.values():
        told = done.get(f"hand-{parcel}") or ""
        # What was not yet written down is lived through once more, the same to the ms.
        hands = dict.fromkeys(host.hands)
        taken = [one for one in hands if one.parcel == parcel and not one.put_in]
        assert len(taken) <= 1, (dies_at, parcel)
        if told.startswith("collected"):
            assert parcel not in inside, (dies_at, parcel, told)
            assert parcel not in aboard, (dies_at, parcel, told)
        elif told in ("no_show", "refused", "jammed"):
            assert parcel in inside, (dies_at, parcel, told)
        elif parcel in aboard and parcel not in inside:
            assert told == "interrupted", (dies_at, parcel, told)


def test_a_robot_that_leaves_its_fence_stands_within_a_second_though_states_are_seldom() -> None:
    fence = ((-1_000, -5_000), (13_500, -5_000), (13_500, 5_000), (-1_000, 5_000))
    spec = replace(SPEC, ground=replace(SPEC.ground, fence=(fence,)))
    rig = Rig(Robot(spec, 0), Body(PARAMS, SEED, 0))
    rig.start(0)
    rig.feed(LinkUp(), 0)
    rig.feed(OrderReceived(road(4)), 1_000)
    assert rig.body.is_moving
    while (wake_ms := rig.next_wake_ms) is not None and wake_ms < 31_000:
        rig.wake(wake_ms)
    beyond_mm = rig.body.where(31_000)[0] - 13_500
    braking_mm = SPEC.speed_mm_s**2 // (2 * PARAMS.deceleration_mm_s2)
    assert 0 < beyond_mm <= SPEC.speed_mm_s + braking_mm
    assert not rig.body.is_moving


def test_a_robot_that_stood_long_is_not_told_of_all_the_seconds_it_stood() -> None:
    host = Host()
    host.run(until_ms=600_000)
    woken = 0
    host.take(host.rig.feed(OrderReceived(road(2)), 600_000))
    while (wake_ms := host.rig.next_wake_ms) is not None and wake_ms <= 605_000:
        woken += 1
        host.take(host.rig.wake(wake_ms))
    assert woken < 10
