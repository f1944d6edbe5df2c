# SPDX-License-Identifier: Apache-2.0
"""The schema and what is generated from it: in step, judged in one sentence, hashed for safety."""

import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROTOCOL = ROOT / "firmware_stubs/protocol"
SCHEMA: dict[str, Any] = runpy.run_path(str(PROTOCOL / "schema.py"))
read_schema, SchemaError = SCHEMA["read_schema"], SCHEMA["SchemaError"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the schema to change."""
    for path in PROTOCOL.glob("*.toml"):
        shutil.copy(path, tmp_path)
    return tmp_path


def change(folder: Path, file: str, old: str, new: str) -> Any:
    """The schema with one place of one file changed."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return read_schema(folder)


def generate(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Runs the generator of a checkout."""
    command = [sys.executable, str(folder / "firmware_stubs/protocol/generate.py"), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the schema, the generator and all that it writes."""
    for part in ("firmware_stubs/protocol", "firmware_stubs/core/generated", "robot_agent/board"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("firmware_stubs/PROTOCOL.md", "robot_agent/vda5050/restarts.py"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    return tmp_path


def test_what_is_committed_is_what_the_schema_gives() -> None:
    made = generate(ROOT, "--check")
    assert (made.returncode, made.stderr) == (0, "")


def test_a_changed_file_is_named_by_check_and_written_again_without(checkout: Path) -> None:
    words = checkout / "robot_agent/board/words.py"
    before = words.read_text(encoding="utf-8")
    words.write_text("changed", encoding="utf-8")
    checked = generate(checkout, "--check")
    assert checked.returncode == 1
    assert checked.stderr == ("generate: robot_agent/board/words.py is not what the schema gives\n")
    assert words.read_text(encoding="utf-8") == "changed"
    assert generate(checkout).returncode == 0
    assert words.read_text(encoding="utf-8") == before
    assert generate(checkout).stderr == ""


def test_a_wrong_schema_is_one_sentence_and_changes_nothing(checkout: Path) -> None:
    toml = checkout / "firmware_stubs/protocol/drive.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + "\n[[message\n", encoding="utf-8")
    made = generate(checkout)
    assert made.returncode == 2
    assert made.stderr.startswith("generate: drive.toml: is not TOML: ")
    assert made.stderr.count("\n") == 1


WRONG = {
    "a name twice": (
        ("locker.toml", 'name = "lock"', 'name = "unlock"'),
        r"^two messages have the name unlock$",
    ),
    "an id twice": (
        ("drive.toml", "id = 0x21", "id = 0x20"),
        r"^two messages have the id 32$",
    ),
    "no such type": (
        ("drive.toml", 'type = "enum.authority"', 'type = "enum.authorities"'),
        r"^drive\.toml: message arm: field authority: there is no type 'enum\.authorities'$",
    ),
    "no such sender": (
        ("drive.toml", 'from = "agent"', 'from = "nobody"'),
        r"^drive\.toml: message drive_command: from is one of .*, kind one of ",
    ),
    "no such kind": (
        ("plant.toml", 'kind = "telemetry"', 'kind = "poem"'),
        r"^plant\.toml: message drive_pins_in: from is one of .*, kind one of ",
    ),
    "no default": (
        ("link.toml", "since = 1, default = 250", "since = 1"),
        r"field command_timeout_ms: came with minor version 1 and has no default$",
    ),
    "later before earlier": (
        (
            "link.toml",
            'type = "u32", doc = "of the agent',
            'type = "u32", since = 1, default = 0, doc = "of the agent',
        ),
        r"^link\.toml: message open: a field of a later minor version stands before an earlier",
    ),
    "too long": (
        ("locker.toml", '"bytes:64"', '"bytes:240"'),
        r"^locker\.toml: message locker_report: is longer than 230 bytes$",
    ),
    "nobody restarts it": (
        ("restart.toml", 'who = "check"', 'who = "somebody"'),
        r"^restart\.toml: new_session: who is 'somebody', not one of ",
    ),
    "an enum twice": (
        ("plant.toml", "[enum.injection]", "[enum.door_state]"),
        r"^plant\.toml: enum door_state is there twice$",
    ),
    "no name": (
        ("drive.toml", 'name = "arm"\n', ""),
        r"^drive\.toml: message : has no name$",
    ),
    "no fields": (
        ("drive.toml", "fields = []", ""),
        r"^drive\.toml: message disarm: has no fields$",
    ),
}


@pytest.mark.parametrize(("changed", "said"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_said_with_file_message_and_field(
    folder: Path, changed: tuple[str, str, str], said: str
) -> None:
    with pytest.raises(SchemaError, match=said):
        change(folder, *changed)


SAFETY = {
    "a range": ("drive.toml", "low = -3000, high = 3000", "low = -3000, high = 4000"),
    "a type": ("locker.toml", 'name = "hold_ms", type = "u16"', 'name = "hold_ms", type = "u32"'),
    "a field's name": ("drive.toml", '"ttl_ms"', '"life_ms"'),
    "an id": ("drive.toml", "id = 0x23", "id = 0x2e"),
    "the major version": ("link.toml", "major = 1", "major = 2"),
    "an order of words": (
        "drive.toml",
        '"agent", "position_checked"',
        '"position_checked", "agent"',
    ),
    "who restarts it": ("restart.toml", 'who = "operator"', 'who = "agent"'),
}


@pytest.mark.parametrize("changed", SAFETY.values(), ids=SAFETY.keys())
def test_a_change_of_what_a_safety_message_means_keeps_the_motors_off(
    folder: Path, changed: tuple[str, str, str]
) -> None:
    before = read_schema(folder)
    after = change(folder, *changed)
    assert after.safety_hash != before.safety_hash
    assert after.schema_hash != before.schema_hash or "major" in changed[1]


ADDITIVE = {
    "a field at the end": (
        "drive.toml",
        'name = "motor_fault", type = "enum.motor_fault", since = 1, default = 0, doc = "" },\n',
        (
            'name = "motor_fault", type = "enum.motor_fault", since = 1, default = 0, doc = "" },\n'
            '  { name = "slope", type = "i8", since = 2, default = 0, doc = "" },\n'
        ),
    ),
    "a message": (
        "drive.toml",
        "[[message]]",
        (
            '[[message]]\nname = "sing"\nid = 0x2a\nfrom = "agent"\nkind = "command"\n'
            'safety = false\ndoc = ""\nfields = []\n\n[[message]]'
        ),
    ),
    "an event": (
        "link.toml",
        '"released_by_person",\n]',
        '"released_by_person",\n]\nadded = ["sang"]',
    ),
    "a cause": (
        "restart.toml",
        "same version" + '" },\n',
        'same version" },\n  { cause = "sang", who = "agent", text = "", since = 2 },\n',
    ),
    "a message that is not of safety": (
        "drive.toml",
        'name = "light", type = "u8", high = 1',
        'name = "light", type = "u8", high = 2',
    ),
}


@pytest.mark.parametrize("changed", ADDITIVE.values(), ids=ADDITIVE.keys())
def test_what_is_only_added_keeps_the_safety_hash(
    folder: Path, changed: tuple[str, str, str]
) -> None:
    before = read_schema(folder)
    after = change(folder, *changed)
    assert after.safety_hash == before.safety_hash
    assert after.schema_hash != before.schema_hash
