"""What voters say by rules of a dangerous action: what the ticket's words and the directory tell, and no more."""

from collections.abc import Callable

from adapters.offline_actions import actions_asked
from adapters.offline_words import terms, words_of
from shared.actions import Action, AddToGroup, SetTicketFields
from shared.risk import risk_of
from shared.thinking import Judgement, Question

WIDE = terms("admin admins administrator owner owners root global domain superuser everybody")


def judgement(question: Question) -> Judgement:
    """The view of the voter that `role` names on the draft's dangerous actions."""
    proposed = question.draft.actions if question.draft else ()
    known = question.recollection.catalog
    dangerous = [action for action in proposed if risk_of(action, question.requester_id, known) == "dangerous"]
    if not dangerous:
        return Judgement(fitting=None, confidence=0.1, why="No action of the draft is dangerous.")
    return _VIEWS.get(question.role or "", _grounds)(question, dangerous)


def _grounds(question: Question, actions: list[Action]) -> Judgement:
    asked = actions_asked(question, words_of(question))
    strange = [action.kind for action in actions if action not in asked]
    if strange:
        why = f"The words of the ticket do not ask for this: {', '.join(strange)}."
        return Judgement(fitting=False, confidence=0.6, why=why)
    return Judgement(fitting=True, confidence=0.6, why="The words of the ticket ask for exactly this.")


def _person(question: Question, actions: list[Action]) -> Judgement:
    if not question.recollection.profile.known:
        return Judgement(fitting=False, confidence=0.7, why="The directory does not know who asks.")
    concerned = {action.user_id for action in actions if not isinstance(action, SetTicketFields)}
    if concerned - {question.requester_id}:
        why = "The directory does not tell whether the requester may ask this for another person."
        return Judgement(fitting=None, confidence=0.3, why=why)
    return Judgement(fitting=True, confidence=0.5, why="The directory knows who asks, and it is for their own account.")


def _least(_question: Question, actions: list[Action]) -> Judgement:
    wide = [action.group for action in actions if isinstance(action, AddToGroup) and terms(action.group) & WIDE]
    if wide:
        return Judgement(fitting=False, confidence=0.7, why=f"By its name this gives wide rights: {', '.join(wide)}.")
    return Judgement(fitting=None, confidence=0.3, why="Rules cannot tell whether something smaller would do.")


_VIEWS: dict[str, Callable[[Question, list[Action]], Judgement]] = {
    "grounds": _grounds,
    "person": _person,
    "least": _least,
}
