"""People and services from JSON files; the changes that the desk makes are kept as marks beside them."""

import asyncio
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from pydantic import JsonValue, TypeAdapter

from adapters.effects import Effects, Marks, Thing
from adapters.json_files import load
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

_UNLOCKED, _IN, _NOT_IN = "unlocked", "in ", "not in "
"""Marks of a user: no longer locked; in a group, or out of it, other than the file says."""


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

    The files are the beginning and are never written; what changes is in `effects`, with the key it was done under.
    """

    def __init__(self, directory: str | Path, effects: Effects):
        self._directory = Path(directory)
        self._effects = effects
        self._users: dict[str, User] | None = None

    async def profile(self, user_id: str, email: str | None = None) -> Profile:
        """By id, else by e-mail address; `known` is false for somebody the directory does not hold."""
        users = await self._all_users()
        user = users.get(user_id) or _with_email(users.values(), email)
        if user is None:
            return Profile(id=user_id, known=False)
        return _profile(user, await self._effects.marks(_thing(user.id)))

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
        return await self._effects.once(key, action, _thing(user.id), partial(_effect, user, action))

    async def undo(self, key: str, by: str) -> Undone | None:
        return await self._effects.undo_once(key, by, _thing_of, partial(_reverse, await self._all_users()))

    async def _all_users(self) -> dict[str, User]:
        if self._users is None:
            users = await asyncio.to_thread(load, self._directory / "users.json", _USERS)
            self._users = {user.id: user for user in users}
        return self._users


def _thing(user_id: str) -> Thing:
    return Thing("user", user_id)


def _thing_of(action: Action) -> Thing | None:
    return _thing(action.user_id) if isinstance(action, DirectoryAction) else None


def _effect(user: User, action: DirectoryAction, marks: Marks) -> tuple[ActionResult, Marks]:
    match action:
        case UnlockAccount():
            after = _with_lock(user, False, marks)
            changed = after != marks
            summary = f"account of {user.display_name} " + ("unlocked" if changed else "was not locked")
            return _changed(action, changed, summary, {"locked": True}, {"locked": False}), after
        case ResetPassword():
            if user.email is None:
                raise Permanent(f"{user.id} has no e-mail address to reset the password by")
            summary = f"password reset of {user.display_name} recorded; this directory sends no link itself"
            return ActionResult(kind=action.kind, summary=summary, changed=True, after={"reset": True}), marks
        case AddToGroup():
            after = _with_member(user, action.group, True, marks)
            changed = after != marks
            summary = f"{user.display_name} {'added to' if changed else 'was already in'} {action.group}"
            return _changed(action, changed, summary, {"member": False}, {"member": True}), after
        case RemoveFromGroup():
            after = _with_member(user, action.group, False, marks)
            changed = after != marks
            summary = f"{user.display_name} {'removed from' if changed else 'was not in'} {action.group}"
            return _changed(action, changed, summary, {"member": True}, {"member": False}), after


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


def _reverse(users: dict[str, User], action: Action, marks: Marks) -> Marks | None:
    match action:
        case UnlockAccount():
            after = _with_lock(users[action.user_id], True, marks)
        case AddToGroup() | RemoveFromGroup():
            is_member = isinstance(action, RemoveFromGroup)
            after = _with_member(users[action.user_id], action.group, is_member, marks)
        case _:
            return None
    return after if after != marks else None


def _with_lock(user: User, locked: bool, marks: Marks) -> Marks:
    """The file says who is locked at first; the mark, who no longer is."""
    if not user.locked:
        return marks
    return marks - {_UNLOCKED} if locked else marks | {_UNLOCKED}


def _with_member(user: User, group: str, member: bool, marks: Marks) -> Marks:
    mark = (_NOT_IN if group in user.groups else _IN) + group
    is_as_in_file = member == (group in user.groups)
    return marks - {mark} if is_as_in_file else marks | {mark}


def _profile(user: User, marks: Marks) -> Profile:
    added = sorted(mark.removeprefix(_IN) for mark in marks if mark.startswith(_IN))
    return Profile(
        id=user.id,
        known=True,
        display_name=user.display_name,
        department=user.department,
        language=user.language,
        locked=user.locked and _UNLOCKED not in marks,
        vip=user.vip,
        groups=(*(group for group in user.groups if _NOT_IN + group not in marks), *added),
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
