# SPDX-License-Identifier: Apache-2.0
"""A run says at its end what it could not do, and fails where the machine was meant to have it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.source_tree import ROOT

TESTS = """
import pytest

@pytest.mark.parametrize("number", range(2))
def test_broker(number):
    pytest.skip("needs mosquitto (apt install mosquitto)")

def test_map():
    pytest.skip("not run: needs DROVER_DATA/maps/somewhere.osm")

def test_plain():
    pass
"""


def run_pytest(folder: Path, required: str) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text("utf-8"))
    (folder / "test_some.py").write_text(TESTS)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder)],
        cwd=folder,
        env={**os.environ, "DROVER_REQUIRE": required, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_was_not_run_is_counted_by_what_it_needs(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, required="")
    assert done.returncode == pytest.ExitCode.OK
    *_, data, broker, closing = done.stdout.splitlines()
    assert data == "not run: 1 need DROVER_DATA"
    assert broker == "not run: 2 need mosquitto (apt install mosquitto)"
    assert closing.startswith("1 passed, 3 skipped")


@pytest.mark.parametrize(("required", "failed"), [("git,mosquitto", 2), ("DROVER_DATA", 1)])
def test_a_skip_for_what_must_be_there_is_a_failure(
    tmp_path: Path, required: str, failed: int
) -> None:
    done = run_pytest(tmp_path, required)
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert f"{failed} failed, 1 passed, {3 - failed} skipped" in done.stdout
