"""Effects that are had once by their key, and undone once, each in one transaction with its record."""

import sqlite3
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from pydantic import TypeAdapter

from adapters.sqlite import Database
from shared.actions import Action, ActionResult, Undone
from shared.errors import Permanent
from shared.model import Model

type Marks = frozenset[str]
"""What of a thing is otherwise than its file says."""
type Effect = Callable[[Marks], tuple[ActionResult, Marks]]
type Reversal = Callable[[Action, Marks], Marks | None]
"""Puts back what the action changed; None where it is no longer as the action left it."""

_ACTION: TypeAdapter[Action] = TypeAdapter(Action)


class Thing(NamedTuple):
    """What an effect is had on, such as the user u-1."""

    kind: str
    name: str


class Done(Model):
    """The record of what was done under a key."""

    action: Action
    result: ActionResult
    undone: Undone | None = None


class Effects(Protocol):
    """Where the marks of things and the records of effects are kept, together. Raises Unavailable when it is down."""

    async def marks(self, thing: Thing) -> Marks: ...

    async def all_marks(self, kind: str) -> Mapping[str, Marks]:
        """Of all things of a kind, by name."""
        ...

    async def once(self, key: str, action: Action, thing: Thing, effect: Effect) -> ActionResult:
        """The recorded result of `key`, or the effect and its record. Raises Permanent for another action's key."""
        ...

    async def undo_once(
        self, key: str, by: str, thing_of: Callable[[Action], Thing | None], reverse: Reversal
    ) -> Undone | None:
        """Who has undone it, the caller or somebody before; None where nothing of ours was done under that key.

        Raises Permanent where there is nothing that could be put back.
        """
        ...


def had(done: Done | None, action: Action, marks: Marks, effect: Effect) -> tuple[ActionResult, Marks | None]:
    """The result, and the marks to write with it; none where it was had before. Raises Permanent."""
    if done is None:
        return effect(marks)
    if done.action != action:
        raise Permanent("another action was carried out under this key")
    return done.result, None


def put_back(done: Done, by: str, marks: Marks, reverse: Reversal) -> tuple[Undone, Marks | None]:
    """Who put it back, and the marks to write with that; none where it was put back before. Raises Permanent."""
    if done.undone is not None:
        return done.undone, None
    result = done.result
    if not result.changed:
        raise Permanent("it changed nothing, so there is nothing to undo")
    if not result.reversible:
        raise Permanent(f"{result.kind} cannot be undone")
    after = reverse(done.action, marks)
    if after is None:
        raise Permanent("it has been changed since, so it is not undone")
    return Undone(action=done.action, before=result.after, after=result.before, by=by, at=datetime.now(UTC)), after


_SCHEMA = """
CREATE TABLE IF NOT EXISTS effects (
    key TEXT PRIMARY KEY, action TEXT NOT NULL, result TEXT NOT NULL, at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS undone (key TEXT PRIMARY KEY, undone TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS marks (
    kind TEXT NOT NULL, name TEXT NOT NULL, mark TEXT NOT NULL, PRIMARY KEY (kind, name, mark)
) WITHOUT ROWID;
"""
_DONE = "SELECT action, result, undone FROM effects LEFT JOIN undone USING (key) WHERE key = ?"


class SqliteEffects:
    """On a laptop, in one SQLite file that several processes may use."""

    def __init__(self, path: str | Path, dependency: str):
        self._database = Database(path, dependency, _SCHEMA, durable=True)

    async def marks(self, thing: Thing) -> Marks:
        return await self._database.read(lambda connection: _marks(connection, thing))

    async def all_marks(self, kind: str) -> Mapping[str, Marks]:
        sql = "SELECT name, mark FROM marks WHERE kind = ?"
        rows = await self._database.read(lambda connection: connection.execute(sql, (kind,)).fetchall())
        found: dict[str, Marks] = {}
        for name, mark in rows:
            found[name] = found.get(name, frozenset()) | {mark}
        return found

    async def once(self, key: str, action: Action, thing: Thing, effect: Effect) -> ActionResult:
        def work(connection: sqlite3.Connection) -> ActionResult:
            result, after = had(_done(connection, key), action, _marks(connection, thing), effect)
            if after is not None:
                _mark(connection, thing, after)
                values = (key, action.model_dump_json(), result.model_dump_json(), datetime.now(UTC).isoformat())
                connection.execute("INSERT INTO effects (key, action, result, at) VALUES (?, ?, ?, ?)", values)
            return result

        return await self._database.write(work)

    async def undo_once(
        self, key: str, by: str, thing_of: Callable[[Action], Thing | None], reverse: Reversal
    ) -> Undone | None:
        def work(connection: sqlite3.Connection) -> Undone | None:
            done = _done(connection, key)
            thing = thing_of(done.action) if done is not None else None
            if done is None or thing is None:
                return None
            undone, after = put_back(done, by, _marks(connection, thing), reverse)
            if after is not None:
                _mark(connection, thing, after)
                connection.execute("INSERT INTO undone (key, undone) VALUES (?, ?)", (key, undone.model_dump_json()))
            return undone

        return await self._database.write(work)

    def close(self) -> None:
        self._database.close()


def _done(connection: sqlite3.Connection, key: str) -> Done | None:
    row = connection.execute(_DONE, (key,)).fetchone()
    if row is None:
        return None
    undone = Undone.model_validate_json(row[2]) if row[2] else None
    return Done(action=_ACTION.validate_json(row[0]), result=ActionResult.model_validate_json(row[1]), undone=undone)


def _marks(connection: sqlite3.Connection, thing: Thing) -> Marks:
    rows = connection.execute("SELECT mark FROM marks WHERE kind = ? AND name = ?", thing)
    return frozenset(row[0] for row in rows)


def _mark(connection: sqlite3.Connection, thing: Thing, marks: Marks) -> None:
    connection.execute("DELETE FROM marks WHERE kind = ? AND name = ?", thing)
    connection.executemany("INSERT INTO marks VALUES (?, ?, ?)", [(*thing, mark) for mark in marks])
