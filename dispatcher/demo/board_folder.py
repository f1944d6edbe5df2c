# SPDX-License-Identifier: Apache-2.0
"""The files by which real agents drive robots whose boards are without hardware.

What must hold: an agent finds its boards where `robot-agent board emulate` links them, and knows
where that puts its robot down.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from dispatcher.parcel_file import ParcelRow
from dispatcher.simulation.fleet import MANUFACTURER
from robot_agent.campus import Campus
from robot_agent.emulated_fleet import starting_places

BOARD_COMPARTMENTS: Final = ("S1", "M1", "L1")
SPEED_MM_S: Final = 1_600
"""A little less than the 6 km/h that a drive board allows."""


class BoardFolder:
    """Where it all lies: boards' lines in `lines`, per robot an agent's settings and key."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines = path / "lines"
        self.errands = path / "errands.jsonl"

    @property
    def ledger(self) -> Path:
        """What changed hands in the plant's world."""
        return self.lines / "ledger.jsonl"

    @property
    def control(self) -> Path:
        """The plant's socket for hands."""
        return self.lines / "control"

    def agent(self, serial: str) -> Path:
        """An agent's settings."""
        return self.path / f"{serial}.toml"

    def write_agents(
        self,
        campus: Campus,
        campus_file: Path,
        serials: Sequence[str],
        keys: Mapping[str, str],
        broker_url: str,
        compartments: Sequence[str] = BOARD_COMPARTMENTS,
    ) -> None:
        """Settings and key of each. Raises ValueError where the map has no place for them."""
        self.path.mkdir(parents=True, exist_ok=True)
        places = starting_places(campus, len(serials))
        for serial, place in zip(serials, places, strict=True):
            key_file = self.path / f"{serial}.key"
            key_file.touch(mode=0o600)
            key_file.write_text(keys[f"{MANUFACTURER}/{serial}"] + "\n", encoding="utf-8")
            tables: dict[str, dict[str, object]] = {
                "robot": {
                    "manufacturer": MANUFACTURER,
                    "serial": serial,
                    "compartments": list(compartments),
                    "occupancy_sensor": True,
                    "keys_file": str(key_file),
                    "speed_mm_s": SPEED_MM_S,
                },
                "broker": {"url": broker_url},
                "driver": {"name": "board"},
                "driver.options": {
                    "drive": str(self.lines / serial / "drive"),
                    "locker": str(self.lines / serial / "locker"),
                    "start": place.id,
                },
                "files": {
                    "map": str(campus_file),
                    "state_dir": str(self.path / f"{serial}.state"),
                },
                "clock": {"trust": "always"},
            }
            self.agent(serial).write_text(_toml(tables), encoding="utf-8")

    def write_errands(self, rows: Iterable[ParcelRow]) -> None:
        """Who waits where for which parcel."""
        errands = ({"parcel": row.parcel, "place": row.stop} for row in rows)
        lines = "".join(json.dumps(errand) + "\n" for errand in errands)
        self.errands.write_text(lines, encoding="utf-8")


def _toml(tables: Mapping[str, Mapping[str, object]]) -> str:
    """A JSON string, number, truth or array of strings is also one of TOML."""
    blocks = []
    for name, values in tables.items():
        lines = (f"{key} = {json.dumps(value)}" for key, value in values.items())
        blocks.append("\n".join((f"[{name}]", *lines)))
    return "\n\n".join(blocks) + "\n"
