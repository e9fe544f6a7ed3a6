"""Whether an answer rests on something: code judges, since a model is at its most convincing where it guesses."""

from shared.thinking import Plan, Question


def unsupported(plan: Plan, question: Question) -> str | None:
    """Why a person must look at an answer that nothing supports, or None.

    A passage that is cited supports it, or a typed action, or the trouble of a service that it names.
    """
    if plan.outcome != "answer" or plan.citations or plan.actions or names_trouble(plan, question):
        return None
    return "The answer cites no passage, contains no action and names no known disturbance"


def names_trouble(plan: Plan, question: Question) -> bool:
    return any(state.status != "operational" and state.name in plan.answer for state in question.recollection.services)
