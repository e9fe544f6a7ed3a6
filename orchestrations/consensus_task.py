"""A free question put to voters; where they come to no decision, a person does, with the votes laid out."""

from typing import Any

from durabletask.task import OrchestrationContext

from orchestrations.calling import Work
from orchestrations.patterns.consensus import consensus as by_vote
from orchestrations.patterns.fan_out import Branch
from orchestrations.task import Task, carry_out
from shared import names
from shared.collaboration import BALLOT_VOTERS, Ballot, Poll
from shared.exchanged import Thought
from shared.model import Model
from shared.tasks import ConsensusRequest
from shared.voting import ConsensusResult, Tally


def consensus(ctx: OrchestrationContext, data: Any) -> Work[dict[str, Any]]:
    """Input TaskInput with a ConsensusRequest; returns the TaskState, its result a ConsensusResult."""
    return (yield from carry_out(ctx, data, _decide, ("vote",)))


def _decide(task: Task) -> Work[Model]:
    request = ConsensusRequest.model_validate(task.given.request)
    tally = yield from _vote(task, request)
    outcome, decided_by, note = tally.winner, "vote", None
    if outcome is None:
        question = f"{request.question}\nThe voters came to no decision: {tally.why}"
        word = yield from task.ask_person(question, request.options, tally.model_dump(mode="json"))
        outcome, decided_by, note = word.decision, word.by, word.note
    return ConsensusResult(
        question=request.question,
        options=request.options,
        votes=tally.ballots,
        tally=tally.counts,
        silent=tally.silent,
        quorum=tally.quorum,
        rule=request.rule,
        outcome=outcome,
        decided_by=decided_by,
        note=note,
        why=tally.why,
    )


def _vote(task: Task, request: ConsensusRequest) -> Work[Tally]:
    voters = {
        voter: Branch(
            names.CAST_BALLOT,
            Poll(tenant=task.given.tenant, question=request.question, options=request.options, role=voter),
        )
        for voter in request.voters or BALLOT_VOTERS
    }
    tally, gathered = yield from by_vote(task.ctx, voters, _ballot, task.policy, request.rule, request.quorum)
    for thought in gathered.results.values():
        task.spend(thought.usage)
        task.degrade(*thought.degraded)
    task.spend(*gathered.spent.values())
    yield from task.note("vote", tally)
    return tally


def _ballot(thought: Thought) -> Ballot:
    return Ballot.model_validate(thought.answer)
