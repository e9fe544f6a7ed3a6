"""People and services from JSON files; the changes that the desk makes are kept beside them in SQLite."""

import asyncio
import sqlite3
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import get_args

from pydantic import JsonValue, TypeAdapter

from adapters.effects import EFFECTS_SCHEMA, once, undo_once
from adapters.json_files import load
from adapters.sqlite import Database
from shared.actions import (
    Action,
    ActionResult,
    AddToGroup,
    DirectoryAction,
    RemoveFromGroup,
    ResetPassword,
    Undone,
    UnlockAccount,
)
from shared.errors import Permanent
from shared.model import Model
from shared.thinking import KnownIncident, Profile, ServiceState
from shared.visibility import Relation

_SCHEMA = f"""{EFFECTS_SCHEMA}
CREATE TABLE IF NOT EXISTS unlocked (user_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS memberships (
    user_id TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (user_id, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS memberships_ended (
    user_id TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (user_id, name)
) WITHOUT ROWID;
"""


class User(Model):
    """A person as users.json holds them."""

    id: str
    email: str | None = None
    display_name: str
    department: str | None = None
    groups: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    locked: bool = False
    manager_id: str | None = None
    vip: bool = False
    language: str | None = None


_KINDS = tuple(kind.model_fields["kind"].default for kind in get_args(DirectoryAction))
_USERS = TypeAdapter(tuple[User, ...])
_SERVICES = TypeAdapter(tuple[ServiceState, ...])
_INCIDENTS = TypeAdapter(tuple[KnownIncident, ...])


class FileDirectory:
    """Implements the Directory port over users.json and services.json in `directory`.

    The files are the beginning and are never written; what changes is in the SQLite file at `state_path`,
    where an effect and the key it was done under are committed together.
    """

    def __init__(self, directory: str | Path, state_path: str | Path):
        self._directory = Path(directory)
        self._state = Database(state_path, "directory", _SCHEMA, durable=True)
        self._users: dict[str, User] | None = None

    async def profile(self, user_id: str, email: str | None = None) -> Profile:
        """By id, else by e-mail address; `known` is false for somebody the directory does not hold."""
        users = await self._all_users()
        user = users.get(user_id) or _with_email(users.values(), email)
        if user is None:
            return Profile(id=user_id, known=False)
        return await self._state.read(partial(_profile, user))

    async def relation(self, asker_id: str, user_id: str) -> Relation:
        users = await self._all_users()
        asker, person = users.get(asker_id), users.get(user_id)
        if asker is None or person is None:
            return "stranger"
        return _relation(asker, person)

    async def incidents(self) -> tuple[KnownIncident, ...]:
        """As the file says now; a directory without one knows of none."""
        path = self._directory / "incidents.json"
        return await asyncio.to_thread(load, path, _INCIDENTS) if path.exists() else ()

    async def services(self) -> tuple[ServiceState, ...]:
        """As the file says now: an operator may edit it while the desk runs."""
        return await asyncio.to_thread(load, self._directory / "services.json", _SERVICES)

    async def carry_out(self, action: DirectoryAction, key: str) -> ActionResult:
        users = await self._all_users()
        user = users.get(action.user_id)
        if user is None:
            raise Permanent(f"the directory has no user {action.user_id}")
        if isinstance(action, AddToGroup | RemoveFromGroup):
            action = action.model_copy(update={"group": _known_group(users, action.group)})
        effect = partial(_effect, user, action)
        return await self._state.write(lambda connection: once(connection, key, action, effect))

    async def undo(self, key: str, by: str) -> Undone | None:
        reverse = partial(_reverse, await self._all_users())
        return await self._state.write(lambda connection: undo_once(connection, key, by, _KINDS, reverse))

    def close(self) -> None:
        self._state.close()

    async def _all_users(self) -> dict[str, User]:
        if self._users is None:
            users = await asyncio.to_thread(load, self._directory / "users.json", _USERS)
            self._users = {user.id: user for user in users}
        return self._users


def _effect(user: User, action: DirectoryAction, connection: sqlite3.Connection) -> ActionResult:
    match action:
        case UnlockAccount():
            changed = _set_locked(user, False, connection)
            summary = f"account of {user.display_name} " + ("unlocked" if changed else "was not locked")
            return _changed(action, changed, summary, {"locked": True}, {"locked": False})
        case ResetPassword():
            if user.email is None:
                raise Permanent(f"{user.id} has no e-mail address to reset the password by")
            summary = f"password reset of {user.display_name} recorded; this directory sends no link itself"
            return ActionResult(kind=action.kind, summary=summary, changed=True, after={"reset": True})
        case AddToGroup():
            changed = _set_member(user, action.group, True, connection)
            summary = f"{user.display_name} {'added to' if changed else 'was already in'} {action.group}"
            return _changed(action, changed, summary, {"member": False}, {"member": True})
        case RemoveFromGroup():
            changed = _set_member(user, action.group, False, connection)
            summary = f"{user.display_name} {'removed from' if changed else 'was not in'} {action.group}"
            return _changed(action, changed, summary, {"member": True}, {"member": False})


def _changed(
    action: DirectoryAction, changed: bool, summary: str, before: dict[str, JsonValue], after: dict[str, JsonValue]
) -> ActionResult:
    return ActionResult(
        kind=action.kind,
        summary=summary,
        changed=changed,
        reversible=changed,
        before=before if changed else after,
        after=after,
    )


def _reverse(users: dict[str, User], connection: sqlite3.Connection, action: Action) -> bool:
    match action:
        case UnlockAccount():
            return _set_locked(users[action.user_id], True, connection)
        case AddToGroup() | RemoveFromGroup():
            is_member = isinstance(action, RemoveFromGroup)
            return _set_member(users[action.user_id], action.group, is_member, connection)
        case _:
            return False


def _set_locked(user: User, locked: bool, connection: sqlite3.Connection) -> bool:
    """Whether that changed anything. The file says who is locked at first; the table, who no longer is."""
    if not user.locked:
        return False
    sql = "DELETE FROM unlocked WHERE user_id = ?" if locked else "INSERT OR IGNORE INTO unlocked VALUES (?)"
    return connection.execute(sql, (user.id,)).rowcount == 1


def _set_member(user: User, group: str, member: bool, connection: sqlite3.Connection) -> bool:
    """Whether that changed anything. The tables hold what is otherwise than in the file."""
    is_other = member != (group in user.groups)
    table = "memberships" if group not in user.groups else "memberships_ended"
    sql = (
        f"INSERT OR IGNORE INTO {table} VALUES (?, ?)"
        if is_other
        else f"DELETE FROM {table} WHERE (user_id, name) = (?, ?)"
    )
    return connection.execute(sql, (user.id, group)).rowcount == 1


def _profile(user: User, connection: sqlite3.Connection) -> Profile:
    unlocked = connection.execute("SELECT 1 FROM unlocked WHERE user_id = ?", (user.id,)).fetchone()
    rows = connection.execute("SELECT name FROM memberships WHERE user_id = ? ORDER BY name", (user.id,))
    gone = connection.execute("SELECT name FROM memberships_ended WHERE user_id = ?", (user.id,))
    ended = {row[0] for row in gone}
    return Profile(
        id=user.id,
        known=True,
        display_name=user.display_name,
        department=user.department,
        language=user.language,
        locked=user.locked and unlocked is None,
        vip=user.vip,
        groups=(*(group for group in user.groups if group not in ended), *(row[0] for row in rows)),
        devices=user.devices,
    )


def _relation(asker: User, person: User) -> Relation:
    if asker.id == person.id:
        return "self"
    if person.manager_id == asker.id:
        return "report"
    if asker.manager_id == person.id:
        return "manager"
    is_colleague = asker.department is not None and asker.department == person.department
    return "colleague" if is_colleague else "stranger"


def _with_email(users: Iterable[User], email: str | None) -> User | None:
    if email is None:
        return None
    wanted = email.casefold()
    return next((user for user in users if user.email and user.email.casefold() == wanted), None)


def _known_group(users: dict[str, User], name: str) -> str:
    """The group's own spelling; a group exists when somebody is in it."""
    known = {group.casefold(): group for user in users.values() for group in user.groups}
    if name.casefold() not in known:
        raise Permanent(f"the directory has no group {name}")
    return known[name.casefold()]
