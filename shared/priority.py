"""Priority from impact and urgency: a matrix, so that nobody argues with a model about it."""

from shared.tickets import Level, Priority

_MATRIX: dict[tuple[Level, Level], Priority] = {
    (1, 1): "P1",
    (1, 2): "P2",
    (2, 1): "P2",
    (1, 3): "P3",
    (2, 2): "P3",
    (3, 1): "P3",
    (2, 3): "P4",
    (3, 2): "P4",
    (3, 3): "P5",
}


def priority_of(impact: Level, urgency: Level) -> Priority:
    """Look the priority up; impact and urgency weigh the same."""
    return _MATRIX[impact, urgency]
