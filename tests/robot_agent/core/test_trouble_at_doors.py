# SPDX-License-Identifier: Apache-2.0
"""What goes wrong at a robot's doors, and what is never done there."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from robot_agent.core import doorway
from robot_agent.core.events import (
    CodeEntered,
    ContentsSeen,
    DoorChanged,
    LinkDown,
    LinkUp,
    LockDoor,
    ModeChanged,
    OpenDoor,
    Woken,
)
from robot_agent.vda5050.actions import handover_digest
from robot_agent.vda5050.order import Action
from tests.robot_agent.core.at_stop import (
    ARRIVED_MS,
    CODES,
    at_a_stop,
    give,
    loads,
    opened,
    result,
)
from tests.robot_agent.core.small_world import SPEC, World, action, drop, handover, pick, road


@pytest.mark.parametrize("direction", ["out", "in"])
def test_a_jammed_door_is_said(direction: str) -> None:
    world = at_a_stop(give("p", direction=direction), loaded="p" if direction == "out" else "")
    world.code("1111")
    world.feed(DoorChanged("S1", "jammed"))
    assert result(world, "p") == ("FAILED", "jammed")
    assert world.state.driving, "a jammed door is seen shut"


def test_a_door_that_nobody_opens_is_locked_again_and_the_robot_waits_on() -> None:
    world = at_a_stop(give("p"), give("q"), loaded="pq")
    world.code("1111")
    world.code("2222")
    world.feed(DoorChanged("S1", "shut"))
    assert opened(world) == ["S1"], "that was said before it was unlocked"
    world.run_until(ARRIVED_MS + 19_999)
    assert world.told(LockDoor) == []
    world.run_until(ARRIVED_MS + 20_000)
    assert world.told(LockDoor) == [LockDoor("S1")]
    assert opened(world) == ["S1"], "the next one waits until it is seen shut"
    world.run_until(ARRIVED_MS + 40_000)
    assert world.told(LockDoor) == [LockDoor("S1")] * 2
    world.feed(DoorChanged("S1", "shut"))
    assert opened(world) == ["S1", "M1"]
    world.open_and_shut("M1")
    world.code("1111")
    world.open_and_shut("S1")
    assert [one.result for one in world.closed] == ["collected presumed"] * 2


def test_a_door_opened_just_as_it_was_to_lock_serves_its_person() -> None:
    world = at_a_stop(give("p"))
    world.code("1111")
    world.run_until(ARRIVED_MS + 20_000)
    world.open_and_shut("S1")
    assert result(world, "p")[0] == "FINISHED"


def test_a_door_left_open_is_an_error_until_it_is_shut_and_nothing_drives() -> None:
    world = at_a_stop(give("p"))
    world.code("1111")
    world.feed(DoorChanged("S1", "open"))
    world.run_until(ARRIVED_MS + 59_999)
    assert world.errors == []
    world.run_until(ARRIVED_MS + 60_000)
    assert world.errors == ["doorOpen"]
    assert world.state.errors[0].error_level == "WARNING"
    assert world.references == {"compartment": "S1"}
    world.run_until(10_000_000)
    assert not world.state.driving
    world.feed(DoorChanged("S1", "shut"))
    assert world.errors == []
    assert world.state.driving


def test_a_door_of_which_nothing_is_known_is_one_error() -> None:
    world = World()
    world.feed(DoorChanged("S1", "unknown"))
    assert world.errors == ["doorOpen"]
    assert world.state.errors[0].error_level == "FATAL"
    assert world.references == {"compartment": "S1"}
    world.feed(DoorChanged("S1", "shut"))
    assert world.errors == []


@pytest.mark.parametrize("is_locking", [False, True])
def test_an_unlocked_door_that_nobody_sees_any_more_leaves_the_custody_unknown(
    is_locking: bool,
) -> None:
    world = at_a_stop(give("p"), give("q"), loaded="pq")
    world.code("1111")
    if is_locking:
        world.run_until(world.now_ms + 20_000)
    world.feed(DoorChanged("S1", "unknown"))
    ended = world.action("hand-p")
    assert (ended.action_status, ended.result_description) == ("FAILED", "interrupted")
    assert world.told(LockDoor)[-1] == LockDoor("S1")
    world.code("1111")
    world.code("2222")
    assert opened(world) == ["S1"], "no other while nobody knows whether it is shut"
    world.feed(DoorChanged("S1", "shut"))
    assert opened(world) == ["S1", "M1"]


def test_a_door_that_was_seen_open_and_then_not_any_more_only_has_to_be_seen_shut() -> None:
    world = at_a_stop(give("p"))
    world.code("1111")
    world.feed(DoorChanged("S1", "open"))
    world.feed(DoorChanged("S1", "unknown"))
    assert world.action("hand-p").action_status == "RUNNING"
    world.feed(DoorChanged("S1", "shut"))
    assert world.action("hand-p").result_description == "collected presumed"


def test_a_forced_door_leaves_the_custody_of_what_is_behind_it_unknown() -> None:
    world = at_a_stop(give("p"), give("q"), loaded="pq")
    world.feed(DoorChanged("S1", "open"))
    assert result(world, "p") == ("FAILED", "forced")
    assert result(world, "q")[0] == "RUNNING"
    assert "doorForced" in world.errors
    assert world.state.errors[-1].error_level == "FATAL"
    world.code("2222")
    assert opened(world) == [], "no second door beside an open one"
    world.feed(DoorChanged("S1", "shut"))
    assert opened(world) == ["M1"]
    world.open_and_shut("M1")
    assert world.state.driving
    assert "doorForced" in world.errors, "a person has to look"
    world.feed(ModeChanged("SERVICE"))
    assert "doorForced" in world.errors, "and is not done before the robot is on its own again"
    world.feed(ModeChanged("AUTOMATIC"))
    assert "doorForced" not in world.errors
    assert [one.parcel for one in world.closed] == ["p", "q"]


def test_a_door_forced_on_the_way_stops_the_robot_and_fails_what_was_to_come() -> None:
    world = World()
    world.order(road(3, actions={0: (pick("p", "S1", 0),), 2: (give("p"),)}))
    world.run_until(5_000)
    world.feed(DoorChanged("S1", "forced"))
    assert not world.state.driving
    assert result(world, "p") == ("FAILED", "forced")
    assert world.wanted == []
    world.feed(DoorChanged("S1", "shut"))
    world.run_until(60_000)
    assert world.state.last_node_id == "n2"
    assert world.closed == []


@pytest.mark.parametrize(
    ("made", "word"), [(give("q"), "not_there"), (give("p", direction="in"), "occupied")]
)
def test_a_handover_that_cannot_be_opened_fails_at_once(made: Action, word: str) -> None:
    world = at_a_stop(made)
    assert world.state.action_states[-1].result_description == word
    assert world.wanted == []
    assert world.closed == []
    assert world.state.driving


def test_one_parcel_cannot_be_handed_out_twice() -> None:
    world = at_a_stop(give("p"), replace(give("p"), action_id="hand-p2"))
    assert world.action("hand-p2").result_description == "not_there"
    world.code("1111")
    world.open_and_shut("S1")
    assert loads(world) == []


def test_handovers_go_on_with_the_link_down() -> None:
    world = at_a_stop(give("p"))
    world.feed(LinkDown())
    world.code("1111")
    world.open_and_shut("S1")
    assert len(world.closed) == 1
    world.feed(LinkUp())
    assert result(world, "p")[0] == "FINISHED"


def test_a_cancel_waits_for_the_open_door_and_ends_all_who_only_wait() -> None:
    world = at_a_stop(give("p"), give("q"), give("r"), loaded="pqr")
    world.code("1111")
    world.code("2222")
    world.feed(DoorChanged("S1", "open"))
    world.instant("cancelOrder")
    closed = {one.action_id: one.result for one in world.closed}
    assert closed == {"hand-q": "cancelled", "hand-r": "cancelled"}
    assert world.action("i-cancelOrder").action_status == "RUNNING"
    world.run_until(200_000)
    assert world.action("i-cancelOrder").action_status == "RUNNING"
    world.feed(DoorChanged("S1", "shut"))
    assert result(world, "p") == ("FINISHED", "collected presumed")
    assert world.action("i-cancelOrder").action_status == "FINISHED"
    assert opened(world) == ["S1"]
    assert set(loads(world)) == {"q", "r"}


def test_a_cancel_gives_who_was_let_in_their_time_to_open() -> None:
    world = at_a_stop(give("p"))
    world.code("1111")
    world.instant("cancelOrder")
    world.run_until(ARRIVED_MS + 20_000)
    world.feed(DoorChanged("S1", "shut"))
    assert result(world, "p") == ("FAILED", "cancelled")
    assert world.action("i-cancelOrder").action_status == "FINISHED"


def test_after_a_cancel_the_next_order_is_served_as_ever() -> None:
    world = at_a_stop(give("p"))
    world.code("1111")
    world.instant("cancelOrder")
    world.open_and_shut("S1")
    made = replace(give("q"), action_id="hand-q")
    world.order(road(1, start=1, order_id="o2", actions={1: (pick("q", "M1", 0), made)}))
    world.run_until(20_000)
    world.code("2222")
    world.run_until(40_000)
    world.feed(DoorChanged("M1", "shut"))
    assert result(world, "q")[0] == "RUNNING", "nobody opened it: it waits on"


def test_the_desk_lets_one_recipient_in_also_when_the_keypad_is_locked() -> None:
    world = at_a_stop(give("p"), give("q"), loaded="pq")
    for number in range(5):
        world.code(f"000{number}")
    world.code("1111")
    assert opened(world) == []
    world.instant("trigger", actionId="hand-q")
    assert opened(world) == ["M1"]
    assert world.action("i-trigger").action_status == "FINISHED"
    world.open_and_shut("M1")
    assert [one.parcel for one in world.closed] == ["q"]
    world.instant("trigger", prefix="j", actionId="hand-q")
    assert world.action("j-trigger").action_status == "FAILED"
    assert opened(world) == ["M1"]


def test_a_code_works_with_either_key_while_keys_are_rotated() -> None:
    spec = replace(SPEC, robot_keys=(b"new", b"key"))

    def digest(key: bytes) -> str:
        return handover_digest(key, "ACME/R7", "p", "S1", 1, "1111")

    for keys in ((b"key",), (b"new",), (b"newer", b"new"), (b"new", b"key")):
        world = World(spec)
        made = handover("p", code=None)
        both = action("x", "y", digest=" ".join(digest(key).upper() for key in keys))
        made = replace(made, action_parameters=(*made.action_parameters, *both.action_parameters))
        world.order(road(1, actions={0: (pick("p", "S1", 0), made)}))
        world.run_until(1_000)
        world.code("1111")
        assert opened(world) == ["S1"], keys


def test_an_unlocked_door_is_not_known_shut_and_none_opens_on_the_move() -> None:
    world = at_a_stop(give("p"), give("q"), loaded="pq")
    memory = world.robot._memory
    assert doorway.doors_shut(memory, SPEC)
    memory.moving = True
    world.code("1111")
    assert opened(world) == []
    memory.moving = False
    world.feed(world.body.look())
    assert opened(world) == ["S1"]
    assert memory.doors["S1"] == "shut", "the body said so last, but it was unlocked since"
    assert not doorway.doors_shut(memory, SPEC)


def test_staff_and_people_share_the_one_door_at_a_time() -> None:
    world = at_a_stop(give("p"), replace(drop("q", "M1"), blocking_type="SOFT"), loaded="pq")
    assert world.told(OpenDoor)[-1].compartment == "M1"
    world.code("1111")
    assert opened(world) == []
    world.run_until(15_000)
    assert opened(world) == ["S1"]


def test_no_code_is_written_down_or_sent() -> None:
    world = at_a_stop(give("p", "81735264"))
    world.code("99887766")
    world.code("81735264")
    world.open_and_shut("S1")
    told = "".join(map(repr, world.effects)) + world.robot.snapshot().decode()
    assert "81735264" not in told
    assert "99887766" not in told


EVENTS = st.lists(
    st.one_of(
        st.sampled_from([*CODES.values(), "0000"]).map(CodeEntered),
        st.sampled_from(["1111", "2222"]).map(lambda code: CodeEntered(code, refuse=True)),
        st.builds(
            DoorChanged,
            st.sampled_from(["S1", "S2", "M1"]),
            st.sampled_from(["open", "open", "shut", "shut", "jammed", "unknown"]),
        ),
        st.builds(
            ContentsSeen,
            st.sampled_from(["S1", "S2", "M1"]),
            st.booleans(),
            st.sampled_from([None, "p", "q", "z"]),
        ),
        st.sampled_from([1_000, 20_000, 61_000]),
        st.sampled_from(["trigger", "cancelOrder", "extendWait", "crash"]),
    ),
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(EVENTS)
def test_whatever_happens_no_door_opens_unasked_and_no_parcel_moves_unsaid(
    happenings: list[object],
) -> None:
    world = at_a_stop(give("p"), give("q"), give("r", direction="in"), loaded="pq")
    let_in: set[str] = set()
    before = {"p", "q"}
    for number, happening in enumerate(happenings):
        seen = len(world.effects)
        if isinstance(happening, int):
            world.run_until(world.now_ms + happening)
        elif happening == "crash":
            earlier, world = world, world.restarted()
            world.effects = earlier.effects + world.effects
        elif happening == "trigger":
            world.instant("trigger", prefix=str(number), actionId="hand-q")
            let_in.add("q")
        elif isinstance(happening, str):
            world.instant(happening, prefix=str(number), waitMs=10_000)
        else:
            world.feed(happening)  # type: ignore[arg-type]
        if isinstance(happening, CodeEntered):
            let_in |= {parcel for parcel, code in CODES.items() if code == happening.code}
        memory = world.robot._memory
        for effect in world.effects[seen:]:
            if isinstance(effect, OpenDoor) and effect.fills:
                assert effect.parcel in let_in
        assert len(memory.kept.open_doors) <= 1, "never two doors unlocked"
        if memory.moving and not memory.holding:
            assert not memory.kept.open_doors
            assert not {"open", "forced", "unknown"} & set(memory.doors.values())
        finished = {
            run.action.action_id for run in memory.kept.runs.values() if run.status == "FINISHED"
        }
        now = {load.load_id for load in memory.kept.loads.values()}
        assert ("p" in now) == ("hand-p" not in finished)
        assert ("q" in now) == ("hand-q" not in finished)
        assert ("r" in now) == ("hand-r" in finished)
        assert now - before <= {"r"}
    people = [one for one in world.told(OpenDoor) if not one.at_dock]
    ends = [one.action_id for one in world.closed]
    assert {one.action_id[5:] for one in people} <= let_in
    assert len(ends) == len(set(ends)), "closed once"
    memory = world.robot._memory
    still_open = {*memory.kept.stop.open, *memory.kept.stop.line}
    assert set(ends) | still_open == {one.action_id for one in world.wanted}
    assert not set(ends) & still_open
    world.feed(Woken())
