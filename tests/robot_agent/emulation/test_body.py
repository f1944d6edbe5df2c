# SPDX-License-Identifier: Apache-2.0
import pytest
from msgspec.structs import replace

from robot_agent.core.events import (
    BatteryRead,
    Charge,
    CodeEntered,
    ContentsSeen,
    DoorChanged,
    Hold,
    KeypadLocked,
    Leave,
    LockDoor,
    MotionStopped,
    Passed,
    Release,
    Resume,
    SafetyChanged,
    SetPosition,
    Stopped,
)
from robot_agent.emulation.body import Body
from robot_agent.emulation.truth import Happening, Incline
from tests.robot_agent.emulation.street_corner import (
    PARAMS,
    Corner,
    door,
    east,
    handover,
    with_faults,
)


def test_a_stretch_is_passed_when_it_ends_and_the_last_one_ends_standing() -> None:
    corner = Corner()
    corner.tell(east(7, 10_000, 10_000))
    corner.until(60_000)
    # 2 s for the first 2 m, 8 m at 2 m/s; then 9 m at 2 m/s and 1 m in the last second.
    assert corner.heard(Passed) == [(6_000, Passed(7, 0)), (11_500, Passed(7, 1))]
    assert (corner.pose().x_mm, corner.pose().speed_mm_s) == (20_000, 0)
    assert not corner.body.is_moving


def test_nothing_ticks_while_nothing_happens() -> None:
    corner = Corner()
    due_ms = corner.body.due_ms
    assert due_ms is not None
    assert due_ms > 60_000, "only the battery's next per cent"


def test_a_path_that_grows_is_driven_on_without_a_stop() -> None:
    corner = Corner()
    corner.tell(east(1, 10_000))
    corner.until(3_000)
    before = corner.pose()
    assert before.speed_mm_s == 2_000
    corner.tell(east(2, 10_000, 10_000))
    assert corner.pose() == before
    corner.until(60_000)
    assert corner.heard(Passed) == [(6_000, Passed(2, 0)), (11_500, Passed(2, 1))]


def test_held_it_needs_its_braking_distance_and_goes_on_when_told() -> None:
    corner = Corner()
    corner.tell(east(1, 20_000))
    corner.until(4_000)
    corner.tell(Hold())
    corner.until(10_000)
    assert corner.heard(Stopped) == [(5_000, Stopped(1))]
    assert corner.pose().x_mm == 6_000 + 1_000
    corner.tell(Resume())
    corner.until(60_000)
    assert [event for _, event in corner.heard(Passed)] == [Passed(1, 0)]
    assert corner.pose().x_mm == 20_000


def test_a_node_within_the_braking_distance_is_still_passed() -> None:
    corner = Corner()
    corner.tell(east(1, 6_500, 10_000))
    corner.until(4_000)
    corner.tell(Hold())
    corner.until(10_000)
    (passed_ms, passed), (stopped_ms, _) = corner.heard(Passed)[0], corner.heard(Stopped)[0]
    assert passed == Passed(1, 0)
    assert 4_000 < passed_ms < stopped_ms == 5_000


def test_a_path_that_was_left_is_not_resumed() -> None:
    corner = Corner()
    corner.tell(east(1, 20_000))
    corner.until(4_000)
    corner.tell(Leave())
    corner.until(6_000)
    corner.tell(Resume())
    corner.until(60_000)
    assert len(corner.heard(Stopped)) == 1
    assert corner.pose().x_mm == 7_000


def test_a_node_followed_by_itself_is_passed_at_once() -> None:
    corner = Corner()
    corner.tell(east(1, 0, 0))
    assert [event for _, event in corner.heard(Passed)] == [Passed(1, 0), Passed(1, 1)]


def test_uphill_is_slower_and_costs_more() -> None:
    took, left = [], []
    for permille in (0, 80, -80):
        steep = {"e": Incline(permille, 0, 0)} if permille else {}
        corner = Corner(replace(PARAMS, inclines=steep, battery_mwh=100_000))
        corner.tell(east(1, 100_000, edge="e"))
        corner.until(600_000)
        took.append(corner.heard(Passed)[0][0])
        left.append(corner.body.battery(600_000).charge_permille)
    assert took[0] < took[2] < took[1]
    assert left[1] < left[0] <= left[2]


def test_a_loaded_robot_needs_more_than_an_empty_one() -> None:
    left = []
    for fills in (False, True):
        corner = Corner(replace(PARAMS, compartments=("L1",), battery_mwh=20_000, idle_mw=0))
        if fills:
            corner.tell(replace(door(fills=True, at_dock=True), compartment="L1"))
            corner.until(10_000)
        corner.tell(east(1, 500_000))
        corner.until(600_000)
        left.append(corner.body.battery(600_000).charge_permille)
    assert left[1] < left[0] < 1_000


def test_a_charger_fills_it_and_driving_off_ends_that() -> None:
    corner = Corner(replace(PARAMS, charge_permille=500, battery_mwh=10_000))
    corner.tell(Charge(on=True))
    corner.until(20_000)
    first = corner.heard(BatteryRead)[0]
    assert first == (2_000, first[1])
    assert first[1].charging
    assert corner.body.battery(20_000).charge_permille > 500
    corner.tell(east(1, 5_000))
    assert not corner.heard(BatteryRead)[-1][1].charging


def test_staff_at_a_dock_take_the_time_they_were_given() -> None:
    corner = Corner(replace(PARAMS, occupancy_sensor=True))
    corner.tell(door(fills=True, at_dock=True))
    corner.until(10_000)
    assert corner.said == [
        (1_000, DoorChanged("S1", "open")),
        (4_000, ContentsSeen("S1", occupied=True, parcel="p")),
        (4_000, DoorChanged("S1", "shut")),
    ]
    assert corner.body.contents == {"S1": "p"}
    assert corner.body.take_happenings() == [
        Happening(2_500, "p", "S1", put_in=True, at_dock=True, meant="p")
    ]
    corner.tell(door(fills=False, at_dock=True))
    corner.until(20_000)
    assert corner.body.contents == {}


def test_a_person_comes_types_their_code_and_takes_what_is_theirs() -> None:
    corner = Corner()
    corner.tell(door(fills=True, at_dock=True))
    corner.until(10_000)
    corner.tell(handover())
    corner.until(110_000)
    (came_ms, entered), *_ = corner.heard(CodeEntered)
    assert entered == CodeEntered("11111")
    assert 15_000 <= came_ms <= 100_000
    corner.tell(door(fills=False))
    corner.until(200_000)
    assert corner.body.contents == {}
    assert [event.door for _, event in corner.heard(DoorChanged)][-2:] == ["open", "shut"]


def test_told_again_of_a_handover_nobody_comes_twice() -> None:
    corner = Corner()
    corner.tell(handover())
    corner.tell(handover())
    corner.until(100_000)
    assert len(corner.heard(CodeEntered)) == 1


def test_some_mistype_at_first_and_wait_while_the_keypad_is_locked() -> None:
    corner = Corner(with_faults(wrong_code_ppm=1_000_000))
    corner.tell(handover())
    while not corner.heard(CodeEntered):
        corner.until(corner.now_ms + 1_000)
    assert corner.heard(CodeEntered)[0][1].code == "11112"
    corner.tell(KeypadLocked(500_000))
    corner.until(600_000)
    typed = [event.code for at, event in corner.heard(CodeEntered)[1:]]
    assert typed == ["11111"]
    assert corner.heard(CodeEntered)[1][0] > 500_000


def test_some_refuse_and_some_leave_the_door_open() -> None:
    refusing = Corner(with_faults(refuse_ppm=1_000_000))
    refusing.tell(handover())
    refusing.until(100_000)
    assert refusing.heard(CodeEntered)[0][1].refuse
    careless = Corner(with_faults(leave_open_ppm=1_000_000))
    careless.tell(handover(), door(fills=False))
    careless.until(600_000)
    (opened_ms, _), (shut_ms, _) = careless.heard(DoorChanged)
    assert shut_ms - opened_ms > 35_000


def test_a_door_may_jam_and_is_seen_shut() -> None:
    corner = Corner(with_faults(jam_ppm=1_000_000))
    corner.tell(door(fills=True, at_dock=True))
    corner.until(60_000)
    assert corner.said == [(2_000, DoorChanged("S1", "jammed"))]
    assert corner.body.contents == {}


def test_a_sender_may_bring_the_wrong_parcel_and_takes_it_back() -> None:
    corner = Corner(replace(with_faults(wrong_parcel_ppm=1_000_000), occupancy_sensor=True))
    corner.tell(handover(direction="in"), door(fills=True))
    corner.until(60_000)
    assert corner.heard(ContentsSeen)[0][1] == ContentsSeen("S1", True, "wrong-p")
    corner.tell(door("wrong-p", fills=False))
    corner.until(120_000)
    assert corner.heard(ContentsSeen)[1][1] == ContentsSeen("S1", False, None)


def test_a_door_that_nobody_opened_is_locked_again() -> None:
    corner = Corner()
    corner.tell(door(fills=True), LockDoor("S1"))
    corner.until(60_000)
    assert corner.said == [(0, DoorChanged("S1", "shut"))]


@pytest.mark.parametrize("fault", ["estop_rate", "blocked_rate"])
def test_what_stops_it_stops_it_and_heals(fault: str) -> None:
    corner = Corner(with_faults(**{fault: 30_000}))
    corner.tell(east(1, 50_000_000))
    stood = False
    for _ in range(20_000):
        corner.until(corner.now_ms + 1_000)
        if corner.pose().speed_mm_s == 0:
            stood = True
            corner.tell(Resume())
        elif stood:
            break
    assert stood
    assert corner.pose().speed_mm_s > 0
    if fault == "estop_rate":
        assert [event.e_stop for _, event in corner.heard(SafetyChanged)][:2] == ["MANUAL", "NONE"]


def test_without_its_supply_it_stands_until_the_desk_releases_it() -> None:
    corner = Corner(with_faults(brownout_rate=1_000))
    corner.tell(east(1, 50_000_000))
    while not corner.heard(MotionStopped):
        corner.until(corner.now_ms + 1_000)
    corner.until(corner.now_ms + 60_000)
    assert corner.pose().speed_mm_s == 0
    corner.tell(Release("watchdog"), Release("none"))
    assert [event.cause for _, event in corner.heard(MotionStopped)] == ["brown_out"]
    assert MotionStopped("brown_out") in corner.body.readings(corner.now_ms)
    corner.tell(Release("brown_out"))
    assert corner.heard(MotionStopped)[-1][1] == MotionStopped("none")
    corner.tell(Resume())
    corner.until(corner.now_ms + 5_000)
    assert corner.pose().speed_mm_s > 0


def test_hit_at_its_bumper_it_stands_until_somebody_came_whatever_the_desk_says() -> None:
    corner = Corner(with_faults(bump_rate=2_000, brownout_rate=2_000))
    while MotionStopped("bumper") not in [event for _, event in corner.said]:
        corner.until(corner.now_ms + 1_000)
    corner.tell(Release("bumper"))
    assert corner.heard(MotionStopped)[-1][1] == MotionStopped("bumper")
    corner.until(corner.now_ms + 300_000)
    causes = [event.cause for _, event in corner.heard(MotionStopped)]
    assert "none" in causes[causes.index("bumper") :]


def test_a_drifting_position_misleads_but_moves_nothing() -> None:
    corner = Corner(with_faults(gnss_rate=10_000))
    corner.until(3_600_000)
    seen = [event for _, event in corner.said]
    assert any(getattr(event, "deviation_mm", None) for event in seen)
    assert corner.body.where(3_600_000) == (0, 0)
    corner.tell(SetPosition(100, 0, 0))
    assert (corner.pose().x_mm, corner.pose().y_mm) == (0, 0), "near enough: it sees better"
    corner.tell(SetPosition(50_000, 0, 0))
    assert corner.pose().x_mm == 50_000, "misled"


def test_lost_it_says_so_until_it_is_told_where_it_is() -> None:
    corner = Corner(with_faults(lost_rate=30_000))
    while corner.pose().localized:
        corner.until(corner.now_ms + 1_000)
    corner.tell(SetPosition(0, 0, 0))
    assert corner.pose().localized


def test_in_a_radio_shadow_there_is_no_radio() -> None:
    corner = Corner(replace(PARAMS, shadows=((50_000, 0, 10_000),)))
    corner.tell(east(1, 100_000))
    radio = []
    for now_ms in range(0, 80_000, 1_000):
        corner.until(now_ms)
        radio.append((corner.pose().x_mm, corner.body.has_radio))
    cut = [x_mm for x_mm, has_radio in radio if not has_radio]
    assert 38_000 < min(cut) < 45_000
    assert 55_000 < max(cut) < 66_000


def test_killed_and_restored_the_world_has_gone_on() -> None:
    corner = Corner()
    corner.tell(door(fills=True, at_dock=True))
    corner.until(2_000)
    restored = Body.restore(PARAMS, 1, corner.body.snapshot(), 30_000)
    assert restored.contents == {"S1": "p"}
    assert DoorChanged("S1", "shut") in restored.readings(30_000)
    assert len(restored.take_happenings()) == 1


def test_restored_where_there_is_radio_now_it_is_heard() -> None:
    dark = replace(PARAMS, shadows=((0, 0, 10_000),))
    corner = Corner(dark)
    assert not corner.body.has_radio
    assert Body.restore(PARAMS, 1, corner.body.snapshot(), 1_000).has_radio
    assert not Body.restore(dark, 1, corner.body.snapshot(), 1_000).has_radio


def test_killed_while_driving_it_stands_before_the_next_node() -> None:
    corner = Corner()
    corner.tell(east(1, 10_000, 10_000))
    corner.until(3_000)
    restored = Body.restore(PARAMS, 1, corner.body.snapshot(), 60_000)
    assert not restored.is_moving
    x_mm, _ = restored.where(60_000)
    assert 9_900 <= x_mm < 10_000


def test_one_seed_gives_one_life() -> None:
    def life(seed: int) -> list[object]:
        rates = {"gnss_rate": 2_000, "lost_rate": 2_000, "estop_rate": 2_000, "flat_rate": 500}
        corner = Corner(with_faults(**rates), seed)
        corner.tell(east(1, 5_000_000))
        corner.until(7_200_000)
        return [*corner.said, corner.body.snapshot()]

    assert life(1) == life(1)
    assert life(1) != life(2)
