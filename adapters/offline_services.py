"""Finds the services in trouble that a ticket is about."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from adapters.offline_words import terms, words_of
from shared.thinking import Question, ServiceState

ToolResults = Mapping[str, Any]
"""What tools returned, by tool name, as plain JSON values."""

SAY_NOTHING = terms("service services system company office portal online access internal working works new")


def services_in_trouble(question: Question, tools: ToolResults) -> tuple[ServiceState, ...]:
    """Services that do not work properly and that the ticket is about by its words."""
    ticket = terms(words_of(question))
    return tuple(state for state in _known_states(question, tools) if concerns(state, ticket))


def _known_states(question: Question, tools: ToolResults) -> Sequence[ServiceState]:
    """The states just looked up where a tool told them, else those recalled when thinking started."""
    told = tools.get("service_status")
    if isinstance(told, list):
        return [ServiceState.model_validate(state) for state in cast(list[Any], told)]
    return question.recollection.services


def concerns(state: ServiceState, ticket: Mapping[str, int]) -> bool:
    """The ticket names the whole id, or a word of the name and one more that the note has too."""
    if state.status == "operational":
        return False
    by_id, by_name = (terms(text).keys() - SAY_NOTHING.keys() for text in (state.id, state.name))
    by_note = terms(state.note).keys() - SAY_NOTHING.keys()
    named = by_name & ticket.keys()
    return by_id <= ticket.keys() or (bool(named) and len((by_name | by_note) & ticket.keys()) >= 2)
