"""One SQLite file that several worker processes share: WAL, one writing and one reading thread each."""

import asyncio
import hashlib
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from shared.errors import Unavailable

BUSY_TIMEOUT_S = 5.0


class Database:
    """Opens at first use and never waits for a lock on the event loop.

    `dependency` is the name that Unavailable carries. With `durable` a commit survives a loss of power,
    which costs an fsync; without it, it survives the death of the process.
    """

    def __init__(self, path: str | Path, dependency: str, schema: str, *, durable: bool = False):
        self._path = Path(path)
        self._dependency = dependency
        self._schema = schema
        self._durable = durable
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._writing = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"{dependency}-write")
        self._reading = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"{dependency}-read")

    async def write[T](self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in one transaction that holds the write lock from its first statement.

        Raises Unavailable when the file cannot be used or stays locked by somebody else.
        """
        return await asyncio.get_running_loop().run_in_executor(self._writing, self._write, work)

    async def read[T](self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` on a connection that sees what is committed. Raises Unavailable as `write` does."""
        return await asyncio.get_running_loop().run_in_executor(self._reading, self._read, work)

    def close(self) -> None:
        """Wait for work under way and close; the next use opens again only in a new Database."""
        self._writing.shutdown()
        self._reading.shutdown()
        for connection in (self._writer, self._reader):
            if connection is not None:
                connection.close()

    def _write[T](self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            if self._writer is None:
                self._writer = self._open()
            with self._writer:
                self._writer.execute("BEGIN IMMEDIATE")
                return work(self._writer)
        except sqlite3.DatabaseError as error:
            raise Unavailable(self._dependency, str(error)) from error

    def _read[T](self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            if self._reader is None:
                self._reader = self._open()
            return work(self._reader)
        except sqlite3.DatabaseError as error:
            raise Unavailable(self._dependency, str(error)) from error

    def _open(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(self._dependency, str(error)) from error
        connection = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        try:
            _use_wal(connection)
            connection.execute(f"PRAGMA synchronous = {'FULL' if self._durable else 'NORMAL'}")
            _apply(connection, self._schema)
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection


def _apply(connection: sqlite3.Connection, schema: str) -> None:
    """Create what `schema` names, unless noted as done: opening then needs no write lock."""
    digest = hashlib.sha256(schema.encode()).hexdigest()
    noted = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'applied_schemas'").fetchone()
    if noted and connection.execute("SELECT 1 FROM applied_schemas WHERE digest = ?", (digest,)).fetchone():
        return
    connection.executescript(
        "BEGIN IMMEDIATE;\n"
        "CREATE TABLE IF NOT EXISTS applied_schemas (digest TEXT PRIMARY KEY) WITHOUT ROWID;\n"
        f"{schema}\n"
        f"INSERT OR IGNORE INTO applied_schemas VALUES ('{digest}');\n"
        "COMMIT;"
    )


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL; two processes that do so at once collide, and SQLite does not wait for that lock."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
