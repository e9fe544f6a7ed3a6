"""People and services from JSON files; the changes that the desk makes are kept beside them in SQLite."""

import asyncio
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from adapters.sqlite import Database
from shared.actions import Action, ActionResult, AddToGroup, RequestSoftware, ResetPassword, UnlockAccount
from shared.errors import Permanent
from shared.model import Model
from shared.thinking import KnownIncident, Profile, ServiceState
from shared.visibility import Relation

_SCHEMA = """
CREATE TABLE IF NOT EXISTS effects (
    key TEXT PRIMARY KEY, action TEXT NOT NULL, result TEXT NOT NULL, at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unlocked (user_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS memberships (
    user_id TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (user_id, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS software_requests (
    user_id TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE, PRIMARY KEY (user_id, name)
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
        return await asyncio.to_thread(_load, path, _INCIDENTS) if path.exists() else ()

    async def services(self) -> tuple[ServiceState, ...]:
        """As the file says now: an operator may edit it while the desk runs."""
        return await asyncio.to_thread(_load, self._directory / "services.json", _SERVICES)

    async def carry_out(self, action: Action, key: str) -> ActionResult:
        users = await self._all_users()
        user = users.get(action.user_id)
        if user is None:
            raise Permanent(f"the directory has no user {action.user_id}")
        if isinstance(action, AddToGroup):
            action = action.model_copy(update={"group": _known_group(users, action.group)})
        return await self._state.write(partial(_once, user, action, key))

    def close(self) -> None:
        self._state.close()

    async def _all_users(self) -> dict[str, User]:
        if self._users is None:
            users = await asyncio.to_thread(_load, self._directory / "users.json", _USERS)
            self._users = {user.id: user for user in users}
        return self._users


def _once(user: User, action: Action, key: str, connection: sqlite3.Connection) -> ActionResult:
    """Inside one transaction: the recorded result of `key`, or the effect and its record."""
    wanted = action.model_dump_json()
    recorded = connection.execute("SELECT action, result FROM effects WHERE key = ?", (key,)).fetchone()
    if recorded is not None:
        if recorded[0] != wanted:
            raise Permanent("another action was carried out under this key")
        return ActionResult.model_validate_json(recorded[1])
    result = _effect(user, action, connection)
    connection.execute(
        "INSERT INTO effects (key, action, result, at) VALUES (?, ?, ?, ?)",
        (key, wanted, result.model_dump_json(), datetime.now(UTC).isoformat()),
    )
    return result


def _effect(user: User, action: Action, connection: sqlite3.Connection) -> ActionResult:
    def added(table: Literal["unlocked", "memberships", "software_requests"], *values: str) -> bool:
        places = ", ".join("?" * len(values))
        cursor = connection.execute(f"INSERT OR IGNORE INTO {table} VALUES ({places})", values)
        return cursor.rowcount == 1

    match action:
        case UnlockAccount():
            changed = user.locked and added("unlocked", user.id)
            summary = f"account of {user.display_name} " + ("unlocked" if changed else "was not locked")
        case ResetPassword():
            if user.email is None:
                raise Permanent(f"{user.id} has no e-mail address for a reset link")
            changed = True
            summary = f"password reset link for {user.display_name} issued to the address on file"
        case AddToGroup():
            changed = action.group not in user.groups and added("memberships", user.id, action.group)
            summary = f"{user.display_name} {'added to' if changed else 'was already in'} {action.group}"
        case RequestSoftware():
            changed = added("software_requests", user.id, action.software)
            done = "requested" if changed else "had already been requested"
            summary = f"{action.software} {done} for {user.display_name}"
    return ActionResult(kind=action.kind, summary=summary, changed=changed)


def _profile(user: User, connection: sqlite3.Connection) -> Profile:
    unlocked = connection.execute("SELECT 1 FROM unlocked WHERE user_id = ?", (user.id,)).fetchone()
    rows = connection.execute("SELECT name FROM memberships WHERE user_id = ? ORDER BY name", (user.id,))
    return Profile(
        id=user.id,
        known=True,
        display_name=user.display_name,
        department=user.department,
        language=user.language,
        locked=user.locked and unlocked is None,
        vip=user.vip,
        groups=(*user.groups, *(row[0] for row in rows)),
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


def _load[T](path: Path, adapter: TypeAdapter[T]) -> T:
    try:
        return adapter.validate_json(path.read_bytes())
    except OSError as error:
        raise Permanent(f"{path.name} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise Permanent(f"{path.name} is not valid: {error}") from error
