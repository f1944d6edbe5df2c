# SPDX-License-Identifier: Apache-2.0
"""Looks after a demo whose robots have boards: its desk, its books, and what both come to."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dispatcher.demo.board_books import Books
from dispatcher.demo.board_desk import Desk
from dispatcher.demo.board_folder import BoardFolder
from dispatcher.demo.daemon_api import DaemonApi, listed
from dispatcher.demo.run_folder import LISTED_MAX
from robot_agent.board.plant_ledger import read_ledger


class BoardEnding(NamedTuple):
    """How often things changed hands and robots were restarted; where books and plant differ."""

    hands: int
    released: int
    reset: int
    faults: tuple[str, ...]


class BoardWatch:
    """`ending` is None until `close`."""

    def __init__(self, api: DaemonApi, folder: BoardFolder) -> None:
        self.ending: BoardEnding | None = None
        self._api = api
        self._folder = folder
        self._desk = Desk(api, folder.control)
        self._books = Books()

    def look(self, robots: Sequence[Mapping[str, Any]]) -> None:
        """What the daemon says of the robots now. Raises DaemonGone."""
        self._desk.see_to(robots)
        self._books.read(self._api, time.monotonic())

    def close(self) -> None:
        """Compares books and ledger. Raises DaemonGone."""
        listing = self._api.get(f"/v1/parcels?limit={LISTED_MAX}")
        try:
            ledger = read_ledger(self._folder.ledger)
            faults = self._books.faults(listed(listing.body, "parcels"), ledger)
        except OSError as error:
            ledger, faults = [], [f"{self._folder.ledger}: {error.strerror}"]
        self.ending = BoardEnding(len(ledger), self._desk.released, self._desk.reset, tuple(faults))
