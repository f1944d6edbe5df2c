# SPDX-License-Identifier: Apache-2.0
"""The people of a demo who restart robots: an operator at the desk, and somebody who walks there.

What must hold: they go by what the daemon says of a robot and by nothing else; an operator releases
what an operator may, all other stops want a hand on the robot's reset button.
"""

import contextlib
import json
import socket
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from dispatcher.demo.daemon_api import DaemonApi, DaemonGone

AGAIN_S: Final = 3.0
WALK_S: Final = 8.0
"""From the alarm to the button."""
RESET_MS: Final = 600
ITS_STOP: Final = ("it stands: ", "it rejects order ")
"""How the daemon says that it holds a robot because that stands, or stood when an order came."""


class Desk:
    """`released` and `reset`: how often so far. `control`: the plant's socket for hands."""

    def __init__(self, api: DaemonApi, control: Path) -> None:
        self.released = 0
        self.reset = 0
        self._api = api
        self._control = control
        self._not_before_s: dict[str, float] = {}
        self._walks: dict[str, float] = {}

    def see_to(self, robots: Iterable[Mapping[str, Any]]) -> None:
        """Does for each robot what is due."""
        for robot in robots:
            name = str(robot.get("robot") or robot.get("id"))
            stands = robot.get("stands") or {}
            now_s = time.monotonic()
            if stands.get("who") == "person":
                self._walk_to(name, now_s)
                continue
            self._walks.pop(name, None)
            is_held = str(robot.get("held") or "").startswith(ITS_STOP)
            if (stands or is_held) and now_s >= self._not_before_s.get(name, 0.0):
                self._not_before_s[name] = now_s + AGAIN_S
                self._release(name)

    def _release(self, robot: str) -> None:
        with contextlib.suppress(DaemonGone):
            if self._api.post(f"/v1/robots/{robot}/release", {}).status == 200:
                self.released += 1

    def _walk_to(self, robot: str, now_s: float) -> None:
        if now_s < self._walks.setdefault(robot, now_s + WALK_S):
            return
        self._walks[robot] = now_s + WALK_S
        request = {
            "robot": robot.rpartition("/")[2],
            "press": "reset_button",
            "for_ms": RESET_MS,
        }
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as line:
            line.settimeout(AGAIN_S)
            line.connect(str(self._control))
            line.sendall(json.dumps(request).encode() + b"\n")
            line.makefile().readline()
            self.reset += 1
