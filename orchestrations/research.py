"""One query to several researchers at once; at the deadline, what has come in is the answer."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from durabletask.task import OrchestrationContext

from orchestrations.calling import Work, now
from orchestrations.patterns.fan_out import Branch, Gathered, fan_out
from orchestrations.task import Task, carry_out
from shared import names
from shared.collaboration import (
    RESEARCHERS,
    Research,
    ResearchQuestion,
    ResearchResult,
    ResearchSource,
    Summary,
    SummaryQuestion,
)
from shared.exchanged import Thought
from shared.model import Model
from shared.tasks import ResearchRequest

SUMMARISER = "summary"
SUMMARY_CHARS = 4_000


def research(ctx: OrchestrationContext, data: Any) -> Work[dict[str, Any]]:
    """Input TaskInput with a ResearchRequest; returns the TaskState, its result a ResearchResult."""
    return (yield from carry_out(ctx, data, _research, ("research", SUMMARISER)))


def _research(task: Task) -> Work[Model]:
    request = ResearchRequest.model_validate(task.given.request)
    ends_at = task.began_at + timedelta(seconds=request.deadline_s)
    gathered = yield from _gather(task, request, ends_at)
    results = {name: Research.model_validate(thought.answer) for name, thought in gathered.results.items()}
    text = yield from _summary(task, request.query, results, ends_at)
    result = ResearchResult(
        query=request.query,
        sources=tuple(_source(name, gathered, results) for name in gathered.elapsed if name not in gathered.missing),
        summary=text,
        completed_agents=len(results),
        timed_out=gathered.timed_out,
        missing=gathered.missing,
    )
    return result


def _gather(task: Task, request: ResearchRequest, ends_at: datetime) -> Work[Gathered[Thought]]:
    branches = {
        name: Branch(
            names.INVESTIGATE,
            ResearchQuestion(
                tenant=task.given.tenant,
                query=request.query,
                role=name,
            ),
        )
        for name in request.agents or RESEARCHERS
    }
    gathered = yield from fan_out(task.ctx, branches, Thought, ends_at - now(task.ctx), task.policy)
    for thought in gathered.results.values():
        task.spend(thought.usage)
        task.degrade(*thought.degraded)
    task.spend(*gathered.spent.values())
    came = ", ".join(gathered.results) or "nobody"
    yield from task.note("research", Summary(text=f"answered: {came}"))
    return gathered


def _summary(task: Task, query: str, results: Mapping[str, Research], ends_at: datetime) -> Work[str]:
    """An agent's summary if one can be had before the deadline, else the findings one after the other."""
    plain = "\n\n".join(f"{name}: {found.summary}" for name, found in results.items())[:SUMMARY_CHARS]
    left = ends_at - now(task.ctx)
    if not results or left <= timedelta():
        text = plain or "No researcher had an answer in time."
    else:
        branch = Branch(names.SUMMARISE, SummaryQuestion(query=query, findings=dict(results)))
        gathered = yield from fan_out(task.ctx, {SUMMARISER: branch}, Thought, left, task.policy)
        task.spend(*gathered.spent.values())
        thought = gathered.results.get(SUMMARISER)
        if thought is None:
            task.degrade(SUMMARISER)
        else:
            task.spend(thought.usage)
        text = Summary.model_validate(thought.answer).text if thought else plain
    yield from task.note(SUMMARISER, Summary(text=text))
    return text


def _source(name: str, gathered: Gathered[Thought], results: Mapping[str, Research]) -> ResearchSource:
    return ResearchSource(
        agent=name,
        data=results.get(name),
        error=gathered.errors.get(name),
        elapsed_ms=int(gathered.elapsed[name] / timedelta(milliseconds=1)),
    )
