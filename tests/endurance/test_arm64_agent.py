# SPDX-License-Identifier: Apache-2.0
"""The agent as on a 64-bit Raspberry Pi: an arm64 Debian root run by qemu, the agent installed in
it from wheels and nothing else, a parcel delivered by it against a broker on this machine.

Needs root, debootstrap and qemu-user-static with binfmt-support. The root is made once (about five
minutes) and kept in DROVER_ARM64_ROOT (default ~/.cache/drover/arm64).
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.endurance.live_site import MANUFACTURER, LiveSite, live_site
from tests.tools import require_tool

pytestmark = pytest.mark.endurance

CHECKOUT = Path(__file__).parents[2]
ROOT = Path(os.environ.get("DROVER_ARM64_ROOT", Path.home() / ".cache/drover/arm64"))
SUITE, MIRROR = "bookworm", "http://deb.debian.org/debian"
PACKAGES = "python3,python3-venv,python3-pip,ca-certificates"
INSIDE = "/opt/drover"
BINFMT = Path("/proc/sys/fs/binfmt_misc/qemu-aarch64")
DELIVERED_WITHIN_S = 900

AGENT = """\
[robot]
manufacturer = "{manufacturer}"
serial = "{serial}"
compartments = {compartments}
keys_file = "/site/robot.key"
speed_mm_s = 3000
[broker]
url = "{broker}"
state_period_ms = 1000
[driver]
name = "emulated"
[driver.options]
codes = "/site/outbox.jsonl"
no_show_pct = 0
late_pct = 0
[files]
map = "/site/campus.geojson"
state_dir = "/site/state"
[clock]
trust = "always"
"""


def told(started_s: float, what: str) -> None:
    """A line of the run's record."""
    sys.stderr.write(f"arm64: {what}: {time.monotonic() - started_s:.0f} s\n")


def inside(*words: str) -> subprocess.CompletedProcess[str]:
    """Runs a command in the arm64 root; its output is in the assertion that fails."""
    done = subprocess.run(
        ["chroot", str(ROOT), *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def arm64_root() -> Path:
    """A minimal arm64 Debian with Python."""
    if os.geteuid() != 0:
        pytest.skip("needs root (sudo)")
    debootstrap = require_tool("debootstrap")
    if not BINFMT.exists():
        pytest.skip("needs binfmt (mount it, then: update-binfmts --enable qemu-aarch64)")
    started_s = time.monotonic()
    if not (ROOT / "usr/bin/python3").exists():
        ROOT.mkdir(parents=True, exist_ok=True)
        words = ["--arch=arm64", "--variant=minbase", f"--include={PACKAGES}"]
        subprocess.run([debootstrap, *words, SUITE, str(ROOT), MIRROR], check=True)
        told(started_s, "debootstrap")
    assert inside("python3", "-c", "import platform; print(platform.machine())").stdout == (
        "aarch64\n"
    )
    return ROOT


@pytest.fixture(scope="module")
def agent(arm64_root: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The agent, installed from wheels alone; the program's path inside the root."""
    started_s = time.monotonic()
    wheels = tmp_path_factory.mktemp("wheels")
    pip = [sys.executable, "-m", "pip"]
    subprocess.run([*pip, "wheel", "-q", "--no-deps", "-w", wheels, CHECKOUT], check=True)
    own = next(wheels.glob("drover_dispatch-*.whl"))
    platform = ["--platform", "manylinux2014_aarch64", "--platform", "manylinux_2_28_aarch64"]
    python = ["--python-version", "3.11", "--implementation", "cp"]
    constraints = ["-c", str(CHECKOUT / "constraints.txt")]
    only = ["--only-binary", ":all:"]
    words = ["download", "-q", *only, *platform, *python, *constraints, "-d", str(wheels)]
    subprocess.run([*pip, *words, f"{own}[agent]"], check=True)
    told(started_s, f"{len(list(wheels.iterdir()))} wheels fetched")
    there = arm64_root / "wheels"
    shutil.rmtree(there, ignore_errors=True)
    shutil.copytree(wheels, there)
    shutil.rmtree(arm64_root / INSIDE[1:], ignore_errors=True)
    inside("python3", "-m", "venv", INSIDE)
    pip_inside = [f"{INSIDE}/bin/pip", "install", "-q", "--no-index", "--find-links", "/wheels"]
    inside(*pip_inside, "drover-dispatch[agent]")
    told(started_s, "installed in the root")
    return f"{INSIDE}/bin/robot-agent"


@pytest.fixture
def site(arm64_root: Path) -> Iterator[LiveSite]:
    """In real time: the agent's clock knows no time-lapse."""
    folder = arm64_root / "site"
    shutil.rmtree(folder, ignore_errors=True)
    with live_site(folder, speed=1.0) as running:
        yield running


def test_an_arm64_root_installs_the_agent_from_wheels_and_delivers_a_parcel(
    agent: str, site: LiveSite
) -> None:
    serial = site.serials[0]
    key = json.loads(site.keys.read_text(encoding="utf-8"))[f"{MANUFACTURER}/{serial}"]
    (site.folder / "robot.key").write_text(key + "\n", encoding="utf-8")
    (site.folder / "agent.toml").write_text(
        AGENT.format(
            manufacturer=MANUFACTURER,
            serial=serial,
            compartments=json.dumps(site.compartments),
            broker=site.broker_url,
        ),
        encoding="utf-8",
    )
    started_s = time.monotonic()
    log = (site.folder / "logs" / "agent.log").open("wb")
    command = ["chroot", str(ROOT), agent, "run", "--config", "/site/agent.toml"]
    with log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            destination = site.places("stop")[0]
            parcel = site.announce(
                kind="delivery", destination=destination, recipient="somebody", at_station=True
            )
            site.wait(
                lambda: site.parcel(parcel)["state"] == "delivered",
                DELIVERED_WITHIN_S,
                "it is not delivered",
            )
            told(started_s, "delivered")
        finally:
            process.terminate()
            code = process.wait(60)
    said = (site.folder / "logs" / "agent.log").read_text(encoding="utf-8")
    assert code == 0, said
    assert site.parcel(parcel)["custody_known"]
