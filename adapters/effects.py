"""Effects that are had once by their key, and undone once, each in one SQLite transaction with its record."""

import sqlite3
from collections.abc import Callable, Container
from datetime import UTC, datetime

from pydantic import TypeAdapter

from shared.actions import Action, ActionResult, Undone
from shared.errors import Permanent

EFFECTS_SCHEMA = """
CREATE TABLE IF NOT EXISTS effects (
    key TEXT PRIMARY KEY, action TEXT NOT NULL, result TEXT NOT NULL, at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS undone (key TEXT PRIMARY KEY, undone TEXT NOT NULL) WITHOUT ROWID;
"""
_ACTION: TypeAdapter[Action] = TypeAdapter(Action)

type Effect = Callable[[sqlite3.Connection], ActionResult]
type Reversal = Callable[[sqlite3.Connection, Action], bool]
"""Puts back what the action changed; False where it is no longer as the action left it."""


def once(connection: sqlite3.Connection, key: str, action: Action, effect: Effect) -> ActionResult:
    """The recorded result of `key`, or the effect and its record. Raises Permanent for another action's key."""
    wanted = action.model_dump_json()
    recorded = connection.execute("SELECT action, result FROM effects WHERE key = ?", (key,)).fetchone()
    if recorded is not None:
        if recorded[0] != wanted:
            raise Permanent("another action was carried out under this key")
        return ActionResult.model_validate_json(recorded[1])
    result = effect(connection)
    values = (key, wanted, result.model_dump_json(), datetime.now(UTC).isoformat())
    connection.execute("INSERT INTO effects (key, action, result, at) VALUES (?, ?, ?, ?)", values)
    return result


def undo_once(
    connection: sqlite3.Connection, key: str, by: str, kinds: Container[str], reverse: Reversal
) -> Undone | None:
    """Who has undone it, the caller or somebody before; None for a key that nothing of these kinds was done under.

    Raises Permanent where there is nothing that could be put back.
    """
    recorded = connection.execute("SELECT action, result FROM effects WHERE key = ?", (key,)).fetchone()
    if recorded is None:
        return None
    action = _ACTION.validate_json(recorded[0])
    if action.kind not in kinds:
        return None
    before = connection.execute("SELECT undone FROM undone WHERE key = ?", (key,)).fetchone()
    if before is not None:
        return Undone.model_validate_json(before[0])
    result = ActionResult.model_validate_json(recorded[1])
    if not result.changed:
        raise Permanent("it changed nothing, so there is nothing to undo")
    if not result.reversible:
        raise Permanent(f"{result.kind} cannot be undone")
    if not reverse(connection, action):
        raise Permanent("it has been changed since, so it is not undone")
    undone = Undone(action=action, before=result.after, after=result.before, by=by, at=datetime.now(UTC))
    connection.execute("INSERT INTO undone (key, undone) VALUES (?, ?)", (key, undone.model_dump_json()))
    return undone
