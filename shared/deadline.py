"""When nobody waits any more for the answer of one branch of a fan-out, and where it is kept if it comes later."""

from datetime import UTC, datetime, timedelta

from shared.model import Model

DEADLINE_KEY = "_deadline"
"""Travels beside an activity's input, as a correlation id does."""
LATE = "late/"
"""Where late answers are left."""
TOO_CLOSE = timedelta(seconds=1)
"""So near to its deadline nobody can tell, from here, whether an answer was still heard."""


class Deadline(Model):
    """`kept_at` is the blob that a late answer and its cost are left in."""

    at: datetime
    kept_at: str

    @property
    def is_over(self) -> bool:
        """By the clock of whoever asks: for activities, not for orchestrations."""
        return datetime.now(UTC) >= self.at

    @property
    def may_be_over(self) -> bool:
        """Whether whoever waits may have stopped waiting by now, as clocks differ and answers travel."""
        return datetime.now(UTC) >= self.at - TOO_CLOSE


def late_path(instance_id: str, deadline: datetime, branch: str) -> str:
    """One instance may fan out more than once, and ask the same branch each time."""
    return f"{late_prefix(instance_id)}/{deadline:%Y%m%dT%H%M%S%f}/{branch}.json"


def late_prefix(instances: str) -> str:
    """Where the late answers of all instances stand whose ids begin so."""
    return f"{LATE}{instances}"
