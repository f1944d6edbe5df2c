# SPDX-License-Identifier: Apache-2.0
"""What stands between two makes: a broker, and our robots as a process of their own.

How our agent is started stands here and nowhere else.
"""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.peers import peers_campus
from tests.tools import require_tool

ROOT = Path(__file__).parents[2]
MANUFACTURER = "drover"
INTERFACE = "peers"
UP_WITHIN_S = 20
SPEED = 30
KEY = "00112233445566778899aabbccddeeff"


def free_port() -> int:
    """Nobody listens there now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def broker() -> Iterator[str]:
    """mosquitto, and its URL."""
    port = free_port()
    program = require_tool("mosquitto")
    child = subprocess.Popen([str(program), "-p", str(port)], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + UP_WITHIN_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                assert time.monotonic() < deadline, "the broker did not come up"
                time.sleep(0.02)
        yield f"mqtt://127.0.0.1:{port}"
    finally:
        child.terminate()
        child.wait(10)


@contextmanager
def our_robots(url: str, folder: Path, count: int, codes: Mapping[str, str]) -> Iterator[None]:
    """R1 ... R<count> of our make, all at the station `st`; people know `codes` by parcel."""
    campus = folder / "campus.geojson"
    campus.write_text(peers_campus.geojson(), encoding="utf-8")
    names = [f"{MANUFACTURER}/R{number}" for number in range(1, count + 1)]
    (folder / "keys.json").write_text(json.dumps(dict.fromkeys(names, KEY)), encoding="utf-8")
    lines = [{"parcel": parcel, "version": 1, "code": code} for parcel, code in codes.items()]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "codes.jsonl").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "robot_agent.cli", "emulate", "--map", str(campus)]
    command += ["--broker", url, "--interface", INTERFACE, "--manufacturer", MANUFACTURER]
    command += ["--count", str(count), "--speed", str(SPEED)]
    command += ["--keys", str(folder / "keys.json"), "--codes", str(folder / "codes.jsonl")]
    command += ["--no-show-pct", "0", "--late-pct", "0"]
    child = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        yield
    finally:
        ended_early = child.poll() is not None
        child.terminate()
        _, said = child.communicate(timeout=20)
        assert not ended_early, said
        assert "Traceback" not in said, said
