# SPDX-License-Identifier: Apache-2.0
"""From a bundle to a robot at work: installed, the agent over TLS, and a copy of its card."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec

from robot_agent.cli import main as robot_agent
from robot_agent.service.config import read_settings
from tests.dispatcher.provisioning.tls_broker import TlsBroker, site_text, tls_broker, until
from tests.dispatcher.service.rig import write_site
from tests.dispatcher.service.test_serve import daemon

ROOT = Path(__file__).parents[3]
ROBOT = "acme/R1"


def installed(folder: Path, broker: TlsBroker, map_file: Path) -> Path:
    """A computer's file system with the agent of a new robot; the bundle is used up."""
    bundle = folder / "bundle.json"
    bundle.write_bytes(msgspec.json.encode(broker.add(ROBOT)))
    prefix = folder / "card"
    words = ["--bundle", bundle, "--driver", "emulated", "--map", map_file, "--prefix", prefix]
    assert robot_agent(["install", *map(str, words)]) == 0
    assert not bundle.exists()
    robot = read_settings(next(prefix.rglob("agent.toml")), {}, {}).robot
    assert (robot.compartments, robot.site) == (("S1",), "toy")
    return prefix


@contextmanager
def agent(card: Path) -> Iterator[subprocess.Popen[str]]:
    """The agent as systemd would start it from a card."""
    secrets = next(path.parent for path in card.rglob("*password*"))
    command = [
        sys.executable,
        "-m",
        "robot_agent.cli",
        "run",
        "--map",
        str(next(card.rglob("*.geojson"))),
    ]
    command += ["--config", str(next(card.rglob("agent.toml"))), "--state-dir", str(card / "state")]
    environment = {**os.environ, "CREDENTIALS_DIRECTORY": str(secrets)}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def robot_row(api: httpx.Client) -> dict[str, object]:
    rows = api.get("/v1/robots").json()["robots"]
    return next((row for row in rows if row["robot"] == ROBOT), {})


def test_a_bundle_makes_a_robot_and_a_copied_card_is_noticed(tmp_path: Path) -> None:
    with tls_broker(tmp_path) as broker:
        site_file = write_site(tmp_path, site_text(broker))
        card = installed(tmp_path, broker, tmp_path / "map.geojson")
        with daemon(site_file) as (_, api), agent(card):
            until(lambda: robot_row(api).get("mode") == "AUTOMATIC")
            assert robot_row(api)["link"] == "online"
            assert robot_row(api)["held"] == ""
            copy = Path(shutil.copytree(card, tmp_path / "copy"))
            with agent(copy):
                until(lambda: robot_row(api)["held"] != "")
