"""Carrying out an action: authorised by code, written down before and after, once."""

from pathlib import Path
from typing import Any, cast

import pytest

from activities.apply import apply
from activities.undo import undo
from adapters.audit import SqliteAudit
from adapters.directory import FileDirectory
from adapters.effects import SqliteEffects
from adapters.service_catalog import FileServiceCatalog
from shared.actions import AddToGroup, RequestSoftware, ResetPassword, SetTicketFields, UnlockAccount
from shared.audit import AuditLine, AuditQuery
from shared.errors import Permanent, Unavailable
from shared.exchanged import Application
from shared.ports import Desk

ROOT = Path(__file__).parents[2]
LOCKED = "u-1003"


class Here:
    tenant = "default"

    def __init__(self, folder: Path):
        self.directory = FileDirectory(
            ROOT / "samples" / "directory", SqliteEffects(folder / "directory.db", "directory")
        )
        self.catalog = FileServiceCatalog(
            ROOT / "samples" / "directory", SqliteEffects(folder / "directory.db", "catalog")
        )
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
    assert (done.before, done.after) == ({"locked": True}, {"locked": False})
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


async def test_software_that_needs_approval_is_not_requested_without_one(here: Here):
    with pytest.raises(Permanent, match="approval of operations"):
        await apply(application(action=RequestSoftware(user_id=LOCKED, software="Visio")), here.desk)
    free = application(action=RequestSoftware(user_id=LOCKED, software="vs code"), key="k-2")
    assert (await apply(free, here.desk)).changed


async def test_fields_of_the_ticket_are_told_with_what_they_were(here: Here):
    fields = SetTicketFields(category="network", assigned_to="second-line")
    now: dict[str, Any] = {"category": "printing", "assigned_to": None}
    result = await apply(application(action=fields, fields=now), here.desk)
    assert (result.before, result.after) == (now, {"category": "network", "assigned_to": "second-line"})
    assert (await here.trail())[-1].target == "ticket:t1"
    with pytest.raises(Permanent, match="no team or user"):
        await apply(application(action=SetTicketFields(assigned_to="ploon"), key="k-2"), here.desk)


async def test_an_undo_puts_back_and_is_written_down_with_who_did_it(here: Here):
    await apply(application(), here.desk)
    undone = await undo("t1", "k-1", "ada", "wrong account", here.desk)
    assert undone is not None
    assert (await here.directory.profile(LOCKED)).locked
    line = (await here.trail())[-1]
    assert (line.act, line.actor, line.outcome) == ("undo.unlock_account", "ada", "done")
    assert (line.before, line.after) == ({"locked": False}, {"locked": True})


async def test_what_cannot_be_undone_is_refused_and_written_down(here: Here):
    await apply(application(action=ResetPassword(user_id=LOCKED)), here.desk)
    with pytest.raises(Permanent, match="cannot be undone"):
        await undo("t1", "k-1", "ada", None, here.desk)
    assert (await here.trail())[-1].outcome == "failed"
