"""A process to be killed: a backend on a database file, with a worker that logs every activity it runs."""

import os
import sys
import time
from pathlib import Path
from typing import Any

from durabletask import entities, task
from durabletask.entities import EntityInstanceId

from devhost.backend import DurableBackend
from tests.host.durable_worker import App, Steps, Worker

app = App()
log = os.open(os.environ["ACTIVITY_LOG"], os.O_APPEND | os.O_CREAT | os.O_WRONLY)


@app.activity
def step(value: dict[str, Any]) -> str:
    os.write(log, f"{value['id']} {value['number']}\n".encode())
    time.sleep(0.005)
    return f"{value['id']}-{value['number']}"


@app.entity
def tally(ctx: entities.EntityContext, value: str) -> None:
    ctx.set_state([*ctx.get_state(list, []), value])


@app.orchestrator
def leg(ctx: task.OrchestrationContext, number: int) -> Steps:
    yield ctx.create_timer(ctx.current_utc_datetime)
    return (yield ctx.call_activity("step", input={"id": ctx.instance_id, "number": number}))


@app.orchestrator
def journey(ctx: task.OrchestrationContext, _: object) -> Steps:
    done: list[Any] = []
    for number in range(3):
        result = yield ctx.call_activity("step", input={"id": ctx.instance_id, "number": number})
        done.append(result)
    done.append((yield ctx.wait_for_external_event("go")))
    done.append((yield ctx.call_sub_orchestrator("leg", input=9, instance_id=f"{ctx.instance_id}-leg")))
    yield ctx.call_entity(EntityInstanceId("tally", "all"), "add", ctx.instance_id)
    return done


def main() -> None:
    backend = DurableBackend(Path(sys.argv[1]))
    address = backend.start()
    with Worker(backend, app):
        print(address, flush=True)
        time.sleep(600)


if __name__ == "__main__":
    main()
