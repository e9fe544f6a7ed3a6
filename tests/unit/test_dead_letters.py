"""How dead letters are found, and what a replay refuses."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest

from activities.dead_letters import collect_failures, collect_poison, replay
from adapters.dead_letters import SqliteDeadLetters
from delivery.replaying import load
from shared import names
from shared.dead_letters import REPLAY_KEY, DeadLetter, Failing
from shared.errors import Permanent, Unavailable
from shared.instances import InstanceState
from shared.messaging import Poisoned
from shared.ports import Desk
from tests.contract.tickets import NOON
from tests.desk import INSTANCE, TICKET_ID, episode
from tests.replay.record import HISTORIES


class Queues:
    """Poison of the queue `tickets`, and what was sent."""

    def __init__(self, *bodies: bytes):
        self.poison = {str(number): body for number, body in enumerate(bodies)}
        self.sent: list[tuple[str, bytes]] = []
        self.down = False

    async def send(self, queue: str, body: bytes) -> None:
        if self.down:
            raise Unavailable("storage", "the wire was cut")
        self.sent.append((queue, body))

    async def take_poisoned(self, queue: str) -> tuple[Poisoned, ...]:
        found = self.poison if queue == names.QUEUE_TICKETS else {}
        return tuple(Poisoned(queue=queue, id=key, receipt="", at=NOON, body=body) for key, body in found.items())

    async def remove_poisoned(self, message: Poisoned) -> None:
        if self.down:
            raise Unavailable("storage", "the wire was cut")
        del self.poison[message.id]


class Instances:
    """Instances by id, and what was started again."""

    def __init__(self, *states: InstanceState):
        self.states = {state.instance_id: state for state in states}
        self.started: list[tuple[str, str, Any]] = []

    async def state(self, instance_id: str) -> InstanceState | None:
        return self.states.get(instance_id)

    async def failed(self) -> tuple[InstanceState, ...]:
        return tuple(state for state in self.states.values() if state.status == "failed")

    async def start_again(self, orchestration: str, instance_id: str, data: Any) -> bool:
        found = self.states.get(instance_id)
        if found is not None and found.status != "failed":
            return False
        self.started.append((orchestration, instance_id, data))
        return True


class Bodies:
    """Blob storage in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    async def write(self, path: str, data: bytes, content_type: str = "application/json") -> None:
        self.kept[path] = data

    async def read(self, path: str) -> bytes:
        return self.kept[path]

    async def delete(self, path: str) -> bool:
        return self.kept.pop(path, None) is not None


class Here:
    """A desk over a list of the test's own."""

    def __init__(self, folder: Path):
        self.dead_letters = SqliteDeadLetters(folder / "archive.db", Bodies())
        self.queues = Queues()
        self.instances = Instances()

    @property
    def desk(self) -> Desk:
        return cast(Desk, self)

    async def letters(self) -> tuple[DeadLetter, ...]:
        listed = (await self.dead_letters.find(100)).items
        return tuple([letter for one in listed if (letter := await self.dead_letters.get(one.id))])


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Here]:
    here = Here(tmp_path)
    yield here
    here.dead_letters.close()


def instance(**changes: Any) -> InstanceState:
    values: dict[str, Any] = {
        "instance_id": INSTANCE, "name": names.RESOLVE_TICKET, "status": "failed", "input": episode(),
        "failure": "ValueError: no", "created_at": NOON, "changed_at": NOON,
    }  # fmt: skip
    return InstanceState.model_validate(values | changes)


def letter(**changes: Any) -> DeadLetter:
    values: dict[str, Any] = {
        "id": "l", "source": "queue", "name": names.QUEUE_TICKETS, "reason": "?", "attempts": 3, "at": NOON,
        "body": "{oh", "preview": "{oh", "encoding": "text",
    }  # fmt: skip
    return DeadLetter.model_validate(values | changes)


def of_a_ticket(**changes: Any) -> DeadLetter:
    own: dict[str, Any] = {
        "source": "orchestration", "name": names.RESOLVE_TICKET, "body": episode(), "encoding": "json",
        "instance_id": INSTANCE,
    }  # fmt: skip
    return letter(**(own | changes))


async def test_poison_moves_to_the_list_with_why_it_failed(here: Here):
    here.queues = Queues(b"{oh", b"{my")
    await here.dead_letters.note_failing("tickets", b"{oh", Failing(attempts=3, reason="not JSON"))
    assert await collect_poison(here.desk) == 2
    assert here.queues.poison == {}
    known, unknown = sorted(await here.letters(), key=lambda letter: letter.body, reverse=True)
    assert (known.body, known.reason, known.attempts) == ("{oh", "not JSON", 3)
    assert (unknown.body, unknown.reason) == ("{my", "it could not be read, or its worker died")


async def test_poison_that_could_not_be_removed_is_one_letter_also_when_it_was_replayed_meanwhile(here: Here):
    here.queues = Queues(b"{oh")
    here.queues.down = True
    with pytest.raises(Unavailable):
        await collect_poison(here.desk)
    (kept,) = await here.letters()
    await here.dead_letters.claim(kept.id)
    await here.dead_letters.settle(kept.id)
    here.queues.down = False
    assert await collect_poison(here.desk) == 0
    assert (await here.letters(), here.queues.poison) == ((), {})


async def test_a_failed_instance_is_one_letter_until_it_fails_anew(here: Here):
    here.instances = Instances(instance())
    assert [await collect_failures(here.desk), await collect_failures(here.desk)] == [1, 0]
    (kept,) = await here.letters()
    assert (kept.name, kept.instance_id, kept.reason) == (names.RESOLVE_TICKET, INSTANCE, "ValueError: no")
    here.instances = Instances(instance(created_at=NOON.replace(hour=13)))
    assert await collect_failures(here.desk) == 1


async def test_children_fail_into_their_parents_and_are_no_letters(here: Here):
    here.instances = Instances(instance(name="delegated_work"), instance(name="", instance_id="x"))
    assert await collect_failures(here.desk) == 0


@pytest.mark.parametrize(("edited", "sent"), [(None, b"{oh"), ("as told", b"as told"), ([1], b"[1]")])
async def test_a_message_is_sent_as_it_came_or_as_edited(here: Here, edited: Any, sent: bytes):
    await replay(letter(), edited, here.desk)
    assert here.queues.sent == [("tickets", sent)]


async def test_a_message_is_sent_with_the_id_of_the_letter_it_first_came_from(here: Here):
    await replay(letter(), {"a": "é"}, here.desk)
    again = letter(id="another", body=json.dumps({REPLAY_KEY: letter().id, "a": 1}))
    await replay(again, None, here.desk)
    await replay(again, '{"a": 2}', here.desk)
    assert [json.loads(body) for _, body in here.queues.sent] == [
        {"a": said, REPLAY_KEY: letter().id} for said in ("é", 1, 2)
    ]


async def test_bytes_that_are_no_text_are_sent_as_they_came(here: Here):
    here.queues = Queues(b"\xff\x00")
    await collect_poison(here.desk)
    (kept,) = await here.letters()
    await replay(kept, None, here.desk)
    assert here.queues.sent == [("tickets", b"\xff\x00")]


async def test_a_ticket_starts_again_with_the_edited_input(here: Here):
    here.instances = Instances(instance())
    edited = episode()
    edited["ticket"]["subject"] = "Edited"
    await replay(of_a_ticket(), edited, here.desk)
    ((name, instance_id, given),) = here.instances.started
    assert (name, instance_id, given["ticket"]["subject"]) == (names.RESOLVE_TICKET, INSTANCE, "Edited")
    assert json.dumps(given)


@pytest.mark.parametrize("name", names.REPLAYABLE)
async def test_whatever_can_fail_is_started_again_with_what_it_was_started_with(here: Here, name: str):
    history = load(next(HISTORIES.glob(f"{name}.*.jsonl")))
    started = next(event.executionStarted for event in history if event.HasField("executionStarted"))
    failed = of_a_ticket(name=name, body=json.loads(started.input.value))
    await replay(failed, None, here.desk)
    assert [(again, instance_id) for again, instance_id, _ in here.instances.started] == [(name, INSTANCE)]


async def test_an_episode_that_another_has_followed_stays_as_it_is(here: Here):
    later = instance(instance_id=names.ticket_instance(TICKET_ID, 2), status="running")
    here.instances = Instances(instance(), later)
    with pytest.raises(Permanent, match="gone on"):
        await replay(of_a_ticket(), None, here.desk)
    assert here.instances.started == []


@pytest.mark.parametrize(
    "refused",
    [
        letter(name="unknown"),
        of_a_ticket(name="screen"),
        of_a_ticket(instance_id=None),
        of_a_ticket(body={}),
        of_a_ticket(name=names.CREATE_CONTENT),
    ],
    ids=["no such queue", "no orchestration of ours", "no instance", "no input", "an input of another"],
)
async def test_what_cannot_be_replayed_is_refused(here: Here, refused: DeadLetter):
    with pytest.raises(Permanent):
        await replay(refused, None, here.desk)


async def test_an_instance_that_runs_is_not_started_again(here: Here):
    here.instances = Instances(instance(status="running"))
    with pytest.raises(Permanent, match="has not failed"):
        await replay(of_a_ticket(), None, here.desk)
