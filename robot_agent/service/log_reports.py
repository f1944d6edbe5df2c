# SPDX-License-Identifier: Apache-2.0
"""Writes what happened lately to a file, when the master asks for it (logReport)."""

import re
from pathlib import Path

from robot_agent.core.events import LogWritten, WriteLog
from robot_agent.service.notices import recent_lines

KEPT = 10


class LogReports:
    """The folder of reports."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, wanted: WriteLog, lines: tuple[str, ...]) -> LogWritten:
        """`lines` stand before the notices. Never raises; call it in a thread."""
        name = f"report-{re.sub(r'[^A-Za-z0-9_-]', '_', wanted.action_id)[:60]}.log"
        text = "\n".join((f"reason: {wanted.reason[:200]}", *lines, *recent_lines()))
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / name).write_text(text + "\n", encoding="utf-8")
            reports = sorted(self._folder.glob("report-*.log"), key=lambda p: p.stat().st_mtime_ns)
            for old in reports[:-KEPT]:
                old.unlink(missing_ok=True)
        except OSError as error:
            return LogWritten(wanted.action_id, name, f"{name}: {error.strerror or error}")
        return LogWritten(wanted.action_id, name)
