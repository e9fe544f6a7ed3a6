"""The steps of agents that work together: find what an agent may use, ask it one question, one typed answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from activities.outside import ask_outside
from activities.published import telling_sources, with_sources
from activities.shielding import without_attacks
from agents.asking import ask
from agents.ballots import BALLOT_VOTERS
from agents.delegation import MANAGERS, MASTER_PLANNER, WORKERS
from agents.discussion import MODERATOR, PARTICIPANTS
from agents.research import RESEARCHERS, SUMMARISER
from agents.spec import AgentSpec
from shared.collaboration import Debate, Line, Material, Poll, ResearchQuestion, SummaryQuestion
from shared.delegation import Goal, PartQuestion, WorkOrder
from shared.errors import Permanent, Unavailable
from shared.exchanged import Thought
from shared.masking import mask
from shared.ports import Desk
from shared.thinking import Passage
from shared.visibility import without_private

PASSAGE_LIMIT = 6
SIMILAR_LIMIT = 4
SOURCES: Mapping[str, tuple[str, ...]] = {
    "web": ("passages",),
    "academic": ("passages",),
    "news": ("services",),
    "social": ("similar",),
    "passages": ("passages",),
    "documentation": ("passages",),
    "github": ("similar",),
    "operations": ("services",),
    "web_collector": ("passages", "similar"),
    "document_analyst": ("passages",),
}
"""What is looked up for whom; who is not named works with what it is given."""


async def investigate(question: ResearchQuestion, desk: Desk) -> Thought:
    """`role` names the researcher."""
    material = await _found(question.role, question.query, question.tenant, desk)
    material = await with_sources(material, question.role, question.query, desk)
    material = await without_attacks(material, desk.shield)
    asked = question.model_copy(update={"query": _masked(question.query), "material": material})
    thought = await ask(_among(RESEARCHERS, question.role), asked, desk.models, desk)
    return telling_sources(thought, material)


async def summarise(question: SummaryQuestion, desk: Desk) -> Thought:
    asked = question.model_copy(update={"query": _masked(question.query)})
    return await ask(SUMMARISER, asked, desk.models, desk)


async def cast_ballot(poll: Poll, desk: Desk) -> Thought:
    """`role` names the voter."""
    material = await _material(poll.role, poll.question, poll.tenant, desk)
    asked = poll.model_copy(update={"question": _masked(poll.question), "material": material})
    return (await ask(_among(BALLOT_VOTERS, poll.role), asked, desk.models, desk)).without(material.degraded)


async def moderate(debate: Debate, desk: Desk) -> Thought:
    return await ask(MODERATOR, _masked_debate(debate), desk.models, desk)


async def speak(debate: Debate, desk: Desk) -> Thought:
    """`role` names the participant whose turn it is."""
    material = await _material(debate.role, debate.question, debate.tenant, desk)
    asked = _masked_debate(debate).model_copy(update={"material": material})

    def told(down: tuple[str, ...]) -> Debate:
        known = material.model_copy(update={"degraded": (*material.degraded, *down)})
        return asked.model_copy(update={"material": known})

    thought = await ask_outside(_among(PARTICIPANTS, debate.role), debate.role, told, "text", desk)
    return thought.without(material.degraded)


async def plan_goal(goal: Goal, desk: Desk) -> Thought:
    asked = goal.model_copy(update={"goal": _masked(goal.goal)})
    return await ask(MASTER_PLANNER, asked, desk.models, desk)


async def assign_duties(question: PartQuestion, desk: Desk) -> Thought:
    asked = question.model_copy(update={"goal": _masked(question.goal)})
    return await ask(_among(MANAGERS, question.part.manager), asked, desk.models, desk)


async def do_duty(order: WorkOrder, desk: Desk) -> Thought:
    """`role` names the worker."""
    material = await _material(order.role, f"{order.goal}\n{order.task}", order.tenant, desk)
    asked = order.model_copy(update={"goal": _masked(order.goal), "material": material})
    return (await ask(_among(WORKERS, order.role), asked, desk.models, desk)).without(material.degraded)


def _among(agents: Mapping[str, AgentSpec], name: str) -> AgentSpec:
    agent = agents.get(name)
    if agent is None:
        raise Permanent(f"there is no agent {name!r}; there are {', '.join(agents)}")
    return agent


def _masked(text: str) -> str:
    return mask(text)[0]


def _masked_debate(debate: Debate) -> Debate:
    lines = tuple(Line(speaker=line.speaker, text=_masked(line.text)) for line in debate.transcript)
    return debate.model_copy(update={"question": _masked(debate.question), "transcript": lines})


async def _material(role: str, text: str, tenant: str, desk: Desk) -> Material:
    return await without_attacks(await _found(role, text, tenant, desk), desk.shield)


async def _found(role: str, text: str, tenant: str, desk: Desk) -> Material:
    """Look up what the role works with; a source that is down is named, and the agent does without it."""
    sources = SOURCES.get(role, ())
    degraded: list[str] = []

    async def unless_down[T](wanted: str, look_up: Callable[[], Awaitable[tuple[T, ...]]]) -> tuple[T, ...]:
        if wanted not in sources:
            return ()
        try:
            return await look_up()
        except Unavailable as error:
            degraded.append(error.dependency)
            return ()

    async def passages() -> tuple[Passage, ...]:
        found = await desk.knowledge.search(text, limit=PASSAGE_LIMIT)
        degraded.extend(found.degraded)
        return found.passages

    read, similar, services = await asyncio.gather(
        unless_down("passages", passages),
        unless_down("similar", lambda: desk.archive.similar(tenant, text, SIMILAR_LIMIT)),
        unless_down("services", desk.directory.services),
    )
    asked_for = (("passages", "knowledge base"), ("similar", "resolved tickets"), ("services", "service states"))
    return Material(
        worked_from=tuple(name for wanted, name in asked_for if wanted in sources),
        passages=read,
        similar=tuple(without_private(ticket) for ticket in similar),
        services=services,
        degraded=tuple(degraded),
    )
