"""Functions with every trigger and output that is not durable; tests/host runs them in a host."""

import asyncio
import json
import logging
import os
import time
from typing import List  # noqa: UP035

import azure.functions as func
from opentelemetry import trace

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.route(route="hello/{name?}", methods=["GET", "POST"])
async def hello(req: func.HttpRequest) -> func.HttpResponse:
    logging.getLogger("greeter").info("greeting %s", req.route_params.get("name"))
    return func.HttpResponse(f"hello {req.route_params.get('name', 'world')}")


@app.route(route="plain")
def plain(req: func.HttpRequest) -> str:
    return f"{req.method} from a thread"


@app.route(route="items/{id:int}", methods=["PUT"])
def put_item(req: func.HttpRequest) -> str:
    return f"item {int(req.route_params['id']) + 1}"


@app.route(route="files/{*path}")
def files(req: func.HttpRequest) -> str:
    return req.route_params.get("path", "")


@app.route(route="echo", methods=["POST"])
async def echo(req: func.HttpRequest) -> func.HttpResponse:
    headers = {
        "x-length": str(len(req.get_body())),
        "x-query": json.dumps(dict(req.params)),
        "x-url": req.url,
    }
    answer = func.HttpResponse(req.get_body(), status_code=201, mimetype="application/octet-stream", headers=headers)
    answer.headers.add("Set-Cookie", "a=1; Path=/; HttpOnly; SameSite=Lax; Max-Age=60")
    answer.headers.add("Set-Cookie", "b=2")
    return answer


@app.route(route="form", methods=["POST"])
def form(req: func.HttpRequest) -> str:
    return req.form["field"]


@app.route(route="raises")
def raises(req: func.HttpRequest) -> str:
    raise ValueError("a secret detail")


@app.route(route="dies")
async def dies(req: func.HttpRequest) -> str:
    os._exit(3)


@app.route(route="pid")
async def pid(req: func.HttpRequest) -> str:
    await asyncio.sleep(float(req.params.get("wait_s", "0")))
    return str(os.getpid())


@app.route(route="blocks")
def blocks(req: func.HttpRequest) -> str:
    time.sleep(float(req.params["wait_s"]))
    return str(os.getpid())


@app.route(route="setting/{name}")
def setting(req: func.HttpRequest) -> str:
    return os.environ.get(req.route_params["name"], "(unset)")


@app.route(route="trace")
async def trace_of(req: func.HttpRequest, context: func.Context) -> str:
    current = trace.get_current_span().get_span_context()
    return json.dumps({"parent": context.trace_context.trace_parent, "active": f"{current.trace_id:032x}"})


@app.route(route="enqueue/{queue}", methods=["POST"])
@app.queue_output(arg_name="messages", queue_name="{queue}", connection="AzureWebJobsStorage")
def enqueue(req: func.HttpRequest, messages: func.Out[List[str]]) -> str:  # noqa: UP006 - the worker refuses list[str]
    messages.set(req.get_json())
    return "queued"


@app.queue_trigger(arg_name="msg", queue_name="%ORDERS_QUEUE%", connection="AzureWebJobsStorage")
@app.queue_output(arg_name="$return", queue_name="receipts", connection="AzureWebJobsStorage")
@app.blob_output(arg_name="copy", path="orders/{Id}.txt", connection="AzureWebJobsStorage")
async def take_order(msg: func.QueueMessage, copy: func.Out[str], context: func.Context) -> str:
    text = msg.get_body().decode()
    if text == "bad":
        raise RuntimeError("cannot take this order")
    if text == "slow":
        await asyncio.sleep(2)
    copy.set(text)
    facts = {
        "text": text,
        "id": msg.id,
        "attempt": msg.dequeue_count,
        "inserted": str(msg.insertion_time),
        "trace": context.trace_context.trace_parent,
    }
    return json.dumps(facts)


@app.timer_trigger(arg_name="timer", schedule="%TICK%", run_on_startup=False)
@app.queue_output(arg_name="$return", queue_name="ticks", connection="AzureWebJobsStorage")
def tick(timer: func.TimerRequest) -> str:
    return json.dumps({"past_due": timer.past_due})
