# SPDX-License-Identifier: Apache-2.0
"""The outbox: whole lines, or none; nothing that is owed is forgotten while the disk is full."""

import json
import os
from pathlib import Path

import pytest

from dispatcher.service import perform
from dispatcher.service.outbox import Notice, Outbox
from tests.dispatcher.service.rig import running, write_site
from tests.dispatcher.service.test_runner import announce


def notice(parcel: str) -> Notice:
    return Notice(parcel, 1, "123456", "accepted", "r-1", 1)


def parcels_in(path: Path) -> list[str]:
    return [json.loads(line)["parcel"] for line in path.read_text().splitlines()]


def test_on_a_full_disk_no_half_line_is_left_for_the_next_notice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = Outbox(tmp_path / "outbox.jsonl")
    outbox.send([notice("p1")])
    good = os.write

    def full(file: int, data: bytes) -> int:
        if len(data) < 40:
            raise OSError(28, "No space left on device")
        return good(file, data[:40])

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space left"):
            outbox.send([notice("p2")])
    outbox.send([notice("p3")])
    outbox.close()
    assert parcels_in(tmp_path / "outbox.jsonl") == ["p1", "p3"]


def test_half_a_line_that_a_power_cut_left_does_not_spoil_the_next(tmp_path: Path) -> None:
    path = tmp_path / "outbox.jsonl"
    path.write_text('{"parcel":"p0","cod')
    outbox = Outbox(path)
    outbox.send([notice("p1")])
    outbox.close()
    assert json.loads(path.read_text().splitlines()[1])["parcel"] == "p1"


async def test_notices_that_could_not_be_written_are_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(perform, "NOTICES_AGAIN_S", 0.02)
    async with running(write_site(tmp_path)) as rig:
        failures = [0]
        good = rig.parts.outbox.send

        def full(notices: list[Notice]) -> None:
            failures[0] += 1
            if failures[0] < 4:
                raise OSError(28, "No space left on device")
            good(notices)

        monkeypatch.setattr(rig.parts.outbox, "send", full)
        assert (await announce(rig, "p1")).status == 201
        await rig.until(lambda: not rig.site.state.notices)
    assert parcels_in(tmp_path / "data" / "outbox.jsonl") == ["p1"]
