"""Each subscriber takes an event in once, in any order, and drops only what nobody wants to hear late."""

import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import pytest

from activities.record import lifecycle_event
from activities.subscribe_archive import subscribe_archive
from activities.subscribe_learning import subscribe_learning
from activities.subscribe_notifier import subscribe_notifier
from activities.subscriptions import take
from adapters.archive import SqliteArchive
from adapters.counters import SqliteCounters
from adapters.once import Once, SqliteStandby
from adapters.shared_redis import SharedRedis
from shared import names, topology
from shared.desk import TicketDocument
from shared.errors import Transient
from shared.escalations import Escalation
from shared.events import Event, Notification
from shared.instances import InstanceState
from shared.ports import Desk
from shared.sla import Calendar
from shared.tasks import TaskInput
from shared.tickets import Decision
from shared.topology import SUBSCRIBERS, Subscriber
from tests.contract.tickets import NOON, ticket_document
from tests.desk import policy

ROOT = Path(__file__).parents[2]
METRICS = Subscriber(name="metrics", types=("helpdesk.",))
NOTIFIER = Subscriber(name="notifier", types=("helpdesk.",), expires_after=timedelta(hours=1))


class KeptNotifications(list[Notification]):
    async def notify(self, notification: Notification) -> None:
        self.append(notification)


class OneInstance:
    """The durable runtime with one ticket in it."""

    def __init__(self, document: TicketDocument | None):
        self.document = document
        self.started: dict[str, TaskInput] = {}

    async def state(self, instance_id: str) -> InstanceState | None:
        given = self.started.get(instance_id)
        shown = given.model_dump(mode="json") if given else None
        return InstanceState(instance_id=instance_id, status="running", input=shown) if given else None

    async def start(self, orchestration: str, instance_id: str, data: TaskInput) -> bool:
        assert orchestration == names.CREATE_CONTENT
        assert instance_id not in self.started
        self.started[instance_id] = data
        return True

    async def last_input_of(self, instance_id: str, activity: str) -> Any:
        if self.document is None:
            return None
        assert (instance_id, activity) == (names.ticket_instance("t-1", 1), names.RECORD)
        return self.document.model_dump(mode="json")


class Here:
    """A desk over files of the test's own; what goes out is kept."""

    def __init__(self, folder: Path, document: TicketDocument | None = None):
        self.archive = SqliteArchive(folder / "archive.db")
        self.counters = SqliteCounters(folder / "archive.db")
        self.standby = SqliteStandby(folder / "archive.db")
        self.once = Once(SharedRedis(None), self.standby)
        self.policy = policy()
        self.notifier = KeptNotifications()
        self.instances = OneInstance(document)

    @property
    def desk(self) -> Desk:
        return cast(Desk, self)

    async def counted(self) -> dict[tuple[str, str], int]:
        return {(count.type, count.outcome): count.count for count in await self.counters.counts()}


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Here]:
    here = Here(tmp_path)
    yield here
    here.archive.close()
    here.counters.close()
    here.standby.close()


def event(document: TicketDocument | None = None, **changes: Any) -> Event:
    return lifecycle_event(document or resolved(), Calendar()).model_copy(update={"time": datetime.now(UTC)} | changes)


def resolved(decision: str | None = None, **changes: Any) -> TicketDocument:
    values: dict[str, Any] = {"status": "resolved", "version": 3, "answer": "Use ada@example.com.", "route": "simple"}
    if decision is not None:
        text = "Plug it in again, or ring +49 151 23456789." if decision == "answer" else None
        decided = Decision.model_validate(
            {"decision": decision, "by": "op", "answer": text, "id": "d", "at": NOON, "action_hash": "0"}
        )
        values["escalation"] = Escalation(
            id="e", reason="?", opened_at=NOON, rung=1, assigned_to="desk", action_hash="0", decided=decided
        )
    return ticket_document(**(values | changes))


def test_every_line_of_the_topology_has_its_file_and_a_queue_of_its_own():
    for subscriber in SUBSCRIBERS:
        assert callable(
            getattr(import_module(f"activities.subscribe_{subscriber.name}"), f"subscribe_{subscriber.name}")
        )
    assert len(set(topology.queues())) == len(topology.queues())


def test_every_queue_has_its_function():
    script = (
        "import function_app; print(*(f.get_trigger().get_dict_repr().get('queueName', '')"
        " for f in function_app.app.get_functions()))"
    )
    told = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=ROOT)
    assert sorted(told.stdout.split()) == sorted(topology.queues())


def test_only_what_nobody_wants_to_hear_late_expires():
    expiring = {subscriber.name: subscriber.expires_after for subscriber in SUBSCRIBERS if subscriber.expires_after}
    assert expiring == {"notifier": timedelta(hours=1)}


@pytest.mark.parametrize(
    ("types", "taken"), [(("a.b",), True), (("a.",), True), (("a",), False), (("a.b.c", "x."), False), ((), False)]
)
def test_a_type_is_taken_by_its_name_or_by_a_beginning_that_ends_in_a_dot(types: tuple[str, ...], taken: bool):
    assert Subscriber(name="s", types=types).takes("a.b") is taken


async def test_the_same_event_is_taken_in_once(here: Here):
    one = event()
    assert [await take(one, METRICS, here.desk), await take(one, METRICS, here.desk)] == [True, False]
    assert await here.counted() == {("helpdesk.ticket.resolved", "desk"): 1}


async def test_two_subscribers_take_the_same_event_each_for_itself(here: Here):
    taken: list[str] = []

    def by(name: str) -> Any:
        async def taking(event: Event, desk: Desk) -> None:
            taken.append(name)

        return taking

    for name in ("one", "two", "one"):
        await take(event(), Subscriber(name=name, types=("helpdesk.",)), here.desk, by(name))
    assert taken == ["one", "two"]


async def test_an_event_that_failed_is_taken_in_when_it_comes_again(here: Here):
    tries: list[int] = []

    async def taking(event: Event, desk: Desk) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise Transient("not now")

    with pytest.raises(Transient):
        await take(event(), METRICS, here.desk, taking)
    assert await take(event(), METRICS, here.desk, taking)
    assert len(tries) == 2


async def test_an_event_that_is_being_taken_in_elsewhere_comes_again(here: Here):
    one = event()
    await here.once.begin(f"metrics:{one.id}")
    with pytest.raises(Transient):
        await take(one, METRICS, here.desk)
    assert await here.counted() == {}


async def test_a_notification_that_is_more_than_an_hour_late_is_dropped_and_counted(here: Here):
    await here.archive.put(resolved(status="closed"))
    late = event(resolved(status="closed"), time=datetime.now(UTC) - timedelta(minutes=61))
    for _ in range(2):
        assert not await take(late, NOTIFIER, here.desk)
    assert here.notifier == []
    assert await here.counted() == {("helpdesk.ticket.closed", "expired"): 1}


async def test_a_notification_within_the_hour_is_told(here: Here):
    await here.archive.put(resolved(status="closed"))
    assert await take(
        event(resolved(status="closed"), time=datetime.now(UTC) - timedelta(minutes=59)), NOTIFIER, here.desk
    )
    (told,) = here.notifier
    assert (told.event, told.ticket_id, told.to) == ("closed", "t-1", "u-1")


async def test_work_is_done_however_late_it_comes(here: Here):
    old = event(time=NOON - timedelta(days=365))
    assert await take(old, METRICS, here.desk)
    assert await here.counted() == {("helpdesk.ticket.resolved", "desk"): 1}


async def test_events_count_alike_in_whatever_order_they_come(here: Here):
    started = event(ticket_document(version=1))
    for one in (event(), started):
        await take(one, METRICS, here.desk)
    assert await here.counted() == {("helpdesk.ticket.in_progress", "none"): 1, ("helpdesk.ticket.resolved", "desk"): 1}


@pytest.mark.parametrize("archived", [None, 2])
async def test_an_archive_that_lost_a_write_gets_it_from_durable_state(here: Here, archived: int | None):
    if archived:
        await here.archive.put(resolved(version=archived, status="in_progress"))
    here.instances.document = resolved()
    await subscribe_archive(event(), here.desk)
    assert await here.archive.get("acme", "t-1") == resolved()


async def test_an_archive_that_is_ahead_is_left_alone(here: Here):
    newer = resolved(version=9, status="closed")
    await here.archive.put(newer)
    await subscribe_archive(event(), here.desk)
    assert await here.archive.get("acme", "t-1") == newer


async def test_what_a_person_answered_starts_an_article_once_without_anything_personal(here: Here):
    document = resolved("answer", subject="Mail ada@example.com is stuck", category="printing", language="fr")
    await here.archive.put(document)
    one = event(document)
    for _ in range(3):
        await subscribe_learning(one, here.desk)
    ((instance_id, given),) = here.instances.started.items()
    assert instance_id == names.task_instance(given.task_id)
    assert (given.type, given.tenant) == ("create_content", "acme")
    assert given.request == {
        "topic": "Mail [email] is stuck",
        "material": {
            "ticket_id": "t-1", "answer": "Plug it in again, or ring [phone].", "category": "printing",
            "language": "fr",
        },
    }  # fmt: skip


async def test_another_answer_to_the_same_ticket_starts_an_article_of_its_own(here: Here):
    for version in (3, 7):
        document = resolved("answer", version=version)
        await here.archive.put(document)
        await subscribe_learning(event(document), here.desk)
    assert len(here.instances.started) == 2


@pytest.mark.parametrize(("category", "language"), [(None, None), ("not_a_ticket", "English")])
async def test_an_article_needs_a_category_and_a_language_also_where_the_ticket_has_none(
    here: Here, category: Any, language: str | None
):
    document = resolved("answer", category=category, language=language)
    await here.archive.put(document)
    await subscribe_learning(event(document), here.desk)
    (given,) = here.instances.started.values()
    assert (given.request["material"]["category"], given.request["material"]["language"]) == ("general", "en")


@pytest.mark.parametrize("decision", [None, "approve", "reject", "close"])
async def test_nothing_is_learnt_from_what_no_person_wrote(here: Here, decision: str | None):
    document = resolved(decision)
    await here.archive.put(document)
    await subscribe_learning(event(document), here.desk)
    assert here.instances.started == {}


@pytest.mark.parametrize("subscribe", [subscribe_archive, subscribe_learning, subscribe_notifier])
async def test_an_event_ahead_of_the_archive_comes_again(here: Here, subscribe: Any):
    with pytest.raises(Transient):
        await subscribe(event(resolved("answer")), here.desk)
