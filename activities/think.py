"""The steps that ask an agent: one question, one typed answer, and what it cost."""

from collections.abc import Mapping

from activities.outside import ask_outside, outward
from agents.asking import ask
from agents.resolver import RESOLVER
from agents.reviewer import REVIEWER
from agents.risk_voters import RISK_VOTERS
from agents.spec import AgentSpec
from agents.specialists import SPECIALISTS
from agents.triage_analyst import TRIAGE_ANALYST
from agents.voters import VOTERS
from shared.errors import Permanent
from shared.exchanged import Thought
from shared.names import OUTSIDE_SPECIALISTS
from shared.ports import Desk
from shared.thinking import Question


async def triage(question: Question, desk: Desk) -> Thought:
    return await ask(TRIAGE_ANALYST, question, desk.models, desk)


async def vote(question: Question, desk: Desk) -> Thought:
    """`question.role` names the voter."""
    return await ask(_among(VOTERS, question), question, desk.models, desk)


async def consult(question: Question, desk: Desk) -> Thought:
    """`question.role` names the specialist."""
    specialist = _among(SPECIALISTS, question)
    if question.role in OUTSIDE_SPECIALISTS:
        return await ask_outside(specialist, question.role, lambda down: outward(question, down), "summary", desk)
    return await ask(specialist, question, desk.models, desk)


async def resolve(question: Question, desk: Desk) -> Thought:
    return await ask(RESOLVER, question, desk.models, desk)


async def review(question: Question, desk: Desk) -> Thought:
    return await ask(REVIEWER, question, desk.models, desk)


async def weigh(question: Question, desk: Desk) -> Thought:
    """`question.role` names the voter on the draft's dangerous actions."""
    return await ask(_among(RISK_VOTERS, question), question, desk.models, desk)


def _among(agents: Mapping[str, AgentSpec], question: Question) -> AgentSpec:
    agent = agents.get(question.role or "")
    if agent is None:
        raise Permanent(f"there is no agent {question.role!r}; there are {', '.join(agents)}")
    return agent
