# SPDX-License-Identifier: Apache-2.0
"""What a process takes of the machine, as Linux's /proc counts it."""

import os
from pathlib import Path

import msgspec


class BenchError(RuntimeError):
    """Why it cannot be measured here, in one sentence."""


class Usage(msgspec.Struct, frozen=True):
    """CPU time so far, user and system; memory that is resident now."""

    cpu_s: float
    rss_mb: float


def usage(pid: int) -> Usage:
    """Raises BenchError where there is no /proc, or no such process any more."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError as error:
        raise BenchError(f"process {pid} cannot be measured: {error}") from None
    # The name in brackets may hold anything; fields 14 and 15 of the line are what we want.
    fields = stat.rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    rss_kb = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return Usage(ticks / os.sysconf("SC_CLK_TCK"), rss_kb / 1000)
