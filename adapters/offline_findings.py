"""What each specialist finds by rules."""

from adapters.offline_outside import SEARCHES, found_outside
from adapters.offline_passages import citation, supported
from adapters.offline_services import ToolResults, services_in_trouble
from adapters.offline_words import terms, words_of
from shared.thinking import Finding, Question

MOST_PASSAGES = 3
MOST_TICKETS = 3


def finding(question: Question, tools: ToolResults) -> Finding:
    """The view of the specialist that `question.role` names."""
    if question.role == "incidents":
        return _incidents(question, tools)
    if question.role in SEARCHES:
        return found_outside(question, tools)
    if question.role == "history":
        return _history(question)
    return _knowledge(question)


def _knowledge(question: Question) -> Finding:
    found = supported(question.recollection.passages, terms(words_of(question)))[:MOST_PASSAGES]
    if not found:
        return Finding(summary="No passage has enough in common with the ticket.", confidence=0.2)
    lines = [f"{one.passage.title} / {one.passage.section}: {one.passage.text.strip()[:400]}" for one in found]
    return Finding(
        summary="\n".join(lines),
        citations=tuple(citation(one.passage) for one in found),
        confidence=found[0].confidence,
        remedy="steps",
    )


def _incidents(question: Question, tools: ToolResults) -> Finding:
    troubled = services_in_trouble(question, tools)
    if not troubled:
        return Finding(summary="No service in trouble matches the words of the ticket.", confidence=0.6)
    lines = [
        f"{state.name} is in {state.status}. {state.note} Known incident: {state.known_incident or 'none'}."
        for state in troubled
    ]
    return Finding(summary="\n".join(lines), confidence=0.8, remedy="wait")


def _history(question: Question) -> Finding:
    similar = question.recollection.similar[:MOST_TICKETS]
    lines = [f"Ticket {one.id} ({one.category}): {one.subject}. {(one.answer or '')[:300]}" for one in similar]
    if question.episode > 1:
        lines.insert(0, f"This is episode {question.episode}: what was answered before did not last.")
    if not lines:
        return Finding(summary="No comparable ticket is known.", confidence=0.2)
    repeated = question.episode > 1
    return Finding(summary="\n".join(lines), confidence=0.5, remedy="cause" if repeated else "unknown")
