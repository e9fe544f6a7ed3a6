"""The steps of erasing one person; each may run again and then finds less."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from activities.conversations import forget_conversation
from activities.task_intake import task_id
from shared import names
from shared.conversations import CONVERSATIONS, Conversation, owner_of
from shared.dead_letters import DeadLetter, ListedLetter
from shared.deadline import late_prefix
from shared.erasure import EXPORTS, INSTANCES_STORE, Erased, ErasureStep, Person, Traces, mentions
from shared.errors import Permanent, Transient
from shared.exchanged import Done
from shared.instances import InstanceState
from shared.knowledge import DRAFTS
from shared.ports import Desk
from shared.tasks import TaskInput
from shared.topology import SUBSCRIBERS

PAGE = 200


async def find_traces(person: Person, desk: Desk) -> Traces:
    """Everything else follows from the person's tickets; durable state may know of more than the archive."""
    tenant, requester = person.tenant, person.requester_id
    archived = await desk.archive.of_requester(tenant, requester)
    theirs = [state async for state in desk.instances.each_with_prefix("ticket-") if _is_of(state, person)]
    tickets = dict.fromkeys((*(document.id for document in archived), *(_ticket_of(state) for state in theirs)))
    batches = [document.batch_id for document in archived] + [state.input["ticket"]["batch_id"] for state in theirs]
    events = [event.id for ticket in tickets for event in await desk.events.of_ticket(ticket)]
    learning = [task_id(tenant, names.CREATE_CONTENT, "learning", event) for event in events]
    remembering = await desk.instances.all_with_prefix(names.task_instance(names.learning_task(tenant, requester, "")))
    all_tasks = desk.instances.each_with_prefix(names.task_instance(""))
    done_for = [state async for state in all_tasks if _is_done_for(state, person)]
    tasks = [
        *learning,
        *(state.instance_id.removeprefix("task-") for state in remembering),
        *(state.input["task_id"] for state in done_for),
    ]
    of_tickets = [state for ticket in tickets for state in await _instances_of(ticket, desk)]
    said = await _turns(person, desk)
    return Traces(
        tickets=tuple(tickets),
        batches=tuple(dict.fromkeys(batch for batch in batches if batch)),
        tasks=tuple(dict.fromkeys(tasks)),
        events=tuple(events),
        running=tuple(state.instance_id for state in (*of_tickets, *remembering, *done_for, *said) if not state.ended),
    )


async def end_running(step: ErasureStep, desk: Desk) -> Done:
    for instance in step.traces.running:
        await desk.instances.terminate(instance, "the person is being erased")
    return Done()


async def erase_from(step: ErasureStep, desk: Desk) -> Erased:
    return await _STORES[step.store](step, desk)


async def _instances(step: ErasureStep, desk: Desk) -> Erased:
    """Raises Transient while one that was ended has not yet come to rest."""
    count = 0
    found = [state for ticket in step.traces.tickets for state in await _instances_of(ticket, desk)]
    found += [state for task in step.traces.tasks for state in await _instances_of_task(task, desk)]
    for state in found:
        if not state.ended:
            raise Transient(f"{state.instance_id} has not ended yet")
        count += await desk.instances.purge(state.instance_id)
    return Erased(store=step.store, count=count)


async def _open_conversations(step: ErasureStep, desk: Desk) -> Erased:
    """Their turns, records and sessions."""
    threads = await _conversations(step, desk)
    left = [await forget_conversation(conversation, desk) for conversation in threads]
    return Erased(store=step.store, count=len(threads), left=tuple(what for what in left if what))


async def _conversations(person: Person, desk: Desk) -> list[Conversation]:
    """Those on record, and those that only turns tell of: a message came in while its conversation was forgotten."""
    spoken = [_conversation_of(turn) for turn in await _turns(person, desk)]
    found = {conversation.thread: conversation for conversation in spoken}
    for path in await desk.artifacts.list(f"{CONVERSATIONS}{owner_of(person.tenant, person.requester_id)}/"):
        if path.endswith(".session") or "/opened-" in path:
            continue
        conversation = Conversation.model_validate_json(await desk.artifacts.read(path))
        if _is_theirs(conversation, person):
            found[conversation.thread] = conversation
    return list(found.values())


async def _turns(person: Person, desk: Desk) -> list[InstanceState]:
    """Every message they said in a conversation; their place is a short digest, so each is asked whose it is."""
    prefix = names.turns_at(owner_of(person.tenant, person.requester_id))
    states = await desk.instances.all_with_prefix(prefix)
    return [state for state in states if _is_theirs(_conversation_of(state), person)]


def _conversation_of(turn: InstanceState) -> Conversation:
    return Conversation.model_validate(turn.input["conversation"])


def _is_theirs(conversation: Conversation, person: Person) -> bool:
    return (conversation.tenant, conversation.requester.id) == (person.tenant, person.requester_id)


async def _history(step: ErasureStep, desk: Desk) -> Erased:
    return Erased(store=step.store, count=await desk.memory.forget_requester(step.tenant, step.requester_id))


async def _facts(step: ErasureStep, desk: Desk) -> Erased:
    return Erased(store=step.store, count=await desk.user_memory.forget(step.tenant, step.requester_id))


async def _answers(step: ErasureStep, desk: Desk) -> Erased:
    answers = desk.models.answers
    return Erased(store=step.store, count=await answers.forget(step.requester_id) if answers else 0)


async def _archive(step: ErasureStep, desk: Desk) -> Erased:
    """With the index of similar tickets, the look-up, and what was said in ratings."""
    count = sum([await desk.archive.remove(step.tenant, ticket) for ticket in step.traces.tickets])
    count += sum([await desk.ratings.forget(step.tenant, ticket) for ticket in step.traces.tickets])
    count += sum([await desk.tasks.remove(step.tenant, task) for task in step.traces.tasks])
    return Erased(store=step.store, count=count)


async def _events(step: ErasureStep, desk: Desk) -> Erased:
    return Erased(store=step.store, count=sum([await desk.events.forget(ticket) for ticket in step.traces.tickets]))


async def _artifacts(step: ErasureStep, desk: Desk) -> Erased:
    """A batch that has ended goes as a whole: its upload holds the ticket as it came."""
    left: list[str] = []
    paths = list(await desk.artifacts.list(exports_prefix(step)))
    for batch in step.traces.batches:
        state = await desk.instances.state(names.batch_instance(batch))
        if state is not None and not state.ended:
            left.append(f"batch {batch} still runs: its upload")
        else:
            paths += await desk.artifacts.list(f"batches/{batch}")
    drafts = await desk.artifacts.list(DRAFTS) if step.traces.tasks else ()
    for ticket in step.traces.tickets:
        paths += await desk.artifacts.list(late_prefix(f"ticket-{ticket}-"))
    for task in step.traces.tasks:
        for folder in (f"tasks/{names.task_instance(task)}", late_prefix(names.task_instance(task))):
            paths += [path for path in await desk.artifacts.list(folder) if _is_of_task(path, folder)]
        paths += await desk.artifacts.list(f"articles/{task}.md")
        paths += [path for path in drafts if path.endswith(f"-{task[:8].lower()}.md")]
    count = sum([await desk.artifacts.delete(path) for path in paths])
    return Erased(store=step.store, count=count, left=tuple(left))


async def _dead_letters(step: ErasureStep, desk: Desk) -> Erased:
    letters = await dead_letters_about(step, step.traces.tickets, desk)
    for letter in letters:
        if not await desk.dead_letters.delete(letter.id):
            raise Transient(f"dead letter {letter.id} is being replayed")
    return Erased(store=step.store, count=len(letters))


async def dead_letters_about(person: Person, tickets: Sequence[str], desk: Desk) -> list[DeadLetter]:
    """Bodies are apart from the list: each is read, since its preview is masked and short."""
    known, found, cursor = frozenset(tickets), list[DeadLetter](), None
    while True:
        page = await desk.dead_letters.find(PAGE, cursor)
        letters = [letter for listed in page.items if (letter := await _with_body(listed, desk)) is not None]
        found += [
            letter
            for letter in letters
            if mentions(letter.body, person.requester_id, known)
            or any(f"-{ticket}-" in (letter.instance_id or "") for ticket in known)
        ]
        if (cursor := page.next_cursor) is None:
            return found


async def _with_body(listed: ListedLetter, desk: Desk) -> DeadLetter | None:
    """One whose body is gone says nothing about anybody any more, but what its instance's id says."""
    try:
        return await desk.dead_letters.get(listed.id)
    except Permanent:
        return DeadLetter(**listed.model_dump(), body=None)


async def _once(step: ErasureStep, desk: Desk) -> Erased:
    keys = [f"{subscriber.name}:{event}" for event in step.traces.events for subscriber in SUBSCRIBERS]
    for key in keys:
        await desk.once.release(key)
    return Erased(store=step.store, count=len(keys))


_STORES: Mapping[str, Callable[[ErasureStep, Desk], Awaitable[Erased]]] = {
    INSTANCES_STORE: _instances,
    "conversations": _open_conversations,
    "history": _history,
    "facts": _facts,
    "answers": _answers,
    "artifacts": _artifacts,
    "dead_letters": _dead_letters,
    "once_keys": _once,
    "events": _events,
    "archive": _archive,
}


def exports_prefix(person: Person) -> str:
    return f"{EXPORTS}{names.person(person.tenant, person.requester_id)}/"


async def running_work(person: Person, desk: Desk) -> tuple[str, ...]:
    return (await find_traces(person, desk)).running


def _is_of(state: InstanceState, person: Person) -> bool:
    ticket = state.input["ticket"]
    return ticket["tenant"] == person.tenant and ticket["requester"]["id"] == person.requester_id


def _is_done_for(state: InstanceState, person: Person) -> bool:
    """A task whose request names the person; parts of a task stand under its id and have no request."""
    given: dict[str, Any] = state.input
    if given["tenant"] != person.tenant or "request" not in given:
        return False
    return TaskInput.model_validate(given).payer.requester_id == person.requester_id


def _ticket_of(state: InstanceState) -> str:
    return state.input["ticket"]["id"]


async def _instances_of(ticket: str, desk: Desk) -> tuple[InstanceState, ...]:
    """Its episodes, and its messages on their way."""
    episodes = await desk.instances.all_with_prefix(f"ticket-{ticket}-")
    return (*episodes, *await desk.instances.all_with_prefix(f"message-{ticket}-"))


async def _instances_of_task(task: str, desk: Desk) -> list[InstanceState]:
    """Each time it was taken up, its parts, and what people wanted of it."""
    return [
        state
        for prefix in names.instances_about(names.task_instance(task))
        for state in await desk.instances.all_with_prefix(prefix)
        if _is_of_task(state.instance_id, prefix)
    ]


def _is_of_task(name: str, prefix: str) -> bool:
    """Whether it is that task's, and not of one whose id begins with the same letters."""
    return name == prefix or name[len(prefix)] in "~/"
