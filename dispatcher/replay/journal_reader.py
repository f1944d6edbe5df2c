# SPDX-License-Identifier: Apache-2.0
"""Reads a journal by its file format alone, without touching it.

What must hold: nothing is written, not even a lock; a journal of another format is refused before
a record of it is read. Whether the records are right is for `verify` to say.
"""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

from dispatcher.core.record import FORMAT, Record, head_link

JOURNAL_FILE: Final = "journal.sqlite"
_SELECT: Final = "SELECT seq, at_ms, event, effects, chain, state_hash, raised FROM records"


class JournalReadError(ValueError):
    """There is no journal, or none that this software reads; one sentence with file and why."""


class JournalReader:
    """An open journal: its `head`, its records in order, the hashes of its snapshots."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self.head: dict[str, str] = dict(connection.execute("SELECT key, value FROM head"))
        self.count = int(connection.execute("SELECT count(*) FROM records").fetchone()[0])

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Raises JournalReadError."""
        path = folder / JOURNAL_FILE
        if not path.is_file():
            raise JournalReadError(f"{folder}: no {JOURNAL_FILE} here")
        try:
            connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
            reader = cls(path, connection)
        except sqlite3.DatabaseError as error:
            raise JournalReadError(f"{path}: not a journal: {error}") from None
        found = reader.head.get("format")
        if found != str(FORMAT):
            raise JournalReadError(f"{path}: written in format {found}, this reads {FORMAT}")
        return reader

    @property
    def first_link(self) -> bytes:
        """What the first record hangs on."""
        return head_link(json.dumps(self.head, sort_keys=True).encode())

    def records(self) -> Iterator[Record]:
        """Every record, as it is there. Raises JournalReadError for what is not a record."""
        try:
            for row in self._connection.execute(f"{_SELECT} ORDER BY seq"):
                yield Record(*row)
        except sqlite3.DatabaseError as error:
            raise JournalReadError(f"{self.path}: cannot be read: {error}") from None

    def snapshot_hashes(self) -> dict[int, str]:
        """The state hash of each snapshot, by the record it was taken after."""
        rows = self._connection.execute("SELECT seq, state_hash FROM snapshots")
        return {int(seq): str(state_hash) for seq, state_hash in rows}

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
