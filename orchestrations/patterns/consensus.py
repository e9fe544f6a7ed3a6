"""Independent voters decide by a rule; a tie, or too few votes, is nobody's decision but a person's."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from durabletask.task import OrchestrationContext

from orchestrations.calling import Work
from orchestrations.patterns.fan_out import Branch, Gathered, fan_out
from shared.collaboration import Ballot
from shared.desk import Policy
from shared.exchanged import Thought
from shared.voting import Rule, Tally, count


def consensus(
    ctx: OrchestrationContext,
    voters: Mapping[str, Branch],
    ballot: Callable[[Thought], Ballot],
    policy: Policy,
    rule: Rule = "majority",
    quorum: int | None = None,
) -> Work[tuple[Tally, Gathered[Thought]]]:
    """Ask every voter side by side; none sees another's answer. `ballot` reads a voter's thought.

    Voters have as long as specialists have.
    """
    gathered = yield from fan_out(ctx, voters, Thought, timedelta(seconds=policy.specialist_deadline_s), policy)
    ballots = {name: ballot(thought) for name, thought in gathered.results.items()}
    return count(ballots, tuple(voters), rule, quorum), gathered
