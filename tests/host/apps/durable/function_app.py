"""Durable functions of every kind, driven over HTTP; activities note what they did in a file named by NOTES."""

import asyncio
import json
import logging
import os
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import azure.durable_functions as df
import azure.functions as func
from durabletask import task
from durabletask.entities import EntityInstanceId
from opentelemetry import trace

type Turns = Generator[Any, Any, Any]

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="start/{name}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client: df.DurableFunctionsClient) -> func.HttpResponse:
    body: Any = json.loads(req.get_body() or b"null")
    instance_id = await client.schedule_new_orchestration(
        req.route_params["name"], input=body, instance_id=req.params.get("id")
    )
    return client.create_check_status_response(req, instance_id)


@app.route(route="entity/{key}", methods=["GET"])
@app.durable_client_input(client_name="client")
async def read_counter(req: func.HttpRequest, client: df.DurableFunctionsClient) -> str:
    entity = await client.get_entity(EntityInstanceId("counter", req.route_params["key"]))
    return str(entity.get_state()) if entity else "none"


@app.route(route="pid")
async def pid(req: func.HttpRequest) -> str:
    return str(os.getpid())


@app.orchestration_trigger(context_name="context")
def chain(context: Any, input: Any) -> Turns:
    """Three steps, one after the other, each noted."""
    results: list[Any] = []
    for step in range(3):
        result = yield context.call_activity("note", input={"who": context.instance_id, "step": step})
        results.append(result)
    return results


@app.orchestration_trigger(context_name="context")
def fan(context: Any, input: Any) -> Turns:
    """As many activities at once as the input says."""
    doubled: list[Any] = [context.call_activity("double", input=number) for number in range(input)]
    results: list[int] = yield task.when_all(doubled)
    return sum(results)


@app.orchestration_trigger(context_name="context")
def parent(context: Any, input: Any) -> Turns:
    child: Any = yield context.call_sub_orchestrator("traced")
    own: Any = yield context.call_activity("trace_id")
    return {"child": child, "own": own}


@app.orchestration_trigger(context_name="context")
def traced(context: Any, input: Any) -> Turns:
    result: Any = yield context.call_activity("trace_id")
    return result


@app.orchestration_trigger(context_name="context")
def waits(context: Any, input: Any) -> Turns:
    decision: Any = yield context.wait_for_external_event("decision")
    return decision


@app.orchestration_trigger(context_name="context")
def sleeps(context: Any, input: Any) -> Turns:
    yield context.create_timer(timedelta(seconds=float(input)))
    return "awake"


@app.orchestration_trigger(context_name="context")
def fails(context: Any, input: Any) -> Turns:
    yield context.call_activity("refuses")


@app.orchestration_trigger(context_name="context")
def dies_once(context: Any, input: Any) -> Turns:
    result: Any = yield context.call_activity("ends_its_worker", input=input)
    return result


@app.orchestration_trigger(context_name="context")
def counts(context: Any, input: Any) -> Turns:
    entity = EntityInstanceId("counter", context.instance_id)
    yield context.call_entity(entity, "add", 2)
    total: Any = yield context.call_entity(entity, "add", 3)
    return total


def append_note(line: str) -> None:
    with Path(os.environ["NOTES"]).open("a") as notes:
        notes.write(line)
    logging.info("noted %s", line.strip())


@app.activity_trigger(input_name="input")
async def note(input: dict) -> str:  # type: ignore[type-arg]
    await asyncio.sleep(float(os.environ.get("STEP_S", "0")))
    append_note(f"{input['who']} {input['step']}\n")
    return f"step {input['step']}"


@app.activity_trigger(input_name="number")
def double(number: int) -> int:
    return 2 * number


@app.activity_trigger(input_name="nothing")
async def trace_id(nothing: Any) -> str:
    return f"{trace.get_current_span().get_span_context().trace_id:032x}"


@app.activity_trigger(input_name="nothing")
def refuses(nothing: Any) -> str:
    raise ValueError("will not do it")


@app.activity_trigger(input_name="marker")
def ends_its_worker(marker: str) -> str:
    """Ends the process the first time, which leaves a marker behind."""
    path = Path(marker)
    if path.exists():
        return "second time"
    path.touch()
    os._exit(1)


@app.entity_trigger(context_name="context")
def counter(context: Any, amount: Any) -> int:
    total: int = context.get_state(int, 0) + amount
    context.set_state(total)
    return total
