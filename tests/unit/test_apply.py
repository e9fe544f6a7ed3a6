"""Carrying out an action: authorised by code, written down before and after, once."""

from pathlib import Path
from typing import Any, cast

import pytest

from activities.apply import apply
from adapters.audit import SqliteAudit
from adapters.directory import FileDirectory
from shared.actions import AddToGroup, UnlockAccount
from shared.audit import AuditLine, AuditQuery
from shared.desk import Application
from shared.errors import Permanent, Unavailable
from shared.ports import Desk

ROOT = Path(__file__).parents[2]
LOCKED = "u-1003"


class Here:
    tenant = "default"

    def __init__(self, folder: Path):
        self.directory = FileDirectory(ROOT / "samples" / "directory", folder / "directory.db")
        self.audit = SqliteAudit(folder / "audit.db")

    @property
    def desk(self) -> Desk:
        return cast(Desk, self)

    async def trail(self) -> list[AuditLine]:
        return list(reversed((await self.audit.find(AuditQuery(tenant="default"))).items))


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


def application(**changes: Any) -> Application:
    values: dict[str, Any] = {
        "action": UnlockAccount(user_id=LOCKED), "key": "k-1", "ticket_id": "t1", "requester_id": LOCKED,
    }  # fmt: skip
    return Application.model_validate(values | changes)


async def test_what_is_done_is_written_down_before_and_after(here: Here):
    assert (await apply(application(), here.desk)).changed
    begun, done = await here.trail()
    assert (begun.outcome, done.outcome) == ("begun", "done")
    assert (done.act, done.target, done.within) == ("action.unlock_account", f"user:{LOCKED}", "ticket:t1")
    assert (done.actor, done.actor_type) == ("desk", "desk")


async def test_who_approved_it_is_who_did_it(here: Here):
    risky = AddToGroup(user_id="u-1001", group="finance-share")
    await apply(application(action=risky, approved_by=("ada", "bob")), here.desk)
    assert {(line.actor, line.actor_type) for line in await here.trail()} == {("ada, bob", "person")}


async def test_a_repeat_after_a_crash_is_done_and_written_down_once(here: Here):
    first = await apply(application(), here.desk)
    assert await apply(application(), here.desk) == first
    assert [line.outcome for line in await here.trail()] == ["begun", "done"]


async def test_what_a_person_should_have_approved_is_not_done_whoever_calls(here: Here):
    risky = application(action=AddToGroup(user_id=LOCKED, group="finance-share"))
    with pytest.raises(Permanent, match="nobody has approved it"):
        await apply(risky, here.desk)
    assert "finance-share" not in (await here.directory.profile(LOCKED)).groups


async def test_what_fails_is_written_down_with_the_reason(here: Here):
    with pytest.raises(Permanent):
        await apply(application(action=UnlockAccount(user_id="u-404"), approved_by=("ada",)), here.desk)
    failed = (await here.trail())[-1]
    assert (failed.outcome, failed.note) == ("failed", "the directory has no user u-404")


async def test_what_cannot_be_written_down_is_not_done(here: Here, tmp_path: Path):
    (tmp_path / "broken").write_text("not a database at all, though as long as the header of one would be" * 3)
    here.audit = SqliteAudit(tmp_path / "broken")
    with pytest.raises(Unavailable):
        await apply(application(), here.desk)
    assert (await here.directory.profile(LOCKED)).locked
