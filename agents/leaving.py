"""The checks of what leaves, for the agents whose words people outside the desk read."""

from collections.abc import Sequence
from typing import Any

from agents.spec import instructions
from shared.actions import Action
from shared.masking import SECRET_KINDS
from shared.model import Model
from shared.outgoing import problems_with, problems_with_result, without_private
from shared.thinking import Question, Recollection


def may_not_leave(answer: str, question: Question, prompt: str, actions: Sequence[Action] = ()) -> str | None:
    """Say why an answer must not reach the requester, or None. It may quote what was retrieved, and nothing else."""
    recollection = question.recollection
    found = problems_with(
        answer,
        known=_trusted(recollection),
        actions=actions,
        instructions=instructions(prompt),
        link_hosts=recollection.link_hosts,
    )
    return "; ".join(found) or None


def may_not_be_published(texts: Sequence[str], question: Model, prompt: str) -> str | None:
    """Say why what an agent wrote for a task must not become its result, or None."""
    known = question.model_dump_json()
    found = problems_with_result("\n".join(texts), known=known, instructions=instructions(prompt))
    return "; ".join(found) or None


def readable(said: Any, question: Model) -> Any:
    """An agent's whole answer as JSON, or a text about it, without what nobody must read in it.

    Whatever a model writes can end up before people: a reason, a finding, a problem with a draft. Of a ticket its
    requester reads them too, and as in an answer nobody else's data may stand there; who it is for may be named.
    """
    if isinstance(question, Question):
        whose = (question.requester_id, question.recollection.profile.id)
        known = "\n".join((*_trusted(question.recollection), *whose))
        return without_private(said, lambda _kind, value: value in known)
    given = question.model_dump_json()
    return without_private(said, lambda kind, value: kind not in SECRET_KINDS or value in given)


def _trusted(recollection: Recollection) -> tuple[str, ...]:
    """What is the desk's own word, and may be quoted to anybody."""
    return (
        *(f"{passage.title}: {passage.section}\n{passage.text}" for passage in recollection.passages),
        *(f"{service.note} {service.known_incident or ''}" for service in recollection.services),
    )
