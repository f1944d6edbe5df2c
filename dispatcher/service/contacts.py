# SPDX-License-Identifier: Apache-2.0
"""The codes that open compartments: the erasable secrets beside a journal.

What must hold: a code is drawn by `secrets`, is six digits, and no two parcels in here have the
same one; a (parcel, version) has one code until it is erased, and it is on the disk before anybody
hears of it. A code is never logged and never enters the core, the journal or an error text.
"""

import secrets
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from dispatcher.service.journal import connect

CONTACTS_FILE: Final = "contacts.sqlite"

_CODES: Final = 1_000_000
_DRAWS_MAX: Final = 10_000
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS codes (parcel TEXT NOT NULL, version INTEGER NOT NULL,
  code TEXT NOT NULL, PRIMARY KEY (parcel, version)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS codes_by_code ON codes (code);
"""


class ContactsError(RuntimeError):
    """The store cannot be opened, or has no free code left."""


class Contacts:
    """The codes of one site's open parcels."""

    def __init__(
        self, folder: Path, draw: Callable[[int], int] = secrets.randbelow, codes: int = _CODES
    ) -> None:
        self._draw = draw
        self._codes = codes
        path = folder / CONTACTS_FILE
        try:
            path.touch(mode=0o600)
            self._connection = connect(path)
            # Erased means gone from the file, too.
            self._connection.execute("PRAGMA secure_delete=ON")
            self._connection.executescript(_TABLE)
        except (sqlite3.DatabaseError, OSError) as error:
            raise ContactsError(f"{path}: cannot be opened: {error}") from error

    def code_of(self, parcel: str, version: int) -> str:
        """The code of this version of a parcel's handover, drawn if there is none yet."""
        row = self._connection.execute(
            "SELECT code FROM codes WHERE parcel = ? AND version = ?", (parcel, version)
        ).fetchone()
        if row:
            return str(row[0])
        code = self._free_code()
        self._connection.execute("INSERT INTO codes VALUES (?, ?, ?)", (parcel, version, code))
        return code

    def parcels(self) -> tuple[str, ...]:
        """Every parcel that has a code, sorted."""
        rows = self._connection.execute("SELECT DISTINCT parcel FROM codes ORDER BY parcel")
        return tuple(row[0] for row in rows)

    def erase(self, parcels: Iterable[str]) -> None:
        """Forget these parcels' codes for good."""
        gone = [(parcel,) for parcel in parcels]
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.executemany("DELETE FROM codes WHERE parcel = ?", gone)
            self._connection.execute("COMMIT")
        except sqlite3.Error:
            # Left open, it would swallow the next code drawn: told to people, never on the disk.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        # The write-ahead log holds what was erased until it is taken over.
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _free_code(self) -> str:
        for _ in range(_DRAWS_MAX):
            code = f"{self._draw(self._codes):06d}"
            if not self._connection.execute(
                "SELECT 1 FROM codes WHERE code = ?", (code,)
            ).fetchone():
                return code
        raise ContactsError("no free six-digit code was found: too many parcels are open")
