"""The checks of what leaves, for the agents whose words people outside the desk read."""

from collections.abc import Sequence

from agents.spec import instructions
from shared.actions import Action
from shared.model import Model
from shared.outgoing import problems_with, problems_with_result
from shared.thinking import Question


def may_not_leave(answer: str, question: Question, prompt: str, actions: Sequence[Action] = ()) -> str | None:
    """Say why an answer must not reach the requester, or None. It may quote what was retrieved, and nothing else."""
    recollection = question.recollection
    known = (
        *(f"{passage.title}: {passage.section}\n{passage.text}" for passage in recollection.passages),
        *(f"{service.note} {service.known_incident or ''}" for service in recollection.services),
    )
    found = problems_with(
        answer, known=known, actions=actions, instructions=instructions(prompt), link_hosts=recollection.link_hosts
    )
    return "; ".join(found) or None


def may_not_be_published(texts: Sequence[str], question: Model, prompt: str) -> str | None:
    """Say why what an agent wrote for a task must not become its result, or None."""
    known = question.model_dump_json()
    found = problems_with_result("\n".join(texts), known=known, instructions=instructions(prompt))
    return "; ".join(found) or None
