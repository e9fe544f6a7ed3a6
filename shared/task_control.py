"""What people do to a task that runs: decide where it asks, and cancel it."""

from shared.desk import Policy
from shared.model import Model
from shared.tasks import TaskDecision, TaskState


class DecisionErrand(Model):
    """Input of `deliver_decision`: the one decision that a question gets, on its way to the task."""

    tenant: str
    instance_id: str
    decision: TaskDecision
    policy: Policy


class Told(Model):
    """Whether the task was still there to hear it."""

    told: bool


class Cancelling(Model):
    """Input of `deliver_cancellation`. `state` is how the task stood when somebody wanted it ended."""

    tenant: str
    instance_id: str
    state: TaskState
    policy: Policy


class Cancelled(Model):
    """The instances that were ended, children too; none when the task had ended by itself."""

    terminated: tuple[str, ...] = ()
