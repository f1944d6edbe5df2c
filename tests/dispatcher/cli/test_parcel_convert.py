# SPDX-License-Identifier: Apache-2.0
import json
from pathlib import Path

import pytest

from dispatcher.cli.main import main
from dispatcher.data_files import demo_campus_path
from dispatcher.parcel_file import NO_DAY, read_parcels

DAY = """\
order_id,placement_time,preparation_time,ready_time,expected_drop_off_time
1,08:00:00,08:10:00,08:20:00,08:30:00
2,23:30:34,23:31:41,00:01:41,00:00:34
3,09:00:00,09:10:00,soon,09:30:00
"""


def convert(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main(["parcel", "convert", *map(str, arguments)])
    return int(left.value.code or 0)


def test_a_recorded_day_becomes_a_parcels_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "orders.csv").write_text(DAY, encoding="utf-8")
    output = tmp_path / "parcels.csv"
    assert convert(tmp_path, "--map", demo_campus_path(), "-o", output, "--json") == 0
    out, err = capsys.readouterr()
    report = json.loads(out.splitlines()[-1])
    assert (report["rows"], report["placed"], report["dormitories"]) == (3, 2, True)
    assert report["dropped"] == {"ready_time is no clock time": 1}
    assert "dropped: 1 ready_time is no clock time" in err
    first, second = read_parcels(output, NO_DAY)
    assert second.slot_until_ms - first.announced_ms == (16 * 3600 + 34) * 1000


def test_two_conversions_with_one_seed_are_the_same_file(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(DAY, encoding="utf-8")
    for name in ("a.csv", "b.csv"):
        convert(tmp_path, "--map", demo_campus_path(), "-o", tmp_path / name, "--seed", 5)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_a_folder_without_a_day_is_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "parcels.csv"
    assert convert(tmp_path, "--map", demo_campus_path(), "-o", output) == 2
    assert "holds neither orders.csv (rappi) nor orders.txt (grubhub)" in capsys.readouterr().err
    assert not output.exists()


def test_a_broken_map_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "orders.csv").write_text(DAY, encoding="utf-8")
    broken = tmp_path / "broken.geojson"
    broken.write_text("{", encoding="utf-8")
    assert convert(tmp_path, "--map", broken, "-o", tmp_path / "parcels.csv") == 2
    assert capsys.readouterr().err.startswith(str(broken))
