# SPDX-License-Identifier: Apache-2.0
"""What the user asked of the demo, and the one way in which it says no."""

from pathlib import Path
from typing import Final, NamedTuple

EXIT_DONE: Final = 0
EXIT_NO: Final = 1
EXIT_BAD_INPUT: Final = 2
EXIT_MISSING: Final = 3


class DemoError(Exception):
    """The demo cannot go on: one clear sentence and the exit code."""

    def __init__(self, sentence: str, code: int) -> None:
        super().__init__(sentence)
        self.code = code


class DemoOptions(NamedTuple):
    """`speed` is site time per real time; a `port` of 0 stands for any free one.

    `until_h` ends the demo after so many hours of site time, 0 when all parcels have ended.
    `firmware` names what the robots' boards run on; empty: the robots are emulated as a whole.
    """

    map: Path | None = None
    parcels: Path | None = None
    robots: int = 12
    speed: float = 30.0
    port: int = 0
    broker: str = ""
    seed: int = 1
    keep: Path | None = None
    engine: str = "kernel"
    until_h: float = 0.0
    svg: Path | None = None
    as_json: bool = False
    firmware: str = ""
