# SPDX-License-Identifier: Apache-2.0
"""No code is found by trying."""

import pytest

from robot_agent.core.events import CodeEntered, CodeJudged, DoorChanged, KeypadLocked, OpenDoor
from tests.robot_agent.core.small_world import World, handover, pick, road

HOUR_MS = 3_600_000
START_MS = 1_700_000_000_000


def waiting(now_ms: int = START_MS) -> World:
    """At its only node, for hours, for p (1111 in S1) and q (2222 in M1)."""
    world = World(now_ms=now_ms)
    picks = (pick("p", "S1", 0), pick("q", "M1", 0))
    hands = [
        handover(parcel, place, code=code, wait_ms=12 * HOUR_MS)
        for parcel, place, code in (("p", "S1", "1111"), ("q", "M1", "2222"))
    ]
    world.order(road(1, actions={0: (*picks, *hands)}))
    world.run_until(now_ms + 1)
    assert len(world.wanted) >= 2
    return world


def guess(world: World, count: int) -> None:
    for number in range(count):
        world.code(f"guess{number}")


def locks(world: World) -> list[int]:
    """Until when, each time it was said; 0: no longer."""
    return [one.until_ms for one in world.told(KeypadLocked)]


def people(world: World) -> list[str]:
    return [one.compartment for one in world.told(OpenDoor) if not one.at_dock]


def test_five_wrong_codes_in_a_row_lock_the_keypad_for_a_minute() -> None:
    world = waiting()
    guess(world, 4)
    assert locks(world) == []
    guess(world, 1)
    assert locks(world) == [world.now_ms + 60_000]
    world.code("1111")
    assert people(world) == []
    assert locks(world)[-1] == world.now_ms + 60_000, "the display says it once more"
    world.run_until(world.now_ms + 59_999)
    world.code("1111")
    assert people(world) == []
    world.run_until(world.now_ms + 1)
    assert locks(world)[-1] == 0
    world.code("1111")
    assert people(world) == ["S1"]


def test_each_further_lock_out_is_twice_as_long_up_to_an_hour_or_so() -> None:
    world = waiting()
    lengths = []
    for _ in range(8):
        guess(world, 5)
        lengths.append(locks(world)[-1] - world.now_ms)
        world.run_until(locks(world)[-1])
        assert locks(world)[-1] == 0
        # Quiet for less than an hour beyond the lock-out is not quiet.
    assert lengths[:6] == [60_000 << k for k in range(6)]
    assert max(lengths) == 60_000 << 6


def test_a_right_code_ends_a_row_but_does_not_make_the_next_lock_out_short() -> None:
    world = waiting()
    guess(world, 5)
    world.run_until(world.now_ms + 60_000)
    guess(world, 4)
    world.code("1111")
    world.open_and_shut("S1")
    guess(world, 4)
    assert locks(world)[-1] == 0, "the row was ended"
    guess(world, 1)
    assert locks(world)[-1] == world.now_ms + 120_000


def test_an_hour_of_quiet_makes_the_next_lock_out_short_again() -> None:
    world = waiting()
    guess(world, 5)
    world.run_until(world.now_ms + HOUR_MS)
    guess(world, 5)
    assert locks(world)[-1] == world.now_ms + 60_000


def test_a_guesser_with_one_good_code_cannot_start_afresh_with_it() -> None:
    world = waiting()
    for _ in range(3):
        guess(world, 3)
        world.code("1111")
        if world.robot._memory.kept.stop.phase:
            world.feed(DoorChanged("S1", "open"))
            world.feed(DoorChanged("S1", "shut"))
    assert locks(world), "an ended handover's code ends no row"


def test_nothing_is_counted_where_nobody_is_waited_for() -> None:
    world = World()
    guess(world, 20)
    assert locks(world) == []


@pytest.mark.parametrize("jump_ms", [5_000, -START_MS // 2, 0, 90 * 24 * HOUR_MS])
def test_a_lock_out_outlives_a_restart_whatever_the_clock_says_then(jump_ms: int) -> None:
    world = waiting()
    guess(world, 5)
    world.run_until(world.now_ms + 20_000)
    world.feed(CodeEntered("1111"))
    again = World(body=world.body, disk=world.disk, now_ms=world.now_ms + jump_ms)
    assert locks(again) == [again.now_ms + 40_000]
    again.code("1111")
    assert people(again) == []
    again.run_until(again.now_ms + 40_000)
    again.code("1111")
    assert people(again) == ["S1"]


def test_switching_it_off_and_on_gives_no_more_guesses() -> None:
    world = waiting()
    for _ in range(3):
        guess(world, 2)
        world = world.restarted()
    world.code("1111")
    assert people(world) == []


def test_a_code_that_is_good_but_not_used_gives_no_more_guesses() -> None:
    """Four guesses, the own code, the door is left shut and locks again; and so on all day."""
    world = waiting()
    for _ in range(3):
        guess(world, 4)
        world.code("1111")
        world.run_until(world.now_ms + 20_000)
        world.feed(DoorChanged("S1", "shut"))
    assert locks(world), "a code is right only once something was handed over for it"
    begun_ms, guesses = world.now_ms, 0
    while world.now_ms < begun_ms + HOUR_MS:
        if not locks(world)[-1]:
            guess(world, 4)
            guesses += 4
            world.code("1111")
        world.run_until(world.now_ms + 20_000)
        world.feed(DoorChanged("S1", "shut"))
    assert guesses <= 40


def test_being_switched_off_is_no_hour_of_quiet() -> None:
    world = waiting()
    guess(world, 5)
    world.run_until(world.now_ms + 60_000)
    late = World(body=world.body, disk=world.disk, now_ms=world.now_ms + 2 * HOUR_MS)
    guess(late, 5)
    assert locks(late)[-1] == late.now_ms + 120_000


def judgements(world: World) -> list[tuple[int, bool]]:
    return [(one.entry, one.accepted) for one in world.told(CodeJudged)]


def test_the_body_hears_of_each_code_whether_it_is_one_of_the_order() -> None:
    world = waiting()
    for entry, code in enumerate(["1111", "2222", "2222", "1111", "3333", ""], 7):
        world.feed(CodeEntered(code, entry=entry))
    right = [(7, True), (8, True), (9, True), (10, True)]
    assert judgements(world) == [*right, (11, False), (12, False)]
    assert people(world) == ["S1"], "one after the other"


def test_a_right_code_is_not_accepted_while_the_keypad_is_locked() -> None:
    world = waiting()
    guess(world, 5)
    world.feed(CodeEntered("1111", entry=9))
    assert judgements(world)[-1] == (9, False)


def test_where_nobody_is_waited_for_a_code_is_wrong_and_nothing_is_counted() -> None:
    world = World(now_ms=START_MS)
    guess(world, 6)
    assert {accepted for _, accepted in judgements(world)} == {False}
    assert locks(world) == []
