from typing import Any

import pytest

from shared.priority import priority_of
from shared.routing import disagreement, route_of
from shared.thinking import Finding, Triage

FLOOR = 0.45


def triage(**changes: Any) -> Triage:
    usual: dict[str, Any] = {
        "category": "printing",
        "type": "incident",
        "impact": 3,
        "urgency": 3,
        "complexity": "simple",
        "confidence": 0.9,
        "language": "en",
        "reasons": ("the printer is named",),
    }
    return Triage.model_validate(usual | changes)


def route(**changes: Any) -> tuple[str, str]:
    judged = triage(**changes)
    return route_of(judged, priority_of(judged.impact, judged.urgency), FLOOR)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "simple"),
        ({"complexity": "moderate"}, "simple"),
        ({"complexity": "moderate", "impact": 1}, "complex"),
        ({"complexity": "complex"}, "complex"),
        ({"impact": 1, "urgency": 1}, "complex"),
        ({"confidence": 0.44}, "doubtful"),
        ({"confidence": FLOOR}, "simple"),
        ({"category": "not_a_ticket"}, "not_a_ticket"),
        ({"category": "not_a_ticket", "confidence": FLOOR}, "not_a_ticket"),
        ({"category": "not_a_ticket", "confidence": 0.44}, "doubtful"),
        ({"wants_person": True}, "escalated"),
        ({"category": "security", "impact": 1}, "escalated"),
        ({"category": "security", "urgency": 1}, "escalated"),
        ({"category": "security", "impact": 3, "urgency": 3}, "escalated"),
        ({"category": "security", "type": "question", "impact": 1}, "simple"),
    ],
)
def test_each_rule_sends_its_ticket_its_way(changes: dict[str, Any], expected: str):
    assert route(**changes)[0] == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"category": "not_a_ticket", "wants_person": True}, "not_a_ticket"),
        ({"category": "not_a_ticket", "wants_person": True, "confidence": 0.1}, "escalated"),
        ({"wants_person": True, "confidence": 0.1}, "escalated"),
        ({"category": "security", "impact": 1, "confidence": 0.1}, "escalated"),
        ({"complexity": "complex", "confidence": 0.1}, "doubtful"),
        ({"impact": 1, "urgency": 1, "confidence": 0.1}, "doubtful"),
    ],
)
def test_where_two_rules_fit_the_earlier_one_decides(changes: dict[str, Any], expected: str):
    assert route(**changes)[0] == expected


def test_a_priority_raised_by_code_counts_for_a_security_incident():
    assert route_of(triage(category="security"), "P2", FLOOR)[0] == "escalated"


def test_every_route_gives_its_reason_in_words():
    assert route(confidence=0.3)[1] == "confidence 0.30 is below 0.45"
    assert route(wants_person=True)[1] == "the requester asks for a person"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"knowledge": ("steps", 0.7), "incidents": ("wait", 0.8)}, "incidents: wait, knowledge: steps"),
        ({"knowledge": ("steps", 0.7), "incidents": ("unknown", 0.8)}, None),
        ({"knowledge": ("steps", 0.4), "incidents": ("wait", 0.8)}, None),
        ({"knowledge": ("steps", 0.7), "history": ("steps", 0.6)}, None),
        ({}, None),
    ],
)
def test_specialists_disagree_when_sure_ones_name_different_remedies(
    found: dict[str, tuple[str, float]], expected: str | None
) -> None:
    findings = {
        name: Finding.model_validate({"summary": "s", "confidence": sure, "remedy": remedy})
        for name, (remedy, sure) in found.items()
    }
    assert disagreement(findings) == expected
