# SPDX-License-Identifier: Apache-2.0
"""One site's journal: a SQLite file of records and snapshots, and who may go on writing it.

What must hold: one process at a time has it open (a lock beside it); it is continued only for the
site, map and format it was begun with; records are numbered from 0 without a gap, and each hangs on
the one before. `journal_writer.py` writes it, this module opens and reads it.
"""

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, Self
from zoneinfo import TZPATH

import msgspec

from dispatcher.core.record import FORMAT, Record, head_link, unpack, verify_link

JOURNAL_FILE: Final = "journal.sqlite"
LOCK_FILE: Final = "journal.lock"
REASON_MAX: Final = 500

_LIBRARIES: Final = ("msgspec", "numpy", "ortools", "scipy", "shapely")
_BUSY_S: Final = 10.0
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS head (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS records (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL,
  event BLOB NOT NULL, effects BLOB NOT NULL, chain BLOB NOT NULL, state_hash TEXT NOT NULL,
  raised TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS snapshots (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL,
  state BLOB NOT NULL, state_hash TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS skips (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL,
  reason TEXT NOT NULL);
"""
_SELECT: Final = "SELECT seq, at_ms, event, effects, chain, state_hash, raised FROM records"


class JournalError(ValueError):
    """The journal cannot be opened or continued; one sentence that says why."""


class Snapshot(msgspec.Struct, frozen=True):
    """The core's state after record `seq`."""

    seq: int
    at_ms: int
    state: bytes
    state_hash: str


class Fault(msgspec.Struct, frozen=True):
    """A record whose event the core could not take, and its error."""

    seq: int
    text: str


def connect(path: Path) -> sqlite3.Connection:
    """A connection as every writer of a journal needs it: a commit is on the disk."""
    connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


class Journal:
    """An open journal: who it belongs to, where it ends, what is in it."""

    def __init__(self, folder: Path, lock: int, connection: sqlite3.Connection) -> None:
        self.path = folder / JOURNAL_FILE
        self._lock = lock
        self._connection = connection
        self.head: dict[str, str] = dict(connection.execute("SELECT key, value FROM head"))
        last = connection.execute(
            "SELECT seq, at_ms, chain FROM records ORDER BY seq DESC LIMIT 1"
        ).fetchone()
        first_link = head_link(json.dumps(self.head, sort_keys=True).encode())
        self.last_seq: int = last[0] if last else -1
        self.last_at_ms: int = last[1] if last else 0
        self.chain: bytes = last[2] if last else first_link
        self._first_link = first_link

    @classmethod
    def open(cls, folder: Path, *, site: str, map_digest: str, created_ms: int) -> Self:
        """Open the journal in `folder`, or begin one. Raises JournalError."""
        folder.mkdir(parents=True, exist_ok=True)
        lock = _take_lock(folder)
        try:
            connection = connect(folder / JOURNAL_FILE)
            connection.executescript(_TABLES)
            begin = {
                "format": str(FORMAT),
                "software": software_version(),
                "site": site,
                "map_digest": map_digest,
                "created_ms": str(created_ms),
                "libraries": _library_versions(),
            }
            connection.execute("BEGIN IMMEDIATE")
            if not connection.execute("SELECT 1 FROM head LIMIT 1").fetchone():
                connection.executemany("INSERT INTO head VALUES (?, ?)", sorted(begin.items()))
            connection.execute("COMMIT")
            journal = cls(folder, lock, connection)
            journal._check_head(site, map_digest)
        except sqlite3.DatabaseError as error:
            os.close(lock)
            raise _unusable(folder, error) from error
        except JournalError:
            os.close(lock)
            raise
        return journal

    @classmethod
    def open_existing(cls, folder: Path) -> Self:
        """Open a journal for a person's repair, whatever its site and map. Raises JournalError."""
        if not (folder / JOURNAL_FILE).is_file():
            raise JournalError(f"{folder}: no {JOURNAL_FILE} here")
        lock = _take_lock(folder)
        try:
            return cls(folder, lock, connect(folder / JOURNAL_FILE))
        except sqlite3.DatabaseError as error:
            os.close(lock)
            raise _unusable(folder, error) from error

    @property
    def epoch(self) -> int:
        """Grows with every journal begun: the second in which this one was."""
        return int(self.head["created_ms"]) // 1000

    def records_after(self, seq: int) -> Iterator[Record]:
        """The records after number `seq`, each checked against the one before. Raises
        JournalError for a gap, RecordError for a changed byte."""
        before = self._chain_at(seq)
        for expected, row in enumerate(
            self._connection.execute(f"{_SELECT} WHERE seq > ? ORDER BY seq", (seq,)), seq + 1
        ):
            record = Record(*row)
            if record.seq != expected:
                raise JournalError(f"{self.path}: record {expected} is missing")
            verify_link(record, before)
            before = record.chain
            yield record

    def latest_snapshot(self) -> Snapshot | None:
        """The snapshot nearest to the journal's end; None where there is none to be read."""
        row = self._connection.execute(
            "SELECT seq, at_ms, state, state_hash FROM snapshots WHERE seq <= ? "
            "ORDER BY seq DESC LIMIT 1",
            (self.last_seq,),
        ).fetchone()
        try:
            return Snapshot(row[0], row[1], unpack(row[2]), row[3]) if row else None
        except ValueError:
            return None

    def open_fault(self) -> Fault | None:
        """The event that froze the site, unless a person has skipped it."""
        row = self._connection.execute(
            "SELECT seq, raised FROM records WHERE raised != '' "
            "AND seq NOT IN (SELECT seq FROM skips) ORDER BY seq LIMIT 1"
        ).fetchone()
        return Fault(*row) if row else None

    def skip(self, seq: int, reason: str, at_ms: int) -> None:
        """Note that a person lets the site go on without event `seq`. Raises JournalError."""
        if not reason.strip() or len(reason) > REASON_MAX:
            raise JournalError(f"a reason of 1 to {REASON_MAX} characters is needed")
        fault = self.open_fault()
        if fault is None or fault.seq != seq:
            here = f"record {fault.seq} is" if fault else "no record is"
            raise JournalError(f"{self.path}: record {seq} does not freeze the site: {here}")
        self._connection.execute("INSERT INTO skips VALUES (?, ?, ?)", (seq, at_ms, reason))

    def close(self) -> None:
        """Let another process have it."""
        self._connection.close()
        os.close(self._lock)

    def _chain_at(self, seq: int) -> bytes:
        if seq < 0:
            return self._first_link
        row = self._connection.execute("SELECT chain FROM records WHERE seq = ?", (seq,)).fetchone()
        if row is None:
            raise JournalError(f"{self.path}: record {seq} is missing")
        return bytes(row[0])

    def _check_head(self, site: str, map_digest: str) -> None:
        found, here = self.head, self.path
        if found.get("format") != str(FORMAT):
            text = f"{here}: written in format {found.get('format')}, this software needs {FORMAT}"
            raise JournalError(text)
        if found.get("site") != site:
            raise JournalError(f"{here}: belongs to site {found.get('site')}, not to {site}")
        if found.get("map_digest") != map_digest:
            raise JournalError(
                f"{here}: was begun on another map ({found.get('map_digest', '')[:12]}, now "
                f"{map_digest[:12]}): put that map back, or give the site a new data_dir"
            )


def software_version() -> str:
    """This software, as the head of a journal names it."""
    try:
        return f"drover-dispatch {version('drover-dispatch')}"
    except PackageNotFoundError:  # a checkout that nobody installed
        return "drover-dispatch (not installed)"


def _library_versions() -> str:
    found: list[str] = []
    for name in _LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} -")
    return ", ".join([*found, f"tzdata {_time_zones()}"])


def _time_zones() -> str:
    """Which release of the time zones this machine has: hours are decided by it."""
    for folder in TZPATH:
        try:
            with (Path(folder) / "tzdata.zi").open(encoding="ascii") as file:
                return file.readline().removeprefix("# version ").strip()[:20]
        except (OSError, UnicodeDecodeError):
            continue
    try:
        return version("tzdata")
    except PackageNotFoundError:
        return "-"


def _unusable(folder: Path, error: sqlite3.DatabaseError) -> JournalError:
    # A full disk or a lack of rights is no fault of the file.
    here = isinstance(error, sqlite3.OperationalError)
    how = "cannot be opened" if here else "not a journal"
    return JournalError(f"{folder / JOURNAL_FILE}: {how}: {error}")


def _take_lock(folder: Path) -> int:
    lock = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise JournalError(f"{folder / JOURNAL_FILE}: another process has it open") from None
    return lock
