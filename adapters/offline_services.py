"""Finds the services in trouble that a ticket is about."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from adapters.offline_triage import words_of
from adapters.offline_words import terms
from shared.thinking import Question, ServiceState

ToolResults = Mapping[str, Any]
"""What tools returned, by tool name, as plain JSON values."""

SAY_NOTHING = terms("service services system company office portal online access internal")


def services_in_trouble(question: Question, tools: ToolResults) -> tuple[ServiceState, ...]:
    """Services that do not work properly and whose name the ticket mentions."""
    ticket = terms(words_of(question))
    return tuple(state for state in _known_states(question, tools) if _matches(state, ticket))


def _known_states(question: Question, tools: ToolResults) -> Sequence[ServiceState]:
    """The states just looked up where a tool told them, else those recalled when thinking started."""
    told = tools.get("service_status")
    if isinstance(told, list):
        return [ServiceState.model_validate(state) for state in cast(list[Any], told)]
    return question.recollection.services


def _matches(state: ServiceState, ticket: Mapping[str, int]) -> bool:
    named = terms(f"{state.id} {state.name}")
    return state.status != "operational" and any(term in ticket for term in named if term not in SAY_NOTHING)
