"""The checks of what leaves, for the agents whose words a requester reads."""

from collections.abc import Sequence

from agents.spec import instructions
from shared.actions import Action
from shared.outgoing import problems_with
from shared.thinking import Question


def may_not_leave(answer: str, question: Question, prompt: str, actions: Sequence[Action] = ()) -> str | None:
    """Say why an answer must not reach the requester, or None. It may quote what was retrieved, and nothing else."""
    recollection = question.recollection
    known = (
        *(passage.text for passage in recollection.passages),
        *(f"{service.note} {service.known_incident or ''}" for service in recollection.services),
    )
    found = problems_with(answer, known=known, actions=actions, instructions=instructions(prompt))
    return "; ".join(found) or None
