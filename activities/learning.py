"""What is done for memory once the requester has their answer: catching up, noting facts, summing up."""

import hashlib

from activities.task_intake import start_task, task_input
from agents.asking import ask
from agents.compaction import to_summarise
from agents.memory import EXTRACTOR, THREAD_SUMMARISER
from shared import names
from shared.correlation import trail
from shared.errors import Unavailable
from shared.exchanged import Thought
from shared.fact_rules import keepable
from shared.facts import Learned
from shared.learning import CaughtUp, ExtractionQuestion, Kept, LearnRequest, LearnWork, ThreadQuestion, ThreadSummary
from shared.memory import Summary
from shared.model import Model
from shared.ports import Desk
from shared.screening import screen
from shared.thinking import KnownFact, Usage

NOBODY = "nobody"
"""Stands as agent and model where there was nothing to ask one."""


async def start_learning(tenant: str, request: LearnRequest, key: str, desk: Desk) -> bool:
    """Start the task unless nothing would come of it; the same key is the same task. Tells whether it was needed.

    While Redis is gone nobody knows: the task then waits until it is back.
    """
    try:
        if not await _is_needed(tenant, request, desk):
            return False
    except Unavailable:
        pass
    identity = names.learning_task(tenant, request.requester_id, hashlib.sha256(key.encode()).hexdigest()[:24])
    correlation_id = trail().correlation_id or identity
    given = task_input(
        names.LEARN_REQUESTER, request, identity, tenant=tenant, policy=desk.policy, correlation_id=correlation_id
    )
    await start_task(given, desk.instances)
    return True


async def catch_up(work: LearnWork, desk: Desk) -> CaughtUp:
    """Add the turns that memory missed while it was down, in their order. Redis being down still is an outcome."""
    request = work.request
    where = (work.tenant, request.requester_id, request.thread)
    try:
        kept = await desk.memory.read(*where)
        missing = {turn.id for turn in request.turns} - {turn.id for turn in kept}
        if not missing:
            return CaughtUp()
        later = tuple(turn for turn in kept if turn.id not in {given.id for given in request.turns})
        if later:
            # What came after goes behind again; a crash in between is mended by the next try of the same turns.
            await desk.memory.forget(*where)
        await desk.memory.append(*where, (*request.turns, *later))
    except Unavailable as error:
        return CaughtUp(degraded=error.dependency)
    return CaughtUp(restored=len(missing))


async def extract_facts(work: LearnWork, desk: Desk) -> Thought:
    """Ask the extraction agent, unless the person does not want to be remembered.

    Only their own words count, and none that give orders to agents.
    """
    request = work.request
    words = (turn.text for turn in request.turns if turn.role == "user")
    said = tuple(text for text in words if screen(request.subject, text).verdict != "unsafe")
    if not said or not await _may_learn(work.tenant, request.requester_id, desk):
        return _not_asked(Learned(facts=()))
    known = await desk.user_memory.fitting(work.tenant, request.requester_id, "\n".join(said))
    question = ExtractionQuestion(
        subject=request.subject,
        said=said,
        known_facts=tuple(KnownFact(kind=fact.kind, topic=fact.topic, text=fact.text) for fact in known),
    )
    return await ask(EXTRACTOR, question, desk.models, desk)


async def keep_facts(work: LearnWork, desk: Desk) -> Kept:
    """Write what may be kept; consent is looked up again, since it may have been withdrawn meanwhile."""
    request = work.request
    if not work.learned.facts or not await _may_learn(work.tenant, request.requester_id, desk):
        return Kept()
    facts = keepable(work.learned.facts, request.said_at, request.source)
    written = await desk.user_memory.keep(work.tenant, request.requester_id, facts)
    return Kept(written=written, refused=len(work.learned.facts) - len(facts))


async def summarise_thread(work: LearnWork, desk: Desk) -> Thought:
    """Sum the older turns up once the thread outgrows what agents are shown; the turns themselves stay."""
    where = (work.tenant, work.request.requester_id, work.request.thread)
    summary = await desk.memory.summary(*where)
    older = await to_summarise(await desk.memory.read(*where), summary, desk.memory_policy)
    if not older or not desk.memory_policy.summarises:
        return _not_asked(ThreadSummary(text="Everything fits."))
    question = ThreadQuestion(earlier=summary.text if summary else None, turns=older)
    thought = await ask(THREAD_SUMMARISER, question, desk.models, desk)
    text = ThreadSummary.model_validate(thought.answer).text
    await desk.memory.keep_summary(*where, Summary(text=text, through=older[-1].id))
    return thought


async def _is_needed(tenant: str, request: LearnRequest, desk: Desk) -> bool:
    where = (tenant, request.requester_id, request.thread)
    kept = await desk.memory.read(*where)
    if {turn.id for turn in request.turns} - {turn.id for turn in kept}:
        return True
    if await _may_learn(tenant, request.requester_id, desk):
        return True
    policy = desk.memory_policy
    return policy.summarises and bool(await to_summarise(kept, await desk.memory.summary(*where), policy))


async def _may_learn(tenant: str, requester_id: str, desk: Desk) -> bool:
    if desk.memory_policy.consent == "off":
        return False
    return desk.memory_policy.allows(await desk.user_memory.consent(tenant, requester_id))


def _not_asked(answer: Model) -> Thought:
    return Thought(answer=answer.model_dump(mode="json"), agent=NOBODY, model=NOBODY, usage=Usage())
