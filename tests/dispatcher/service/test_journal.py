# SPDX-License-Identifier: Apache-2.0
"""The journal: what is on the disk after a kill, what is refused, what is found damaged."""

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from threading import Event

import msgspec
import pytest

from dispatcher.core.events import TimePassed
from dispatcher.core.record import Record, RecordError, make_record
from dispatcher.service.journal import JOURNAL_FILE, Journal, JournalError, Snapshot
from dispatcher.service.journal_writer import JournalWriter

WRITE_FOR_EVER = """
import sys
from pathlib import Path
from dispatcher.core.events import TimePassed
from dispatcher.core.record import make_record
from dispatcher.service.journal import Journal
from dispatcher.service.journal_writer import JournalWriter
journal = Journal.open(Path(sys.argv[1]), site="s", map_digest="d", created_ms=1000)
writer = JournalWriter(journal.path, on_commit=lambda seq: print(seq, flush=True))
chain = journal.chain
for seq in range(journal.last_seq + 1, 10_000_000):
    record = make_record(seq, seq, TimePassed(), (), chain)
    chain = record.chain
    writer.append(record)
    while writer._waiting.qsize() > 50:
        pass
"""


def opened(folder: Path, map_digest: str = "d", site: str = "s") -> Journal:
    return Journal.open(folder, site=site, map_digest=map_digest, created_ms=1_000)


def records(journal: Journal, count: int) -> list[Record]:
    made: list[Record] = []
    for seq in range(journal.last_seq + 1, journal.last_seq + 1 + count):
        before = made[-1].chain if made else journal.chain
        made.append(make_record(seq, seq * 10, TimePassed(), (), before))
    return made


def write(journal: Journal, *things: Record | Snapshot, snapshots_kept: int = 3) -> list[int]:
    commits: list[int] = []
    writer = JournalWriter(journal.path, on_commit=commits.append, snapshots_kept=snapshots_kept)
    for thing in things:
        writer.append(thing) if isinstance(thing, Record) else writer.put_snapshot(thing)
    writer.close()
    return commits


def test_a_reopened_journal_goes_on_where_it_ended(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    commits = write(journal, *records(journal, 5))
    assert commits[-1] == 4
    journal.close()
    again = opened(tmp_path)
    assert (again.last_seq, again.last_at_ms) == (4, 40)
    assert [record.seq for record in again.records_after(1)] == [2, 3, 4]
    assert again.head["format"] == "1"
    again.close()


def test_a_kill_in_the_middle_of_commits_leaves_a_whole_prefix(tmp_path: Path) -> None:
    for _ in range(2):
        with subprocess.Popen(
            [sys.executable, "-c", WRITE_FOR_EVER, str(tmp_path)], stdout=subprocess.PIPE
        ) as child:
            assert child.stdout is not None
            told = -1
            for line in child.stdout:
                told = int(line)
                if told % 1_000 > 300:
                    break
            child.send_signal(signal.SIGKILL)
            rest = child.stdout.read().split()
            told = max([told, *map(int, rest[:-1])])
        journal = opened(tmp_path)
        assert journal.last_seq >= told, "a commit was reported that is not there"
        assert sum(1 for _ in journal.records_after(-1)) == journal.last_seq + 1
        journal.close()


def test_another_map_site_or_process_is_refused_in_one_line(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    with pytest.raises(JournalError, match="another process has it open"):
        opened(tmp_path)
    journal.close()
    with pytest.raises(JournalError, match="begun on another map"):
        opened(tmp_path, map_digest="e")
    with pytest.raises(JournalError, match="belongs to site s, not to t"):
        opened(tmp_path, site="t")
    opened(tmp_path).close()


def test_a_journal_of_another_format_or_no_journal_is_refused(tmp_path: Path) -> None:
    opened(tmp_path).close()
    with sqlite3.connect(tmp_path / JOURNAL_FILE) as connection:
        connection.execute("UPDATE head SET value = '99' WHERE key = 'format'")
    connection.close()
    with pytest.raises(JournalError, match="written in format 99"):
        opened(tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / JOURNAL_FILE).write_bytes(b"not a database" * 100)
    with pytest.raises(JournalError, match="not a journal"):
        opened(tmp_path / "other")


def test_one_changed_byte_is_named_by_its_record(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    write(journal, *records(journal, 6))
    journal._connection.execute("UPDATE records SET at_ms = at_ms + 1 WHERE seq = 3")
    with pytest.raises(RecordError, match="record 3"):
        list(journal.records_after(-1))
    journal._connection.execute("DELETE FROM records WHERE seq = 1")
    with pytest.raises(JournalError, match="record 1 is missing"):
        list(journal.records_after(-1))
    journal.close()


def test_old_snapshots_are_deleted(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    things: list[Record | Snapshot] = []
    for record in records(journal, 5):
        things += [record, Snapshot(record.seq, record.at_ms, b"state", "hash")]
    write(journal, *things, snapshots_kept=2)
    kept = journal._connection.execute("SELECT seq FROM snapshots ORDER BY seq").fetchall()
    assert kept == [(3,), (4,)]
    journal.close()


def test_a_commit_that_fails_is_told_once_and_ends_the_writing(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    first, second = records(journal, 2)
    failed, commits = Event(), list[int]()
    faults: list[Exception] = []

    def on_failure(error: Exception) -> None:
        faults.append(error)
        failed.set()

    writer = JournalWriter(journal.path, on_commit=commits.append, on_failure=on_failure)
    writer.append(first)
    writer.append(first)  # the same number twice cannot be written
    assert failed.wait(10)
    writer.append(second)
    assert len(faults) == 1
    assert second.seq not in commits
    journal.close()


def test_whatever_keeps_the_writer_from_committing_is_reported(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    failures: list[Exception] = []
    writer = JournalWriter(journal.path, on_commit=lambda seq: None, on_failure=failures.append)
    writer.append(msgspec.structs.replace(records(journal, 1)[0], at_ms=1 << 70))
    writer.close()
    assert len(failures) == 1
    journal.close()
