# SPDX-License-Identifier: Apache-2.0
"""The codes that open compartments, and the tokens of recipients' pages: the erasable secrets
beside a journal.

What must hold: both are drawn by `secrets`; a (parcel, version) has one code until it is erased,
and it is on the disk before anybody hears of it. A code is six digits; one recipient's open parcels
share one where they can, two recipients never do, and a parcel never gets a code again that it had.
Nothing of it is logged or enters the core, the journal or an error text.
"""

import hashlib
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from dispatcher.service.journal import connect

CONTACTS_FILE: Final = "contacts.sqlite"

_CODES: Final = 1_000_000
_DRAWS_MAX: Final = 10_000
_TOKEN_BYTES: Final = 16
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS codes (parcel TEXT NOT NULL, version INTEGER NOT NULL,
  code TEXT NOT NULL, PRIMARY KEY (parcel, version)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS codes_by_code ON codes (code);
CREATE TABLE IF NOT EXISTS shared (code TEXT PRIMARY KEY, recipient TEXT NOT NULL,
  drawn INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS shared_by_recipient ON shared (recipient);
CREATE TABLE IF NOT EXISTS tokens (parcel TEXT PRIMARY KEY, token TEXT NOT NULL,
  digest TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tokens_by_digest ON tokens (digest);
"""
# The recipient's code that was drawn last, unless a parcel had it and has another one now, be it
# this one or another: then something has happened to it that others must not suffer from.
_SHARED: Final = """
SELECT shared.code FROM shared WHERE recipient = ? AND NOT EXISTS (
  SELECT 1 FROM codes AS old WHERE old.code = shared.code AND version < (
    SELECT max(version) FROM codes AS own WHERE own.parcel = old.parcel))
AND code NOT IN (SELECT code FROM codes WHERE parcel = ?)
ORDER BY drawn DESC LIMIT 1
"""
_UNUSED: Final = "DELETE FROM shared WHERE code NOT IN (SELECT code FROM codes)"


class ContactsError(RuntimeError):
    """The store cannot be opened, or has no free code left."""


class Contacts:
    """The codes and page tokens of one site's open parcels."""

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
            self._connection.executescript(_TABLES)
        except (sqlite3.DatabaseError, OSError) as error:
            raise ContactsError(f"{path}: cannot be opened: {error}") from error

    def code_of(self, parcel: str, version: int, recipient: str = "") -> str:
        """The code of this version of a parcel's handover, drawn or shared if there is none yet;
        without a `recipient` it is the parcel's alone."""
        found = self._one(
            "SELECT code FROM codes WHERE parcel = ? AND version = ?", parcel, version
        )
        if found:
            return found
        code = self._one(_SHARED, recipient, parcel) if recipient else ""
        with self._transaction():
            if not code:
                code = self._free_code()
                if recipient:
                    self._connection.execute(
                        "INSERT INTO shared SELECT ?, ?, 1 + coalesce(max(drawn), 0) FROM shared",
                        (code, recipient),
                    )
            self._connection.execute("INSERT INTO codes VALUES (?, ?, ?)", (parcel, version, code))
        return code

    def token_of(self, parcel: str) -> str:
        """What the address of the recipient's page ends with: whoever knows it may try codes."""
        found = self._one("SELECT token FROM tokens WHERE parcel = ?", parcel)
        if found:
            return found
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        row = (parcel, token, _digest(token))
        self._connection.execute("INSERT INTO tokens VALUES (?, ?, ?)", row)
        return token

    def parcel_of(self, token: str) -> str:
        """Whose page it is, or nothing. Looked up by a digest: how long it takes tells nothing of
        tokens that are nearly right."""
        return self._one("SELECT parcel FROM tokens WHERE digest = ?", _digest(token))

    def parcels(self) -> tuple[str, ...]:
        """Every parcel that has a code or a token, sorted."""
        rows = self._connection.execute(
            "SELECT parcel FROM codes UNION SELECT parcel FROM tokens ORDER BY parcel"
        )
        return tuple(row[0] for row in rows)

    def erase(self, parcels: Iterable[str]) -> None:
        """Forget these parcels' codes and tokens for good."""
        gone = [(parcel,) for parcel in parcels]
        with self._transaction():
            self._connection.executemany("DELETE FROM codes WHERE parcel = ?", gone)
            self._connection.executemany("DELETE FROM tokens WHERE parcel = ?", gone)
            self._connection.execute(_UNUSED)
        # The write-ahead log holds what was erased until it is taken over.
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _one(self, question: str, *values: str | int) -> str:
        row = self._connection.execute(question, values).fetchone()
        return str(row[0]) if row else ""

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            # Left open, it would swallow the next code drawn: told to people, never on the disk.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def _free_code(self) -> str:
        for _ in range(_DRAWS_MAX):
            code = f"{self._draw(self._codes):06d}"
            if not self._one("SELECT 1 FROM codes WHERE code = ?", code):
                return code
        raise ContactsError("no free six-digit code was found: too many parcels are open")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
