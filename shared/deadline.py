"""When nobody waits any more for the answer of one branch of a fan-out, and where it is kept if it comes later."""

from datetime import UTC, datetime

from shared.model import Model

DEADLINE_KEY = "_deadline"
"""Travels beside an activity's input, as a correlation id does."""


class Deadline(Model):
    """`kept_at` is the blob that a late answer and its cost are left in."""

    at: datetime
    kept_at: str

    @property
    def is_over(self) -> bool:
        """By the clock of whoever asks: for activities, not for orchestrations."""
        return datetime.now(UTC) >= self.at


def late_path(instance_id: str, deadline: datetime, branch: str) -> str:
    """One instance may fan out more than once, and ask the same branch each time."""
    return f"late/{instance_id}/{deadline:%Y%m%dT%H%M%S%f}/{branch}.json"
