"""A fan-out as wide as it is told, by three routes: bare when_all, the desk's pattern, and the desk's own agents."""

import asyncio
from datetime import timedelta
from typing import Any

import azure.durable_functions as df
import azure.functions as func
from durabletask.task import OrchestrationContext, Task, when_all

from orchestrations.calling import Work
from orchestrations.patterns.fan_out import Branch, fan_out
from shared import names
from shared.collaboration import Poll
from shared.desk import Policy
from shared.exchanged import Thought
from shared.thinking import Usage
from triggers.durable import bp, run

DELAY_S = 0.2
DEADLINE = timedelta(seconds=60)

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
app.register_functions(bp)


async def wait(given: Poll, _desk: Any) -> Thought:
    """Stands for a model that takes 200 ms and costs the worker nothing."""
    await asyncio.sleep(DELAY_S)
    return Thought(answer={"choice": given.options[0]}, agent="nobody", model="none", usage=Usage())


@app.activity_trigger(input_name="given", activity="sleep")
async def sleep(given: Any) -> Any:
    await asyncio.sleep(DELAY_S)
    return given


@app.activity_trigger(input_name="given", activity="wait")
async def wait_at_the_edge(given: Any, *, context: func.Context) -> Any:
    return await run(lambda: wait, given, context)


@app.orchestration_trigger(context_name="context", orchestration="bare")
def bare(context: OrchestrationContext, data: Any) -> Any:
    calls: list[Task[Any]] = [context.call_activity("sleep", input={"n": n}) for n in range(data["width"])]
    yield when_all(calls)
    return len(calls)


@app.orchestration_trigger(context_name="context", orchestration="pattern")
def pattern(context: OrchestrationContext, data: Any) -> Any:
    return (yield from _fan_out(context, data, "wait"))


@app.orchestration_trigger(context_name="context", orchestration="agents")
def agents(context: OrchestrationContext, data: Any) -> Any:
    return (yield from _fan_out(context, data, names.CAST_BALLOT))


def _fan_out(context: OrchestrationContext, data: Any, step: str) -> Work[int]:
    branches = {f"voter-{n}": Branch(step, _poll(f"{data['run']} {n}?")) for n in range(data["width"])}
    gathered = yield from fan_out(context, branches, Thought, DEADLINE, Policy.model_validate(data["policy"]))
    assert not gathered.errors, gathered.errors
    return len(gathered.results)


def _poll(question: str) -> Poll:
    return Poll(tenant="bench", question=question, options=("a", "b"), role="wording")
