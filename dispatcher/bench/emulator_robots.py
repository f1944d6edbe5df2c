# SPDX-License-Identifier: Apache-2.0
"""The processes whose cost is measured: many emulated robots, or the agent of one.

What must hold: they are started as a user starts them, and send a state a second.
"""

import json
import secrets
import sys
from pathlib import Path
from typing import Literal

from dispatcher.data_files import demo_campus_path
from dispatcher.demo.broker import HOST
from dispatcher.demo.child import Child

Agent = Literal["emulate", "run"]
"""Which command of robot-agent; `run` is one robot."""

MANUFACTURER = "bench"
STATE_PERIOD_MS = 1_000


def robots_child(agent: Agent, count: int, port: int, folder: Path) -> Child:
    """Not started yet; its files and log are in `folder`."""
    words = _run(port, folder) if agent == "run" else _emulate(count, port, folder)
    command = [sys.executable, "-m", "robot_agent.cli", *words]
    return Child("robots", command, folder / "logs" / "robots.log")


def _emulate(count: int, port: int, folder: Path) -> list[str]:
    robots = [f"{MANUFACTURER}/R{number}" for number in range(1, count + 1)]
    keys, codes = folder / "keys.json", folder / "codes.jsonl"
    keys.write_text(json.dumps({robot: secrets.token_hex(32) for robot in robots}))
    options = {
        "--broker": f"mqtt://{HOST}:{port}",
        "--map": demo_campus_path(),
        "--count": count,
        "--manufacturer": MANUFACTURER,
        "--keys": keys,
        "--codes": codes,
        "--state-period-ms": STATE_PERIOD_MS,
    }
    return ["emulate", *(str(word) for option in options.items() for word in option)]


def _run(port: int, folder: Path) -> list[str]:
    from robot_agent.campus import read_campus

    campus = read_campus(demo_campus_path())
    # Somebody has put it where a road ends: a place may lie beside the road, and it drives there.
    start = next(
        edge.to_node for edge in campus.edges.values() if edge.to_node not in campus.places
    )
    keys, config = folder / "robot.keys", folder / "agent.toml"
    keys.write_text(secrets.token_hex(32) + "\n")
    keys.chmod(0o600)
    tables: dict[str, dict[str, str | int]] = {
        "robot": {"manufacturer": MANUFACTURER, "serial": "R1", "keys_file": str(keys)},
        "broker": {"url": f"mqtt://{HOST}:{port}", "state_period_ms": STATE_PERIOD_MS},
        "driver": {"name": "emulated"},
        "driver.options": {"start": start},
        "files": {"map": str(demo_campus_path()), "state_dir": str(folder / "state")},
        "clock": {"trust": "always"},
    }
    lines = []
    for table, values in tables.items():
        lines.append(f"[{table}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    config.write_text("\n".join(lines) + "\n")
    return ["run", "--config", str(config)]
