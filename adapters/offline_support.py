"""Answers a conversation by rules: the plan a ticket would get, and a ticket where more than words is wanted."""

from adapters.offline_actions import actions_asked
from adapters.offline_plan import plan
from adapters.offline_services import ToolResults
from adapters.offline_signals import wants_person
from adapters.offline_texts import frame_for
from adapters.offline_words import language_of
from shared.conversations import SupportAnswer
from shared.thinking import Question

SUBJECT_CHARS = 80


def support_answer(question: Question, tools: ToolResults) -> SupportAnswer:
    text = question.text
    if wants_person(text):
        return _ticket(question, "the requester asks for a person")
    if actions_asked(question, text):
        return _ticket(question, "the requester asks for a change")
    planned = plan(question, tools)
    if planned.outcome == "escalate" or planned.actions:
        return _ticket(question, planned.reason)
    return SupportAnswer(
        outcome=planned.outcome,
        answer=planned.answer,
        citations=planned.citations,
        confidence=planned.confidence,
        reason=planned.reason,
    )


def _ticket(question: Question, reason: str) -> SupportAnswer:
    frame = frame_for(language_of(question.text))
    return SupportAnswer(
        outcome="ticket",
        answer=f"{frame.greeting}\n\n{frame.meanwhile}",
        subject=" ".join(question.text.split())[:SUBJECT_CHARS],
        confidence=0.6,
        reason=reason,
    )
