# SPDX-License-Identifier: Apache-2.0
"""The folder of one run: map, site file, robot keys, logs; the daemon's journal lies in it too.

What must hold: the folder alone is enough to start the daemon again, or to replay the run.
"""

import json
import secrets
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from dispatcher.demo.board_folder import BOARD_COMPARTMENTS, SPEED_MM_S, BoardFolder
from dispatcher.demo.broker import HOST
from dispatcher.demo.clock import DemoClock, PlannerTimes
from dispatcher.demo.options import EXIT_BAD_INPUT, DemoError
from dispatcher.simulation.fleet import (
    CHARGE_PCT_PER_H,
    COMPARTMENTS,
    MANUFACTURER,
    SERIAL_PREFIX,
)

LISTED_MAX: Final = 100_000
KEY_BYTES: Final = 32


class RunFolder:
    """Where everything of a run lies."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.campus = path / "campus.geojson"
        self.site_file = path / "site.toml"
        self.keys = path / "keys.json"
        self.outbox = path / "outbox.jsonl"
        self.logs = path / "logs"
        self.robots = path / "robots"
        self.boards = BoardFolder(path / "boards")

    @classmethod
    def create(cls, keep: Path | None) -> "RunFolder":
        """A new folder, or `keep` where it is empty or not there. Raises DemoError."""
        try:
            if keep is None:
                folder = cls(Path(tempfile.mkdtemp(prefix="drover-demo-")))
            else:
                keep.mkdir(parents=True, exist_ok=True)
                if any(keep.iterdir()):
                    raise DemoError(f"--keep {keep}: the folder is not empty", EXIT_BAD_INPUT)
                folder = cls(keep.absolute())
            folder.logs.mkdir()
        except OSError as error:
            where = f"--keep {keep}" if keep is not None else "a folder for the run"
            raise DemoError(f"{where}: {error.strerror}", EXIT_BAD_INPUT) from None
        return folder

    def remove(self) -> None:
        """Deletes it: for a demo that could not begin."""
        shutil.rmtree(self.path, ignore_errors=True)

    def write_keys(self, robots: Sequence[str]) -> None:
        """A key of its own for each robot, readable by this user only."""
        keys = {f"{MANUFACTURER}/{serial}": secrets.token_hex(KEY_BYTES) for serial in robots}
        self.keys.touch(mode=0o600)
        self.keys.write_text(json.dumps(keys, indent=1), encoding="utf-8")

    def read_keys(self) -> dict[str, str]:
        """By robot, as they were written."""
        keys: dict[str, str] = json.loads(self.keys.read_text(encoding="utf-8"))
        return keys

    def write_site(
        self,
        site_id: str,
        robots: Sequence[str],
        clock: DemoClock,
        planner: PlannerTimes,
        engine: str,
        mqtt_port: int,
        api_port: int,
        seed: int,
        *,
        with_boards: bool = False,
    ) -> None:
        """The daemon's site file (`dispatcher serve --print-config` explains every key)."""
        policy: dict[str, object] = {"charge_pct_per_h": CHARGE_PCT_PER_H}
        if with_boards:
            policy["speed_mm_s"] = SPEED_MM_S
        compartments = BOARD_COMPARTMENTS if with_boards else COMPARTMENTS
        sections: list[tuple[str, dict[str, object]]] = [
            ("[site]", {"id": site_id, "map": self.campus.name, "data_dir": "."}),
            ("[keys]", {"file": self.keys.name}),
            ("[mqtt]", {"url": f"mqtt://{HOST}:{mqtt_port}"}),
            ("[api]", {"host": HOST, "port": api_port}),
            ("[clock]", clock._asdict()),
            ("[planner]", {"engine": engine, "seed": seed, **planner._asdict()}),
            ("[policy]", policy),
            ("[limits]", {"parcels_listed": LISTED_MAX}),
            ("[notify]", {"outbox": self.outbox.name}),
            ("[log]", {"file": f"{self.logs.name}/daemon.log"}),
        ]
        sections += [
            (
                "[[robots]]",
                {"manufacturer": MANUFACTURER, "serial": serial, "compartments": compartments},
            )
            for serial in robots
        ]
        blocks = ["\n".join([head, *_lines(values)]) for head, values in sections]
        self.site_file.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


def serials(count: int) -> tuple[str, ...]:
    """The serial numbers of so many robots, as the emulator counts them."""
    return tuple(f"{SERIAL_PREFIX}{number}" for number in range(1, count + 1))


def _lines(values: dict[str, object]) -> list[str]:
    """TOML keys; a JSON string or array of strings is also one of TOML."""
    return [f"{name} = {json.dumps(value)}" for name, value in values.items()]
