# SPDX-License-Identifier: Apache-2.0
"""The one thread that writes a journal: commits whatever waits, as one transaction.

What must hold: `on_commit(seq)` is called only when every record up to `seq` is on the disk; a
commit that fails is reported once and nothing is written after it. The caller bounds how much may
wait (`limits.steps_uncommitted`).
"""

import os
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final

from dispatcher.core.record import Record, pack
from dispatcher.service.journal import Snapshot, connect

EXIT_NO_JOURNAL: Final = 3

_INSERT: Final = "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?)"


class _Stop:
    """The last thing in the queue."""


def end_process(error: Exception) -> None:
    """What happens when a commit fails: nothing decided since may leave, so the process ends."""
    sys.stderr.write(f"dispatcher: the journal cannot be written: {error}\n")
    sys.stderr.flush()
    os._exit(EXIT_NO_JOURNAL)


class JournalWriter:
    """Takes records and snapshots from any thread, in order."""

    def __init__(
        self,
        path: Path,
        *,
        on_commit: Callable[[int], None],
        on_failure: Callable[[Exception], None] = end_process,
        records_per_commit: int = 500,
        snapshots_kept: int = 3,
    ) -> None:
        self._path = path
        self._on_commit = on_commit
        self._on_failure = on_failure
        self._records_per_commit = records_per_commit
        self._snapshots_kept = snapshots_kept
        self._waiting: SimpleQueue[Record | Snapshot | _Stop] = SimpleQueue()
        self._thread = Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def append(self, record: Record) -> None:
        """Write a record; it follows the one appended before."""
        self._waiting.put(record)

    def put_snapshot(self, snapshot: Snapshot) -> None:
        """Write a snapshot, after the records appended so far."""
        self._waiting.put(snapshot)

    def close(self) -> None:
        """Write what waits and end the thread."""
        self._waiting.put(_Stop())
        self._thread.join()

    def _run(self) -> None:
        try:
            connection = connect(self._path)
            try:
                while self._commit_some(connection):
                    pass
            finally:
                connection.close()
        except Exception as error:  # noqa: BLE001 - whatever it is, no commit follows it
            self._on_failure(error)

    def _commit_some(self, connection: sqlite3.Connection) -> bool:
        """One commit; False at the end."""
        batch = [self._waiting.get()]
        while len(batch) < self._records_per_commit and not isinstance(batch[-1], _Stop):
            try:
                batch.append(self._waiting.get_nowait())
            except Empty:
                break
        last_seq = -1
        connection.execute("BEGIN IMMEDIATE")
        for item in batch:
            if isinstance(item, Record):
                last_seq = item.seq
                connection.execute(_INSERT, _row(item))
            elif isinstance(item, Snapshot):
                self._write_snapshot(connection, item)
        connection.execute("COMMIT")
        if last_seq >= 0:
            self._on_commit(last_seq)
        return not isinstance(batch[-1], _Stop)

    def _write_snapshot(self, connection: sqlite3.Connection, snapshot: Snapshot) -> None:
        connection.execute(
            "INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?)",
            (snapshot.seq, snapshot.at_ms, pack(snapshot.state), snapshot.state_hash),
        )
        connection.execute(
            "DELETE FROM snapshots WHERE seq NOT IN "
            "(SELECT seq FROM snapshots ORDER BY seq DESC LIMIT ?)",
            (self._snapshots_kept,),
        )


def _row(record: Record) -> tuple[int, int, bytes, bytes, bytes, str, str]:
    return (
        record.seq,
        record.at_ms,
        record.event,
        record.effects,
        record.chain,
        record.state_hash,
        record.raised,
    )
