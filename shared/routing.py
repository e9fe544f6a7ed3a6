"""Where a triaged ticket goes. The first rule that fits decides, and says so in words."""

from collections.abc import Mapping

from shared.thinking import Finding, Triage
from shared.tickets import Priority, Route


def route_of(triage: Triage, priority: Priority, confidence_floor: float) -> tuple[Route, str]:
    """Choose the route and give the reason that people read on the ticket."""
    sure = triage.confidence >= confidence_floor
    if triage.category == "not_a_ticket" and sure:
        return "not_a_ticket", f"not a ticket, with confidence {triage.confidence:.2f}"
    if triage.wants_person:
        return "escalated", "the requester asks for a person"
    if triage.category == "security" and triage.type == "incident":
        return "escalated", f"security incident of {priority}: a person decides what is done about it"
    if not sure:
        return "doubtful", f"confidence {triage.confidence:.2f} is below {confidence_floor:.2f}"
    if priority == "P1":
        return "complex", "P1 gets the specialists at once"
    if triage.complexity == "complex":
        return "complex", "complex ticket"
    if triage.complexity == "moderate" and triage.impact == 1:
        return "complex", "moderate complexity with high impact"
    return "simple", f"{triage.complexity} ticket of {priority}"


def disagreement(findings: Mapping[str, Finding]) -> str | None:
    """Say how specialists who are rather sure contradict each other about the remedy; None where they do not."""
    sure = {name: found.remedy for name, found in findings.items() if found.confidence >= 0.5}
    remedies = {name: remedy for name, remedy in sorted(sure.items()) if remedy != "unknown"}
    if len(set(remedies.values())) < 2:
        return None
    return ", ".join(f"{name}: {remedy}" for name, remedy in remedies.items())
