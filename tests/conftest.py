# SPDX-License-Identifier: Apache-2.0
"""What holds for the whole run: tests that could not run are counted by what they need.

DROVER_REQUIRE=mosquitto,... names what this machine is supposed to have: a test that skips for
one of these fails, so that a broken machine cannot pass for a green one.
"""

import os
import re
import sys
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

NEED = re.compile(r"needs (?P<need>(?P<name>[^\s/(]+).*)", re.DOTALL)
# Real inputs are counted all together, not one by one.
FILE_IN_DATA = re.compile(r"(?<=^DROVER_DATA)/.*")
REQUIRED = frozenset(filter(None, os.environ.get("DROVER_REQUIRE", "").split(",")))

# One kernel for all tests and the programs they start, compiled once and kept with the environment.
os.environ.setdefault("DROVER_CACHE", str(Path(sys.prefix) / "drover-cache"))


def skip_reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """The words given to pytest.skip, without pytest's own prefix."""
    if not isinstance(report.longrepr, tuple):
        return ""
    return str(report.longrepr[2]).removeprefix("Skipped: ")


def fail_where_required(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip for something this machine must have into a failure."""
    need = NEED.search(skip_reason(report)) if report.skipped else None
    if need and need["name"] in REQUIRED:
        report.outcome = "failed"
        report.longrepr = f"DROVER_REQUIRE names {need['name']}, but this test needs {need['need']}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if not hasattr(report, "wasxfail"):
        fail_where_required(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    fail_where_required(report)
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """End with one line for each thing that was missing."""
    missing: Counter[str] = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        reason = skip_reason(report)
        need = NEED.search(reason)
        what = f"need {FILE_IN_DATA.sub('', need['need'])}" if need else reason
        missing[what] += 1
    if missing:
        terminalreporter.section("not run")
        for what, count in sorted(missing.items()):
            terminalreporter.line(f"not run: {count} {what}")
