"""Dead letters: found in poison queues and among failed instances, and replayed when a person says so."""

import base64
import json
from datetime import UTC, datetime
from typing import Any, cast

from pydantic import ValidationError

from shared import names, topology
from shared.batches import BatchState
from shared.conversations import TurnInput
from shared.dead_letters import REPLAY_KEY, DeadLetter, letter_id, preview_of
from shared.delivery import DeliveryInput
from shared.desk import EpisodeInput
from shared.errors import Permanent
from shared.instances import InstanceState
from shared.messaging import Poisoned
from shared.model import Model
from shared.ports import Desk
from shared.task_control import Cancelling, DecisionErrand
from shared.tasks import TaskInput

_INPUTS: dict[str, type[Model]] = {
    names.RESOLVE_TICKET: EpisodeInput,
    names.PROCESS_BATCH: BatchState,
    names.DELIVER_MESSAGE: DeliveryInput,
    names.ANSWER_MESSAGE: TurnInput,
    names.DELIVER_DECISION: DecisionErrand,
    names.DELIVER_CANCELLATION: Cancelling,
}
"""What an orchestration takes; a task's takes TaskInput."""


async def collect_poison(desk: Desk) -> int:
    """Move what lies in the poison queues to the list; returns how many letters are new.

    A message leaves its queue once its letter is kept; one that comes again after a crash in between is known.
    """
    new = 0
    for queue in topology.queues():
        while found := await desk.queues.take_poisoned(queue):
            for message in found:
                new += await desk.dead_letters.add(await _letter_of_message(message, desk))
                await desk.queues.remove_poisoned(message)
    return new


async def collect_failures(desk: Desk) -> int:
    """Put orchestrations that failed on the list; returns how many letters are new."""
    new = 0
    for failed in await desk.instances.failed():
        identity = letter_id(failed.instance_id, str(failed.created_at))
        if failed.name not in names.REPLAYABLE or await desk.dead_letters.knows(identity):
            continue
        state = await desk.instances.state(failed.instance_id)
        if state is not None and state.status == "failed":
            new += await desk.dead_letters.add(_letter_of_instance(identity, state))
    return new


async def replay(letter: DeadLetter, edited: Any, desk: Desk) -> None:
    """Send the message again, or start the orchestration again, with `edited` in place of the body unless None.

    Raises Permanent when that cannot be done, Transient when it may be later.
    """
    if letter.source == "queue":
        if letter.name not in topology.queues():
            raise Permanent(f"there is no queue {letter.name} any more")
        await desk.queues.send(letter.name, _message(letter, edited))
        return
    if letter.instance_id is None or letter.name not in names.REPLAYABLE:
        raise Permanent(f"{letter.name} cannot be started again")
    body = letter.body if edited is None else edited
    try:
        given = _INPUTS.get(letter.name, TaskInput).model_validate(body)
    except ValidationError as error:
        raise Permanent(f"the body is no input of {letter.name}: {error.error_count()} faults") from error
    if isinstance(given, EpisodeInput):
        await _check_is_last(given, desk)
    if not await desk.instances.start_again(letter.name, letter.instance_id, given.model_dump(mode="json")):
        raise Permanent(f"{letter.instance_id} is there and has not failed")


async def _check_is_last(given: EpisodeInput, desk: Desk) -> None:
    later = names.ticket_instance(given.ticket.id, given.episode + 1)
    if await desk.instances.state(later) is not None:
        raise Permanent(f"the ticket has gone on without this episode: {later}")


async def _letter_of_message(message: Poisoned, desk: Desk) -> DeadLetter:
    body, encoding = _text(message.body)
    failing = await desk.dead_letters.failing(message.queue, message.body)
    return DeadLetter(
        id=letter_id(message.queue, message.id),
        source="queue",
        name=message.queue,
        reason=failing.reason if failing else "it could not be read, or its worker died",
        attempts=failing.attempts if failing else names.QUEUE_TRIES,
        at=message.at,
        body=body,
        preview=preview_of(body),
        encoding=encoding,
    )


def _letter_of_instance(identity: str, state: InstanceState) -> DeadLetter:
    return DeadLetter(
        id=identity,
        source="orchestration",
        name=state.name,
        reason=state.failure or "it failed",
        attempts=1,
        at=state.changed_at or datetime.now(UTC),
        body=state.input,
        preview=preview_of(state.input),
        instance_id=state.instance_id,
    )


def _text(body: bytes) -> tuple[str, Any]:
    try:
        return body.decode(), "text"
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), "base64"


def _message(letter: DeadLetter, edited: Any) -> bytes:
    """The message as it is sent again, by an id that a second sending has too, should the first not be noted.

    What is no JSON object has no place for an id, and no door that would take it.
    """
    came = base64.b64decode(letter.body) if letter.encoding == "base64" else str(letter.body).encode()
    said = came if edited is None else _encoded(edited)
    if (content := _json_object(said)) is None:
        return said
    origin = (_json_object(came) or {}).get(REPLAY_KEY, letter.id)
    return _encoded(content | {REPLAY_KEY: origin})


def _encoded(content: Any) -> bytes:
    return (content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)).encode()


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return cast(dict[str, Any], content) if isinstance(content, dict) else None
