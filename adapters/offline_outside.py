"""What the specialists with a line to the outside search for by rules, and what they quote of it."""

from adapters.offline_services import ToolResults
from adapters.offline_words import terms, words_of
from shared.thinking import Finding, Question

SEARCHES = {"documentation": "microsoft_docs_search", "github": "search_issues"}
"""The tool by which rules search, by the specialist's role."""
SEARCHED_CHARS = 150
QUOTED_CHARS = 600
ENOUGH_SHARED_WORDS = 2


def searches(question: Question) -> dict[str, dict[str, str]]:
    """The one search that rules make: the subject is what a requester thinks it is about."""
    return {SEARCHES[question.role or ""]: {"query": question.subject[:SEARCHED_CHARS]}}


def found_outside(question: Question, tools: ToolResults) -> Finding:
    """A quote where it shares words with the ticket; a rule cannot tell whether it helps, so the remedy stays open."""
    told = tools.get(SEARCHES[question.role or ""])
    if not isinstance(told, str):
        return Finding(summary="Nothing could be searched.", confidence=0.1)
    shared = terms(words_of(question)).keys() & terms(told).keys()
    if len(shared) < ENOUGH_SHARED_WORDS:
        return Finding(summary="The search gave nothing that shares words with the ticket.", confidence=0.2)
    return Finding(summary=told.strip()[:QUOTED_CHARS], confidence=0.4)
