# SPDX-License-Identifier: Apache-2.0
"""A whole run, searched for what must not be in it: in MQTT, in the journal, in every file."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.leaks import Ear, files_in, journal_of, leaked
from tests.tools import require_tool

OURS_TO_TELL = ("outbox.jsonl", "contacts.sqlite")
WITHIN_S = 60


def broker_of(run: Path) -> tuple[str, int]:
    """Raises OSError, KeyError or ValueError until the run has written its site file."""
    site = tomllib.loads((run / "site.toml").read_text())
    host, _, port = site["mqtt"]["url"].removeprefix("mqtt://").partition(":")
    return host, int(port)


@pytest.mark.slow
def test_no_code_no_token_and_no_key_is_in_what_a_run_says_or_keeps(tmp_path: Path) -> None:
    require_tool("mosquitto")
    parcels, run = tmp_path / "two.csv", tmp_path / "run"
    parcels.write_text(
        "parcel,announced,at_station,slot_from,slot_until,stop,size\n"
        "one,08:00:00,08:01:00,08:00:00,09:30:00,stop-hasel,S\n"
        "two,08:00:00,08:01:00,08:00:00,09:30:00,stop-laerche,S\n"
    )
    command = [sys.executable, "-m", "dispatcher.cli.main", "demo", "--json", "--robots", "1"]
    command += ["--speed", "60", "--broker", "mosquitto", "--until-h", "3", "--seed", "5"]
    command += ["--parcels", str(parcels), "--keep", str(run)]
    ear = Ear(lambda: broker_of(run))
    done = subprocess.run(command, capture_output=True, timeout=WITHIN_S, check=False)
    ear.stop()
    assert done.returncode == 0, done.stderr
    notices = [json.loads(line) for line in (run / "outbox.jsonl").read_text().splitlines()]
    codes = {notice["code"] for notice in notices if notice["code"]}
    tokens = {notice["token"] for notice in notices if notice.get("token")}
    (keys_file,) = run.glob("*keys*.json")
    keys = set(json.loads(keys_file.read_text()).values())
    assert len(codes) == len(tokens) == 2
    said = b"\n".join(ear.heard)
    assert b'"handover"' in said, "the run did not hand anything over, so it shows nothing"
    assert b"digest" in said
    files = files_in(run, but=(*OURS_TO_TELL, keys_file.name))
    texts = [done.stdout, done.stderr, said, journal_of(run), *files]
    assert leaked({*codes, *tokens, *keys}, texts) == []
