"""Whether an answer rests on something: code judges, since a model is at its most convincing where it guesses."""

from shared.thinking import Plan, Triage


def unsupported(plan: Plan) -> str | None:
    """Why a person must look at an answer that nothing supports, or None.

    A passage that is cited supports it, or a typed action. News of a disturbance is true and closes nothing: who is
    told of it still cannot work.
    """
    if plan.outcome != "answer" or plan.citations or plan.actions:
        return None
    return "The answer cites no passage and contains no action"


def closing_confidence(triage: Triage, plan: Plan) -> float:
    """How likely it is right to close the ticket with this plan: what it is about and what helps must both be right."""
    return triage.confidence * plan.confidence


def unsure(triage: Triage, plan: Plan, floor: float) -> str | None:
    """Why a person must look before an answer closes the ticket, or None. A question back closes nothing."""
    confidence = closing_confidence(triage, plan)
    if plan.outcome != "answer" or confidence >= floor:
        return None
    arithmetic = f"{triage.confidence:.2f} of the category x {plan.confidence:.2f} of the answer = {confidence:.2f}"
    return f"Not sure enough to close it alone: {arithmetic}, below {floor:.2f}"
