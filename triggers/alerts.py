"""The alerts channel: a timer that judges and delivers, and doors to read, acknowledge and clear."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, cast

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field

from activities.auditing import Act, audited, write_down
from shared.alerts import ITSELF, Alert, AlertPage, AlertQuery, AlertState, Change, Delivery, Handling
from shared.errors import Conflict
from shared.model import Model
from triggers.answers import part_of
from triggers.conditional import tag_of
from triggers.http import Several, json_response, read_act, read_query
from triggers.operations import IF_MATCH, door
from triggers.problems import Problem, not_found
from triggers.services import Services, durable_client, with_client

bp = df.Blueprint()
log = logging.getLogger("helpdesk.alerts")


class Listing(Model):
    """Query of GET /alerts; `state` takes several with commas."""

    state: Annotated[tuple[AlertState, ...], Several] = ()
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = None


DeliveryShown = part_of(Delivery, "DeliveryShown", without={"id", "notice"}, change=(Change, ...))
AlertShown = part_of(Alert, "AlertShown", deliveries=(tuple[DeliveryShown, ...], ...))


@bp.timer_trigger(schedule="%SWEEP_SCHEDULE%", arg_name="timer", use_monitor=False)
@durable_client(bp)
async def watch_alerts(timer: func.TimerRequest, client: str) -> None:
    """A timer runs once over all instances, so does this; what was left undone is due again the next time."""
    from activities.alerting import deliver, look

    with with_client(client) as services:
        for notice in await look(services, datetime.now(UTC)):
            log.warning("alert %s: %s", notice.change, notice.alert.text)
        await deliver(services, datetime.now(UTC))


@door(bp, query=Listing, answers={200: AlertPage})
async def list_alerts(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    listing = read_query(req, Listing)
    page = await services.alerts.find(AlertQuery(tenant=services.tenant, **listing.model_dump()))
    items = [alert.model_dump(mode="json") for alert in page.items]
    return json_response({"items": items, "next_cursor": page.next_cursor})


@door(bp, answers={200: AlertShown})
async def get_alert(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """The alert, and what became of telling of it; its tag changes with what happens to it, not with its value."""
    alert = await _found(req, services)
    deliveries = await services.alerts.deliveries(alert.id)
    shown = [
        {"change": delivery.notice.change}
        | delivery.model_dump(mode="json", include={"channel", "state", "attempts", "next_at", "expires_at", "error"})
        for delivery in deliveries
    ]
    tag = _tag(alert, deliveries)
    return json_response(alert.model_dump(mode="json") | {"deliveries": shown}, headers={"ETag": tag})


@door(bp, body=Handling, headers=(IF_MATCH,), answers={200: Alert}, refuses=(409, 412))
async def acknowledge_alert(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    return await _handle(req, services, "acknowledged")


@door(bp, body=Handling, headers=(IF_MATCH,), answers={200: Alert}, refuses=(409, 412))
async def clear_alert(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    return await _handle(req, services, "cleared")


async def _handle(req: func.HttpRequest, services: Services, change: Change) -> func.HttpResponse:
    """409 where it is done already; 412 where the alert is not as the caller read it."""
    handling = read_act(req, Handling)
    alert = await _found(req, services)
    verb = {"acknowledged": "acknowledge", "cleared": "clear"}[change]
    act = Act(
        key=f"alert:{alert.id}:{alert.version}:{verb}:{handling.by}", act=f"alert.{verb}", target=f"alert:{alert.id}",
        by=handling.by, note=handling.note, before={"state": alert.state}, after={"state": change},
    )  # fmt: skip
    try:
        _check_is_as_read(req, alert)
        async with audited(act, services):
            changed = await services.alerts.handle(
                services.tenant, alert.id, change, handling, datetime.now(UTC), services.delivery_plan, alert.version
            )
    except Conflict as error:
        raise Problem(409, "Conflict", str(error)) from error
    except Problem as problem:
        await write_down(act, "refused", services, problem.detail)
        raise
    return json_response(changed)


async def _found(req: func.HttpRequest, services: Services) -> Alert:
    """Raises Problem 404."""
    alert_id = str(req.route_params.get("id") or "")
    alert = await services.alerts.get(services.tenant, alert_id)
    if alert is None:
        raise not_found(f"alert {alert_id}")
    return alert


def _tag(alert: Alert, deliveries: tuple[Delivery, ...]) -> str:
    """Begins with the version: its value moves on each minute, and that must not refuse a person's decision."""
    return tag_of(alert, deliveries).replace('"', f'"{alert.version}.', 1)


def _check_is_as_read(req: func.HttpRequest, alert: Alert) -> None:
    """Raises Problem 412."""
    condition = cast(Mapping[str, str], req.headers).get("If-Match")
    if condition is None or condition.strip() == "*":
        return
    versions = {tag.strip().removeprefix("W/").strip('"').partition(".")[0] for tag in condition.split(",")}
    if str(alert.version) not in versions:
        by = alert.cleared_by or alert.acknowledged_by or ITSELF
        raise Problem(412, "Precondition failed", f"the alert has changed since you read it: {alert.state} by {by}")
