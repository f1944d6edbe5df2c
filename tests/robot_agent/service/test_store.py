# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.core.events import Ground, Leave, LockDoor, ModeChanged
from robot_agent.core.memory import Kept, Keypad
from robot_agent.core.robot import Robot
from robot_agent.core.spec import RobotSpec
from robot_agent.service.recall import open_robot, precautions
from robot_agent.service.store import Found, Store, StoreError
from robot_agent.vda5050.state import Load

SPEC = RobotSpec(
    manufacturer="acme",
    serial="R1",
    compartments=("S1",),
    robot_keys=(b"k" * 32,),
    ground=Ground("site", "1"),
)


def saves(folder: Path) -> list[Path]:
    return sorted(folder.glob("memory-*"))


def test_what_was_written_last_is_read_after_a_restart(tmp_path: Path) -> None:
    for text in (b"one", b"two", b"three"):
        Store(tmp_path).write(text)
    assert Store(tmp_path).read() == Found(b"three")


def test_the_save_before_is_kept_and_no_more(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for number in range(5):
        store.write(b"%d" % number)
    assert len(saves(tmp_path)) == 2


def test_an_empty_folder_is_a_first_start(tmp_path: Path) -> None:
    assert Store(tmp_path).read() == Found(None)


def test_a_half_written_file_of_a_power_cut_changes_nothing(tmp_path: Path) -> None:
    Store(tmp_path).write(b"whole")
    (tmp_path / "memory.new").write_bytes(b"drover-robot 1 ha")
    assert Store(tmp_path).read() == Found(b"whole")


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_damage_to_the_newest_save_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("store")
    store = Store(folder)
    store.write(b"older")
    store.write(b"newer, with something in it")
    newest = max(saves(folder))
    content = bytearray(newest.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    newest.write_bytes(content)
    found = Store(folder).read()
    # The length in the head is for people; all else must hold.
    if found.snapshot != b"newer, with something in it":
        assert found.snapshot == b"older"
        assert len(found.faults) == 1


def test_a_folder_that_is_gone_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be read: No such file"):
        Store(tmp_path / "nowhere")
    store = Store(tmp_path)
    tmp_path.rename(tmp_path.with_name("moved"))
    with pytest.raises(StoreError, match="cannot be written"):
        store.write(b"x")
    tmp_path.with_name("moved").rename(tmp_path)


def test_a_robot_whose_memory_is_gone_knows_that_it_has_lost_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    robot, fault = open_robot(store, SPEC, 1_000)
    assert fault == ""
    store.write(robot.snapshot())
    again, fault = open_robot(Store(tmp_path), SPEC, 2_000)
    assert fault == ""
    assert msgspec.json.decode(again.snapshot())["lost"] == ""
    for path in saves(tmp_path):
        path.write_bytes(b"noise")
    lost, fault = open_robot(Store(tmp_path), SPEC, 3_000)
    assert "is not a robot's memory" in fault
    assert "is not a robot's memory" in msgspec.json.decode(lost.snapshot())["lost"]


def test_a_memory_of_another_version_is_lost_and_not_a_first_start(tmp_path: Path) -> None:
    Store(tmp_path).write(b'{"order_id": 5}')
    robot, _ = open_robot(Store(tmp_path), SPEC, 1_000)
    assert b"another version" in robot.snapshot()


def test_a_body_whose_robot_knows_nothing_stands_and_keeps_its_doors_shut() -> None:
    assert precautions(SPEC) == [Leave(), LockDoor("S1")]


def kept_of(robot: Robot) -> Kept:
    return msgspec.json.decode(robot.snapshot(), type=Kept)


def test_doubt_about_the_newest_memory_stays_over_restarts_until_a_person_has_looked(
    tmp_path: Path,
) -> None:
    """The older memory tells of a parcel that may have been handed over since."""
    load = Load(load_id="p-1", load_position="S1")
    older = Kept(
        order_id="a",
        past_orders=["a"],
        epoch=(3, 7),
        loads={"S1": load},
        keypad=Keypad(locks=2),
    )
    for _ in range(2):
        Store(tmp_path).write(msgspec.json.encode(older))
    max(saves(tmp_path)).write_bytes(b"noise")
    said = []
    for start in range(3):
        store = Store(tmp_path)
        robot, fault = open_robot(store, SPEC, 2_000 + start)
        said.append(fault)
        store.write(robot.snapshot())
    assert "memory-2: is not a robot's memory" in said[0]
    assert said[1:] == ["", ""]
    kept = kept_of(robot)
    assert "memory-2" in kept.lost
    assert (kept.order_id, kept.loads) == ("", {})
    # What protects is not forgotten: old orders stay old, wrong codes count.
    assert (kept.epoch, kept.past_orders, kept.keypad.locks) == ((3, 7), ["a"], 2)
    for mode in ("SERVICE", "AUTOMATIC"):
        robot.handle(ModeChanged(mode), 3_000)
    assert kept_of(robot).lost == ""
