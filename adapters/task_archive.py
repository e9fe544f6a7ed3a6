"""The archive of tasks on a laptop: a table in the archive's SQLite file, for listings."""

import sqlite3
from pathlib import Path
from typing import Any

from adapters.paging import is_any_of, moment, newest_first, page_size
from adapters.sqlite import Database
from shared.archives import TaskPage, TaskQuery
from shared.cursors import opaque
from shared.tasks import TaskState

_SCHEMA = """
CREATE TABLE IF NOT EXISTS tasks (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tasks_newest ON tasks (tenant, created_at, id);
CREATE INDEX IF NOT EXISTS tasks_by_type ON tasks (tenant, type, created_at, id);
CREATE INDEX IF NOT EXISTS tasks_by_status ON tasks (tenant, status, created_at, id);
"""

_PUT = """
INSERT INTO tasks (tenant, id, type, status, created_at, updated_at, state)
VALUES (:tenant, :id, :type, :status, :created_at, :updated_at, :state)
ON CONFLICT (tenant, id) DO UPDATE SET
    status = excluded.status, updated_at = excluded.updated_at, state = excluded.state
WHERE excluded.updated_at >= tasks.updated_at
"""


class SqliteTaskArchive:
    """Implements the TaskArchive port; several processes may use the same file."""

    def __init__(self, path: str | Path):
        self._database = Database(path, "archive", _SCHEMA)

    async def put(self, tenant: str, state: TaskState) -> bool:
        values = {
            "tenant": tenant,
            "id": state.id,
            "type": state.type,
            "status": state.status,
            "created_at": moment(state.created_at),
            "updated_at": moment(state.updated_at),
            "state": state.model_dump_json(),
        }
        return await self._database.write(lambda connection: connection.execute(_PUT, values).rowcount > 0)

    async def get(self, tenant: str, task_id: str) -> TaskState | None:
        rows = await self._rows("SELECT state FROM tasks WHERE tenant = ? AND id = ?", (tenant, task_id))
        return TaskState.model_validate_json(rows[0][0]) if rows else None

    async def remove(self, tenant: str, task_id: str) -> bool:
        sql = "DELETE FROM tasks WHERE tenant = ? AND id = ?"
        return await self._database.write(lambda connection: connection.execute(sql, (tenant, task_id)).rowcount > 0)

    async def find(self, query: TaskQuery) -> TaskPage:
        """Newest first; a page holds between 1 and LARGEST_PAGE tasks, whatever limit is asked for."""
        limit = page_size(query.limit)
        filters = [*is_any_of("type", query.type), *is_any_of("status", query.status)]
        sql, values = newest_first("tasks", "state", query.tenant, filters, query.cursor, limit)
        rows = await self._rows(sql, values)
        page = rows[:limit]
        return TaskPage(
            items=tuple(TaskState.model_validate_json(row[0]) for row in page),
            next_cursor=opaque(page[-1][1], page[-1][2]) if len(rows) > limit else None,
        )

    def close(self) -> None:
        self._database.close()

    async def _rows(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        def work(connection: sqlite3.Connection) -> list[Any]:
            return connection.execute(sql, values).fetchall()

        return await self._database.read(work)
