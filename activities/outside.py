"""Asking an agent that may use somebody else's tools: it is told what it needs, and goes on where they fail."""

import logging
from collections.abc import Callable
from dataclasses import replace

from agents.asking import ask
from agents.spec import AgentSpec
from shared.exchanged import Thought
from shared.model import Model
from shared.ports import Desk
from shared.thinking import Profile, Question, Recollection
from shared.tool_servers import degraded_name

REQUESTER = "the requester"

log = logging.getLogger("helpdesk.activities")


async def ask_outside(
    agent: AgentSpec, role: str, question: Callable[[tuple[str, ...]], Model], says_in: str, desk: Desk
) -> Thought:
    """Ask with the tools of the role's server.

    `question` makes the question, given what is degraded; the answer's field `says_in` gets what went wrong, so that
    whoever reads the answer knows what it does not rest on. Raises as `ask` does, never for a server.
    """
    async with desk.tool_servers.opened(role) as toolbox:
        down = (degraded_name(role),) if toolbox.problems else ()
        thought = await ask(replace(agent, lent=tuple(toolbox.tools)), question(down), desk.models, desk)
    if not toolbox.problems:
        return thought
    problems = "; ".join(toolbox.problems)
    log.warning("%s worked without all its tools: %s", agent.name, problems)
    answer = thought.answer | {says_in: f"{thought.answer[says_in]} (Without {problems}.)"}
    return thought.model_copy(update={"answer": answer, "degraded": (*thought.degraded, degraded_name(role))})


def outward(question: Question, down: tuple[str, ...]) -> Question:
    """What a specialist with a line to the outside is told: the problem, and nothing about anybody.

    Tickets of others, the history and the profile stay here, for a page it reads could ask it to pass them on.
    """
    known = question.recollection
    return question.model_copy(
        update={
            "requester_id": REQUESTER,
            "earlier_answer": None,
            "draft": None,
            "recollection": Recollection(
                profile=Profile(id=REQUESTER, known=known.profile.known),
                passages=known.passages,
                services=known.services,
                degraded=(*known.degraded, *down),
            ),
        }
    )
