# SPDX-License-Identifier: Apache-2.0
"""Programs of the machine that some tests need, and the sentence by which a test goes without.

A skip reason of the form `needs NAME (how to get it)` is counted at the end of the run, and is a
failure where DROVER_REQUIRE names NAME (tests/conftest.py).
"""

import os
import shutil
from pathlib import Path

import pytest

# Where to get each program that a test may ask for.
HOW_TO_GET = {
    "arm-none-eabi-gcc": "apt install gcc-arm-none-eabi libnewlib-arm-none-eabi",
    "chromium": "apt install chromium",
    "clang": "apt install clang libclang-rt-14-dev",
    "clang-tidy": "apt install clang-tidy",
    "cppcheck": "apt install cppcheck",
    "curl": "apt install curl",
    "debootstrap": "apt install debootstrap qemu-user-static binfmt-support",
    "gcc": "apt install gcc libc6-dev",
    "gcovr": "apt install gcovr",
    "git": "apt install git",
    "make": "apt install make",
    "mosquitto": "apt install mosquitto",
    "node": "apt install nodejs",
    "npm": "apt install npm",
    "openssl": "apt install openssl",
    "qemu-system-arm": "apt install qemu-system-arm",
    "sqlite3": "apt install sqlite3",
    "systemd-analyze": "apt install systemd",
}
# Daemons live here on Debian, and a user's PATH lacks them.
SYSTEM_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")


def find_tool(name: str) -> Path | None:
    """Where the program is, on PATH or in a system folder."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *SYSTEM_FOLDERS])
    found = shutil.which(name, path=path)
    return Path(found) if found else None


def require_tool(name: str) -> Path:
    """Where the program is; without it the calling test is skipped, saying how to get it."""
    found = find_tool(name)
    if found is None:
        pytest.skip(f"needs {name} ({HOW_TO_GET[name]})")
    return found
