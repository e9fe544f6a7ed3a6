"""Independent voters decide by majority; a tie, or too few votes, is nobody's decision but a person's."""

from collections.abc import Sequence
from datetime import timedelta

from durabletask.task import OrchestrationContext

from orchestrations.calling import Work, branch
from orchestrations.patterns.fan_out import Gathered, fan_out
from shared import names
from shared.desk import Policy, Thought
from shared.thinking import Question, Vote
from shared.voting import Tally, majority


def consensus(
    ctx: OrchestrationContext, question: Question, voters: Sequence[str], policy: Policy
) -> Work[tuple[Tally, Gathered[Thought]]]:
    """Ask every voter the same question; none sees another's answer."""
    branches = {voter: branch(ctx, names.VOTE, question.model_copy(update={"role": voter}), policy) for voter in voters}
    gathered = yield from fan_out(ctx, branches, Thought, timedelta(seconds=policy.specialist_deadline_s))
    votes = {name: Vote.model_validate(thought.answer) for name, thought in gathered.results.items()}
    return majority(votes, len(voters)), gathered
