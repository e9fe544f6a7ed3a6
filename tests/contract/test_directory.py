"""The contract of the directory, over JSON files and SQLite."""

import asyncio
import json
import os
import signal
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.cosmos_account import Cosmos
from adapters.cosmos_effects import CosmosEffects
from adapters.directory import FileDirectory
from adapters.effects import Effects, SqliteEffects
from shared.actions import AddToGroup, DirectoryAction, RemoveFromGroup, ResetPassword, UnlockAccount
from shared.errors import Permanent, Unavailable
from shared.thinking import Profile, ServiceState

USERS = [
    {
        "id": "u-1",
        "email": "one@example.org",
        "display_name": "User One",
        "department": "Finance",
        "groups": ["all-staff", "finance-share"],
        "devices": ["laptop-1"],
        "locked": True,
        "manager_id": "u-2",
        "vip": True,
        "language": "fr",
    },
    {"id": "u-2", "display_name": "User Two", "groups": ["all-staff"]},
]
CROWD = [{"id": "u-3", "display_name": "Everywhere", "groups": [f"group-{number}" for number in range(30)]}]
SERVICES = [{"id": "mail", "name": "Mail", "status": "outage", "note": "Slow", "known_incident": "INC-1"}]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "directory"
    folder.mkdir()
    (folder / "users.json").write_text(json.dumps([*USERS, *CROWD]))
    (folder / "services.json").write_text(json.dumps(SERVICES))
    return folder


@pytest.fixture
def in_file(tmp_path: Path) -> Iterator[Effects]:
    effects = SqliteEffects(tmp_path / "data" / "directory.db", "directory")
    yield effects
    effects.close()


@pytest.fixture
def in_cosmos(cosmos: Cosmos) -> Effects:
    return CosmosEffects(cosmos, "directory")


@pytest.fixture(params=["in_file", "in_cosmos"])
def effects(request: pytest.FixtureRequest) -> Effects:
    return request.getfixturevalue(request.param)


@pytest.fixture
def directory(folder: Path, effects: Effects) -> FileDirectory:
    return FileDirectory(folder, effects)


async def test_a_profile_holds_what_the_directory_knows(directory: FileDirectory):
    assert await directory.profile("u-1") == Profile(
        id="u-1",
        known=True,
        display_name="User One",
        department="Finance",
        language="fr",
        locked=True,
        vip=True,
        groups=("all-staff", "finance-share"),
        devices=("laptop-1",),
    )


async def test_somebody_is_found_by_address_when_the_id_is_strange(directory: FileDirectory):
    assert (await directory.profile("strange", "ONE@example.org")).id == "u-1"


async def test_the_id_counts_before_the_address(directory: FileDirectory):
    assert (await directory.profile("u-2", "one@example.org")).id == "u-2"


@pytest.mark.parametrize("email", [None, "", "nobody@example.org"])
async def test_a_stranger_is_not_known(directory: FileDirectory, email: str | None):
    assert await directory.profile("u-404", email) == Profile(id="u-404", known=False)


async def test_service_states_follow_the_file(directory: FileDirectory, folder: Path):
    assert await directory.services() == (
        ServiceState(id="mail", name="Mail", status="outage", note="Slow", known_incident="INC-1"),
    )
    (folder / "services.json").write_text(json.dumps([{"id": "mail", "name": "Mail", "status": "operational"}]))
    assert (await directory.services())[0].status == "operational"


@pytest.mark.parametrize(
    ("action", "says"),
    [
        (UnlockAccount(user_id="u-1"), "unlocked"),
        (ResetPassword(user_id="u-1"), "recorded; this directory sends no link"),
        (AddToGroup(user_id="u-2", group="finance-share"), "added to finance-share"),
        (RemoveFromGroup(user_id="u-1", group="finance-share"), "removed from finance-share"),
    ],
)
async def test_an_action_is_done_and_its_key_makes_a_repeat_harmless(
    directory: FileDirectory, action: DirectoryAction, says: str
):
    first = await directory.carry_out(action, "k-1")
    assert (first.kind, first.changed) == (action.kind, True)
    assert says in first.summary
    assert await directory.carry_out(action, "k-1") == first


@pytest.mark.parametrize(
    "action",
    [
        UnlockAccount(user_id="u-1"),
        AddToGroup(user_id="u-2", group="Finance-Share"),
        RemoveFromGroup(user_id="u-1", group="Finance-Share"),
    ],
)
async def test_under_another_key_there_is_nothing_left_to_do(directory: FileDirectory, action: DirectoryAction):
    assert (await directory.carry_out(action, "k-1")).changed
    assert not (await directory.carry_out(action, "k-2")).changed


@pytest.mark.parametrize("action", [UnlockAccount(user_id="u-2"), AddToGroup(user_id="u-1", group="finance-share")])
async def test_what_is_so_already_changes_nothing(directory: FileDirectory, action: DirectoryAction):
    assert not (await directory.carry_out(action, "k-1")).changed


async def test_profiles_show_what_was_changed_also_after_a_restart(
    directory: FileDirectory, folder: Path, effects: Effects
):
    await directory.carry_out(UnlockAccount(user_id="u-1"), "k-1")
    await directory.carry_out(AddToGroup(user_id="u-2", group="finance-share"), "k-2")
    later = FileDirectory(folder, effects)
    assert not (await later.profile("u-1")).locked
    assert (await later.profile("u-2")).groups == ("all-staff", "finance-share")


async def test_a_group_keeps_its_own_spelling(directory: FileDirectory):
    await directory.carry_out(AddToGroup(user_id="u-2", group="FINANCE-share"), "k-1")
    assert (await directory.profile("u-2")).groups == ("all-staff", "finance-share")


@pytest.mark.parametrize(
    "action",
    [
        UnlockAccount(user_id="u-404"),
        AddToGroup(user_id="u-1", group="domain-admins"),
        ResetPassword(user_id="u-2"),
    ],
)
async def test_an_unknown_user_or_group_or_no_address_is_refused_for_good(
    directory: FileDirectory, action: DirectoryAction
):
    with pytest.raises(Permanent):
        await directory.carry_out(action, "k-1")


async def test_a_key_is_not_taken_for_another_action(directory: FileDirectory):
    await directory.carry_out(UnlockAccount(user_id="u-1"), "k-1")
    with pytest.raises(Permanent, match="another action"):
        await directory.carry_out(ResetPassword(user_id="u-1"), "k-1")


async def test_a_refused_action_leaves_its_key_free(directory: FileDirectory):
    with pytest.raises(Permanent):
        await directory.carry_out(ResetPassword(user_id="u-2"), "k-1")
    assert (await directory.carry_out(UnlockAccount(user_id="u-1"), "k-1")).changed


WORKER = """
import asyncio, sys
from adapters.directory import FileDirectory
from adapters.effects import SqliteEffects
from shared.actions import AddToGroup, RemoveFromGroup

async def main(folder, state):
    directory = FileDirectory(folder, SqliteEffects(state, "directory"))
    for number in range(30):
        kind, user = (AddToGroup, "u-1") if number % 2 else (RemoveFromGroup, "u-3")
        action = kind(user_id=user, group=f"group-{number}")
        result = await directory.carry_out(action, f"k-{number}")
        assert result.changed, result
        print(number, flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


async def worker(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        WORKER,
        *arguments,
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
    )


def marked(state: Path) -> list[Any]:
    connection = sqlite3.connect(state)
    try:
        return connection.execute("SELECT mark FROM marks").fetchall()
    finally:
        connection.close()


async def test_several_processes_with_the_same_keys_have_each_effect_once(folder: Path, tmp_path: Path):
    state = tmp_path / "directory.db"
    workers = [await worker(str(folder), str(state)) for _ in range(3)]
    async with asyncio.timeout(60):
        for process in workers:
            await process.communicate()
    assert [process.returncode for process in workers] == [0, 0, 0]
    assert len(marked(state)) == 30


async def test_a_killed_process_leaves_each_effect_with_its_record(folder: Path, tmp_path: Path):
    state = tmp_path / "directory.db"
    async with asyncio.timeout(60):
        killed = await worker(str(folder), str(state))
        assert killed.stdout is not None
        for _ in range(5):
            assert await killed.stdout.readline()
        os.kill(killed.pid, signal.SIGKILL)
        await killed.communicate()
        again = await worker(str(folder), str(state))
        await again.communicate()
    assert again.returncode == 0
    assert len(marked(state)) == 30


@pytest.mark.parametrize("text", ["", "[", '[{"id": "u-1"}]', '[{"id": "u-1", "display_name": "x", "pasword": "y"}]'])
async def test_a_file_that_is_not_valid_is_reported_by_name(directory: FileDirectory, folder: Path, text: str):
    (folder / "users.json").write_text(text)
    with pytest.raises(Permanent, match=r"users\.json"):
        await directory.profile("u-1")


async def test_a_missing_file_is_reported_by_name(directory: FileDirectory, folder: Path):
    (folder / "services.json").unlink()
    with pytest.raises(Permanent, match=r"services\.json"):
        await directory.services()


async def test_the_shipped_directory_is_valid(effects: Effects):
    shipped = FileDirectory(Path(__file__).parents[2] / "samples" / "directory", effects)
    assert not (await shipped.profile("nobody")).known
    assert await shipped.services()


async def test_a_state_file_that_is_no_database_is_unavailable_by_name(folder: Path, tmp_path: Path):
    (tmp_path / "state").write_text("not a database at all, though as long as the header of one would be" * 3)
    with pytest.raises(Unavailable) as failure:
        await FileDirectory(folder, SqliteEffects(tmp_path / "state", "directory")).profile("u-1")
    assert failure.value.dependency == "directory"


PUT_BACK = [
    UnlockAccount(user_id="u-1"),
    AddToGroup(user_id="u-2", group="finance-share"),
    RemoveFromGroup(user_id="u-1", group="finance-share"),
]


@pytest.mark.parametrize("action", PUT_BACK)
async def test_what_was_changed_is_put_back_once_and_it_is_known_by_whom(
    directory: FileDirectory, action: DirectoryAction
):
    before = await directory.profile(action.user_id)
    done = await directory.carry_out(action, "k-1")
    assert done.reversible
    assert await directory.profile(action.user_id) != before
    undone = await directory.undo("k-1", "ada")
    assert undone is not None
    assert (undone.before, undone.after, undone.by) == (done.after, done.before, "ada")
    assert await directory.profile(action.user_id) == before
    assert await directory.undo("k-1", "bob") == undone
    assert (await directory.carry_out(action, "k-2")).changed, "it can be done again, under another key"


async def test_what_changed_nothing_cannot_be_put_back_or_was_changed_since_is_not_undone(directory: FileDirectory):
    share = AddToGroup(user_id="u-2", group="finance-share")
    await directory.carry_out(share, "k-1")
    await directory.carry_out(share, "k-2")
    await directory.carry_out(ResetPassword(user_id="u-1"), "k-3")
    await directory.carry_out(RemoveFromGroup(user_id="u-2", group="finance-share"), "k-4")
    for key, why in (("k-2", "changed nothing"), ("k-3", "cannot be undone"), ("k-1", "changed since")):
        with pytest.raises(Permanent, match=why):
            await directory.undo(key, "ada")
    assert await directory.undo("k-9", "ada") is None


async def test_of_two_instances_that_change_one_person_at_once_each_has_its_effect(directory: FileDirectory):
    actions = [AddToGroup(user_id="u-2", group=f"group-{number}") for number in range(6)]
    await asyncio.gather(*(directory.carry_out(action, f"k-{number % 6}") for number, action in enumerate(actions * 2)))
    assert (await directory.profile("u-2")).groups == ("all-staff", *(f"group-{number}" for number in range(6)))
