"""SQLite file of the task hub: its tables, its one writing transaction at a time, its readers."""

import sqlite3
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devhost.durable_versions import Versions

_CLAIM_PATIENCE_S = 5

# Times are microseconds since 1970. `inbox` holds what an instance has not worked off yet, `due` what
# is to be delivered later (timers, delayed starts, delayed signals). A row that carries an execution_id
# belongs to that run of the instance only; a late one is dropped when the instance has moved on.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS instances (
    id TEXT PRIMARY KEY, execution_id TEXT NOT NULL, name TEXT NOT NULL, status INTEGER NOT NULL,
    parent_id TEXT, started BLOB NOT NULL, span BLOB, output TEXT, custom_status TEXT, failure BLOB,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, completed_at INTEGER);
CREATE INDEX IF NOT EXISTS instances_by_creation ON instances (created_at, id);
CREATE INDEX IF NOT EXISTS instances_by_completion ON instances (completed_at, id)
    WHERE completed_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS instances_by_parent ON instances (parent_id) WHERE parent_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS inputs (instance_id TEXT PRIMARY KEY, input TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS history (
    id INTEGER PRIMARY KEY AUTOINCREMENT, instance_id TEXT NOT NULL, events BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS history_by_instance ON history (instance_id, id);
CREATE TABLE IF NOT EXISTS inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT, instance_id TEXT NOT NULL, execution_id TEXT, event BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS inbox_by_instance ON inbox (instance_id, id);
CREATE TABLE IF NOT EXISTS due (
    id INTEGER PRIMARY KEY AUTOINCREMENT, due_at INTEGER NOT NULL, target TEXT NOT NULL,
    execution_id TEXT, event BLOB NOT NULL, trace_parent TEXT, trace_state TEXT);
CREATE INDEX IF NOT EXISTS due_by_time ON due (due_at);
CREATE INDEX IF NOT EXISTS due_by_target ON due (target);
CREATE TABLE IF NOT EXISTS activities (
    id INTEGER PRIMARY KEY AUTOINCREMENT, instance_id TEXT NOT NULL, execution_id TEXT NOT NULL,
    task_id INTEGER NOT NULL, name TEXT NOT NULL, input TEXT, trace_parent TEXT, trace_state TEXT);
CREATE INDEX IF NOT EXISTS activities_by_instance ON activities (instance_id);
CREATE TABLE IF NOT EXISTS entities (
    id TEXT PRIMARY KEY, state TEXT, lock_owner TEXT, lock_section TEXT, modified_at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS entities_by_owner ON entities (lock_owner) WHERE lock_owner IS NOT NULL;
CREATE TABLE IF NOT EXISTS operations (
    id INTEGER PRIMARY KEY AUTOINCREMENT, entity_id TEXT NOT NULL, owner TEXT, section TEXT,
    event BLOB NOT NULL, trace_parent TEXT, trace_state TEXT);
CREATE INDEX IF NOT EXISTS operations_by_entity ON operations (entity_id, id);
CREATE INDEX IF NOT EXISTS operations_by_lock ON operations (owner) WHERE section IS NOT NULL;
"""


@dataclass(slots=True)
class Transaction:
    """One atomic change, with what has to be woken once it is committed; `soon` are orchestrations that may linger."""

    connection: sqlite3.Connection
    versions: Versions = field(default_factory=Versions)
    orchestrations: list[str] = field(default_factory=list[str])
    soon: list[str] = field(default_factory=list[str])
    activities: list[int] = field(default_factory=list[int])
    entities: list[str] = field(default_factory=list[str])
    changed: list[str] = field(default_factory=list[str])
    schedule_changed: bool = False

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        """Run one statement inside the transaction."""
        return self.connection.execute(sql, values)

    def one(self, sql: str, *values: Any) -> sqlite3.Row | None:
        """Return the first row of a query, None when there is none."""
        return self.connection.execute(sql, values).fetchone()

    def all(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Return every row of a query."""
        return self.connection.execute(sql, values).fetchall()


class Store:
    """The file behind the hub; `write` is exclusive, `read` never waits for a writer."""

    def __init__(self, database: Path, publish: Callable[[Transaction], None]) -> None:
        """Open or create the file.

        Raises:
            OSError: another process uses it.
        """
        self._publish = publish
        self.versions = Versions()
        self._write_lock = threading.RLock()
        self._read_lock = threading.Lock()
        database.parent.mkdir(parents=True, exist_ok=True)
        self._claim = self._claim_file(database)
        self._writer = self._connect(database)
        # WAL with NORMAL loses nothing when the process dies: a commit is in the file system by then.
        self._writer.execute("PRAGMA journal_mode = WAL")
        self._writer.execute("PRAGMA synchronous = NORMAL")
        self._writer.executescript(_SCHEMA)
        self._reader = self._connect(database)

    @staticmethod
    def _claim_file(database: Path) -> sqlite3.Connection:
        """Hold a lock beside the file, which goes with the process: two hosts would run everything twice."""
        claim = sqlite3.connect(
            f"{database}.claim", isolation_level=None, check_same_thread=False, timeout=_CLAIM_PATIENCE_S
        )
        try:
            claim.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            claim.close()
            raise OSError(f"{database} is in use by another host.") from error
        return claim

    @staticmethod
    def _connect(database: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(database, isolation_level=None, check_same_thread=False, timeout=30)
        connection.row_factory = sqlite3.Row
        return connection

    @contextmanager
    def write(self) -> Generator[Transaction]:
        """Open the writing transaction; commit and publish on leaving, roll back on any error."""
        with self._write_lock:
            transaction = Transaction(self._writer, self.versions)
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield transaction
                self._writer.execute("COMMIT")
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            self._publish(transaction)

    @contextmanager
    def read(self) -> Generator[Transaction]:
        """Open a consistent view of what is committed."""
        with self._read_lock:
            self._reader.execute("BEGIN")
            try:
                yield Transaction(self._reader)
            finally:
                self._reader.execute("COMMIT")

    def close(self) -> None:
        """Close the file after the calls in progress."""
        with self._write_lock, self._read_lock:
            self._reader.close()
            self._writer.close()
            self._claim.close()
