"""The events channel: a queue and a function of its own for every subscriber of shared/topology.py."""

import json
import logging
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from shared.events import Event
from shared.messaging import EventCount
from shared.topology import SUBSCRIBERS, Subscriber
from triggers.answers import items_of
from triggers.http import json_response
from triggers.operations import door
from triggers.queues import taking
from triggers.services import Services, durable_client, services

bp = df.Blueprint()
log = logging.getLogger("helpdesk.events")


def _register(subscriber: Subscriber) -> None:
    async def take_event(msg: func.QueueMessage, client: str) -> None:
        from activities.subscriptions import take

        async with taking(msg, subscriber.queue, client, lane="batch") as services:
            await take(_event(json.loads(msg.get_body())), subscriber, services)

    take_event.__name__ = f"take_event_{subscriber.name}"
    on_queue = bp.queue_trigger(arg_name="msg", queue_name=subscriber.queue, connection="AzureWebJobsStorage")
    on_queue(durable_client(bp)(take_event))


for each in SUBSCRIBERS:
    _register(each)


@bp.timer_trigger(schedule="%SWEEP_SCHEDULE%", arg_name="timer", use_monitor=False)
async def publish_pending_events(timer: func.TimerRequest) -> None:
    """Publish what could not be published when it happened."""
    published = await services().events.publish_pending()
    if published:
        log.info("published %d events that had waited", published)


@door(bp, answers={200: items_of(EventCount)})
async def get_event_counts(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    counts = await services.counters.counts()
    return json_response({"items": [count.model_dump(mode="json") for count in counts]})


def _event(given: dict[str, Any]) -> Event:
    """A CloudEvent with the attributes we know; others may add extensions of their own."""
    return Event.model_validate({name: value for name, value in given.items() if name in Event.model_fields})
