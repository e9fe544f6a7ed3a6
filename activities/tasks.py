"""What every task needs done outside of its orchestration: its record, its large results, its dead letter."""

import json

from activities.task_events import task_event
from shared import names
from shared.dead_letters import DeadLetter, letter_id, preview_of
from shared.exchanged import Done
from shared.ports import Desk
from shared.tasks import Stored, TaskGivenUp, TaskRecord, ToStore


async def record_task(record: TaskRecord, desk: Desk) -> Done:
    """Project a task's state into the archive and publish it. Safe to repeat and to come late."""
    await desk.tasks.put(record.tenant, record.state)
    if (event := task_event(record.tenant, record.state, record.instance_id)) is not None:
        await desk.events.publish(event)
    return Done()


async def store_result(result: ToStore, desk: Desk) -> Stored:
    """Put a large result into its blob; a repeat writes the same."""
    await desk.artifacts.write(result.blob, json.dumps(result.content, ensure_ascii=False).encode())
    return Stored(blob=result.blob, size_bytes=result.size_bytes)


async def fetch_result(there: Stored, desk: Desk) -> ToStore:
    content = json.loads(await desk.artifacts.read(there.blob))
    return ToStore(blob=there.blob, size_bytes=there.size_bytes, content=content)


async def give_up_task(given_up: TaskGivenUp, desk: Desk) -> Done:
    """Leave a dead letter whose replay takes the task up where it stopped, as an instance of its own."""
    given = given_up.given
    letter = DeadLetter(
        id=letter_id(given_up.instance_id),
        source="orchestration",
        name=given.type,
        reason=f"{given_up.step} failed: {given_up.why}",
        attempts=given_up.attempts,
        at=given_up.at,
        body=given.model_dump(mode="json"),
        preview=preview_of(given.request),
        instance_id=names.task_instance(given.task_id, _taken_up(given_up.instance_id) + 1),
    )
    await desk.dead_letters.add(letter)
    return Done()


def _taken_up(instance_id: str) -> int:
    _, _, number = instance_id.partition("~")
    return int(number or 0)
