# SPDX-License-Identifier: Apache-2.0
"""`dispatcher demo --firmware host`: real firmware, real agents, a parcel, in real time."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dispatcher.demo.options import DemoError, DemoOptions
from dispatcher.demo.preparation import check, prepare
from dispatcher.demo.run_folder import RunFolder
from robot_agent.board.plant_ledger import read_ledger
from tests.robot_agent.campus_writing import at, edge, feature, site, stop, text
from tests.tools import require_tool

WITHIN_S = 240
CAMPUS = text(
    site(id="small"),
    edge("e1", "gate", "square", [(0, 0), (20, 0)], width_m=4),
    edge("e2", "square", "back", [(20, 0), (20, 6), (0, 6)], width_m=4),
    edge("e3", "back", "gate", [(0, 6), (0, 0)], width_m=4),
    feature("station", "Point", at(2, 0), id="depot", edge="e1", offset_m=2),
    stop("library", 10, 0, edge="e1", offset_m=10),
)
PARCELS = """\
parcel,announced,at_station,slot_from,slot_until,stop,size,recipient
one,08:00:00,08:00:00,08:00:00,09:00:00,library,S,ida
"""


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (DemoOptions(firmware="host"), "--speed 30: firmware runs in real time, leave it out"),
        (DemoOptions(firmware="toaster", speed=1), "--firmware toaster: allowed: host"),
        (
            DemoOptions(firmware="host", speed=1, robots=201),
            "--robots 201: with --firmware allowed: 1 to 200",
        ),
    ],
)
def test_what_firmware_cannot_do_is_refused_in_a_line(options: DemoOptions, sentence: str) -> None:
    with pytest.raises(DemoError) as refused:
        check(options)
    assert (str(refused.value), refused.value.code) == (sentence, 2)


def test_its_parcels_are_all_there_within_a_minute_and_wanted_at_once(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "run")
    prepared = prepare(DemoOptions(firmware="host", speed=1, robots=5), folder)
    start_ms = prepared.start_site_ms
    assert len(prepared.rows) == 10
    for row in prepared.rows:
        assert start_ms <= row.announced_ms == row.at_station_ms < start_ms + 60_000
        assert row.slot_from_ms == start_ms


def test_a_parcel_goes_from_hand_to_hand_through_real_firmware(tmp_path: Path) -> None:
    for tool in ("mosquitto", "gcc", "make"):
        require_tool(tool)
    campus, parcels, run = tmp_path / "c.geojson", tmp_path / "p.csv", tmp_path / "run"
    campus.write_text(CAMPUS)
    parcels.write_text(PARCELS)
    command = [sys.executable, "-m", "dispatcher.cli.main", "demo", "--firmware", "host"]
    command += ["--robots", "1", "--map", str(campus), "--parcels", str(parcels), "--json"]
    command += ["--broker", "mosquitto", "--engine", "quick", "--keep", str(run)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["parcels"]["delivered"] == 1, done.stderr
    assert result["boards"]["faults"] == []
    assert result["boards"]["released"] >= 1
    put_in, taken = read_ledger(run / "boards" / "lines" / "ledger.jsonl")
    assert (put_in.by, put_in.place, put_in.compartment) == ("staff", "depot", taken.compartment)
    assert (taken.by, taken.place, taken.parcels) == ("person", "library", ("one",))
