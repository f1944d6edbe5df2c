# SPDX-License-Identifier: Apache-2.0
"""A whole run, searched for what must not be in it: in MQTT, in the journal, in every file."""

import json
import re
import subprocess
import sys
import threading
import time
import tomllib
from contextlib import suppress
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from dispatcher.core.record import unpack
from dispatcher.service.journal import Journal
from tests.tools import require_tool

OURS_TO_TELL = ("outbox.jsonl", "contacts.sqlite")
WITHIN_S = 60


class Ear:
    """Somebody who hears everything that goes over the broker."""

    def __init__(self, folder: Path) -> None:
        self.heard: list[bytes] = []
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = lambda client, *_: client.subscribe("#")
        self._client.on_message = lambda _c, _d, one: self.heard.append(
            one.topic.encode() + b" " + one.payload
        )
        self._folder = folder
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        end = time.monotonic() + WITHIN_S
        while time.monotonic() < end:
            with suppress(OSError, KeyError, tomllib.TOMLDecodeError):
                site = tomllib.loads((self._folder / "site.toml").read_text())
                host, _, port = site["mqtt"]["url"].removeprefix("mqtt://").partition(":")
                self._client.connect(host, int(port))
                self._client.loop_forever(retry_first_connection=False)
                return
            time.sleep(0.02)

    def stop(self) -> None:
        self._client.disconnect()
        self._thread.join(WITHIN_S)


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
    ear = Ear(run)
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
    kept = [done.stdout, done.stderr, said, journal_of(run)]
    hidden = (*OURS_TO_TELL, keys_file.name)
    files = [path for path in run.rglob("*") if path.is_file() and path.name not in hidden]
    kept += [path.read_bytes() for path in files]
    for secret in (*codes, *tokens, *keys):
        # Six digits may well be part of a longer number.
        pattern = re.compile(
            rb"(?<![0-9A-Za-z.-])" + re.escape(secret.encode()) + rb"(?![0-9A-Za-z])"
        )
        assert not [found[0] for text in kept if (found := pattern.search(text))], secret


def journal_of(run: Path) -> bytes:
    """Events and effects of the journal in plain text: on the disk they are deflated."""
    journal = Journal.open_existing(run)
    try:
        records = list(journal.records_after(-1))
        assert len(records) > 20
        return b"\n".join(
            unpack(one) for record in records for one in (record.event, record.effects)
        )
    finally:
        journal.close()
