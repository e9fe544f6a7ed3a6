import pytest

from shared.priority import priority_of
from shared.tickets import Level, Priority


@pytest.mark.parametrize(
    ("impact", "urgency", "priority"),
    [
        (1, 1, "P1"),
        (1, 2, "P2"),
        (2, 1, "P2"),
        (2, 2, "P3"),
        (1, 3, "P3"),
        (3, 1, "P3"),
        (2, 3, "P4"),
        (3, 2, "P4"),
        (3, 3, "P5"),
    ],
)
def test_priority_follows_the_impact_by_urgency_matrix(impact: Level, urgency: Level, priority: Priority):
    assert priority_of(impact, urgency) == priority
